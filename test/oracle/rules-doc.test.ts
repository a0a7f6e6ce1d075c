import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rulesMarkdown } from '../../src/report/formats/docs.js'
import { anchorOf } from '../../src/oracle/rules.js'
import { redisWords } from '../../src/dialects/redis/words.js'
import { rulesIn } from '../../src/report/advice.js'
import { scenarios } from '../../scenarios/index.js'

const FILE = new URL('../../docs/rules.md', import.meta.url)

const rules = rulesIn(redisWords)

describe('docs/rules.md', () => {
  const text = rulesMarkdown(rules, scenarios)

  it('is what the rules and the scenarios say (npm run docs)', () => {
    expect(readFileSync(FILE, 'utf8')).toBe(text)
  })

  it('has one anchor for each rule, and a scenario that tries it', () => {
    for (const { id } of rules) expect(text.split(`<a id="${anchorOf(id)}"></a>`)).toHaveLength(2)
    expect(text).not.toMatch(/\*\*Tried by\*\*: *\n/)
  })

  it('has lines that an editor can show', () => {
    expect(text).not.toMatch(/undefined|\[object/)
  })
})
