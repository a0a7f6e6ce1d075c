/** Annotations, read back as the runner reads them. */
import { describe, expect, it } from 'vitest'
import { toGithub } from '../../../src/report/formats/github.js'
import { emptyGap, subjectResult, suiteResult } from '../runs.js'
import { green, nastySuite, nothing, skipped } from '../suites.js'

interface Annotation {
  readonly level: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

/** As actions/runner does it: the command, its properties up to `::`, and the rest of the line; then unescaped. */
function read(output: string): Annotation[] {
  expect(output === '' || output.endsWith('\n')).toBe(true)
  return output
    .split(/\r\n|\r|\n/)
    .slice(0, -1)
    .map((line) => {
      const [, level, list = '', message] = /^::(\w+)(?: (.*?))?::(.*)$/.exec(line) ?? []
      expect(level, line).toBeDefined()
      const data = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n')
      const property = (text: string) => data(text).replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%')
      const pairs = list.split(',').filter(Boolean)
      const properties = Object.fromEntries(
        pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), property(pair.slice(pair.indexOf('=') + 1))]),
      )
      return { level: level!, properties, message: data(message!).replaceAll('%25', '%') }
    })
}

describe('in a folder of the repository', () => {
  it('names the file from its top, where the runner looks for it', async () => {
    const suite = suiteResult([subjectResult([await emptyGap()], { source: { file: 'src/a.ts', line: 3 } })])
    expect(read(toGithub(suite, 'packages/events'))[0]!.properties).toMatchObject({ file: 'packages/events/src/a.ts', line: '3' })
    expect(read(toGithub(suite))[0]!.properties).toMatchObject({ file: 'src/a.ts' })
  })
})

describe('annotations', () => {
  it('are put at the subject, say why, and how to get it again', async () => {
    const source = { file: 'src/events.ts', line: 12 }
    const [found, ...others] = read(toGithub(suiteResult([subjectResult([await green(), await emptyGap()], { source, skipped })])))
    expect(others).toEqual([])
    expect(found).toMatchObject({
      level: 'error',
      properties: { file: 'src/events.ts', line: '12', title: 'empty-gap: unseen · RedisStreamRepository' },
    })
    expect(found!.message).toContain('Entry 1-0 was appended after read #1 returned empty')
    expect(found!.message).toContain('\nnpx tailrace replay .tailrace/empty-gap-3f9a.json')
  })

  it('are errors where nothing was shown, and warnings where it is known', async () => {
    const known = { ...(await emptyGap()), known: true as const }
    const found = read(toGithub(suiteResult([subjectResult([await nothing(), known], { error: 'it did not open' })])))
    expect(found.map(({ level, properties }) => [level, properties['title']])).toEqual([
      ['error', 'nothing: nothing shown · RedisStreamRepository'],
      ['warning', 'empty-gap: unseen (known) · RedisStreamRepository'],
      ['error', 'run: nothing shown · RedisStreamRepository'],
    ])
  })

  it('say when a known loss is gone', async () => {
    const loss = { subject: 'a', where: 'empty-gap', code: 'unseen', rule: '4.2', reason: 'r', expires: '2027-01-31' } as const
    const [found] = read(toGithub({ ...suiteResult([subjectResult([await green()])]), known: [{ loss, outcome: 'gone' }] }))
    expect(found).toMatchObject({
      level: 'notice',
      message: 'no longer occurs, remove it from the known losses: a · empty-gap · unseen · rule 4.2',
    })
  })

  it('cannot be broken out of', async () => {
    const found = read(toGithub(await nastySuite()))
    expect(found.every(({ level }) => level === 'error')).toBe(true)
    expect(found.map(({ properties }) => Object.keys(properties))).toEqual(found.map(() => ['file', 'line', 'title']))
    expect(found[0]!.properties['title']).toContain(', end')
  })
})
