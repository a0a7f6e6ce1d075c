/** docs/wire-lint.md speaks of every rule in the words that a warning uses. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { lintRules } from '../../../../src/dialects/redis/lint/lint.js'

const plain = (text: string) => text.replaceAll('`', '').replaceAll(/\s+/g, ' ')
const sections = readFileSync(new URL('../../../../docs/wire-lint.md', import.meta.url), 'utf8')
  .split(/^## /m)
  .slice(1)

it('lists the rules in their order', () => {
  expect(sections.map((section) => section.split('\n')[0])).toEqual(lintRules.map(({ id }) => id))
})

it.each(lintRules.map((rule) => [rule.id, rule] as const))('explains %s', (id, { title, fix, source }) => {
  const section = plain(sections.find((each) => each.startsWith(`${id}\n`))!)
  expect(section).toContain(`**${title}**`)
  expect(section).toContain(`**Fix.** ${plain(fix)}`)
  for (const [race] of source.matchAll(/R\d+/g)) expect(section).toMatch(new RegExp(`\\b${race}\\b`))
})
