/** A user's project that runs vitest with `tailrace/reporter`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import TailraceReporter from '../../src/vitest/reporter.js'
import { project, root } from '../cli/tailrace.js'
import { GREEN, command } from '../package/command.js'

const HEAD = `
import { InMemoryStreamRepository, advanceTo, append, entryOf, isAnnouncement, literalDollar, scenario } from 'tailrace'
import { describeStreamRepository } from 'tailrace/vitest'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const late = scenario('late', { summary: 'it comes late', steps: [advanceTo('read-returned', { outcome: 'empty' }), append(2)] })
`
const GOOD = `${HEAD}describeStreamRepository('good', { store: 'memory', open, bursts: 5, scenarios: [late] })\n`
const BAD = `${HEAD}describeStreamRepository('bad', { store: 'memory', open, bursts: 0, scenarios: [late], consume: literalDollar, entryOf, isAnnouncement })\n`
const config = (options: string) =>
  `export default { test: { include: ['*.test.ts'], reporters: ['default', ['tailrace/reporter', ${options}]] } }`

interface Subject {
  readonly name: string
  readonly result: string
  readonly scenarios: readonly { readonly name: string; readonly result: string }[]
}

async function vitest(files: Readonly<Record<string, string>>, ...args: string[]) {
  const cwd = await project(files)
  const outcome = await command(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], cwd)
  return { ...outcome, read: (name: string) => readFile(join(cwd, name), 'utf8') }
}

describe('tailrace/reporter', { timeout: 120_000 }, () => {
  it('writes one report of all test files, and vitest shows the failure whole', async () => {
    const { code, output, read } = await vitest({
      'vitest.config.mjs': config(`{ json: 'out/report.json', junit: 'out/junit.xml', html: 'out/report.html' }`),
      'good.test.ts': GOOD,
      'bad.test.ts': BAD,
      'other.test.ts': `import { it } from 'vitest'\nit('is not ours', () => undefined)\n`,
    })
    expect(code).toBe(1)
    expect(output).toContain('tailrace: 1 of 2 subjects failed; see out/report.json, out/junit.xml and out/report.html')
    const json = JSON.parse(await read('out/report.json')) as { result: string; subjects: Subject[] }
    expect(json.result).toBe('invalid')
    expect(Object.fromEntries(json.subjects.map(({ name, result }) => [name, result]))).toEqual({ good: 'valid', bad: 'invalid' })
    expect(await read('out/junit.xml')).toContain('<failure')
    // One of their own, as a test and in the report.
    expect(output).toMatch(/FAIL {2}bad\.test\.ts > bad > late: it comes late/)
    const late = Object.fromEntries(json.subjects.map((each) => [each.name, each.scenarios.find(({ name }) => name === 'late')?.result]))
    expect(late).toEqual({ good: 'valid', bad: 'invalid' })
    expect(await read('out/report.html')).toContain('empty-gap')
    // The text, and what editors compare.
    expect(output).toContain('Entry 1-0 was appended after read #1 returned empty')
    expect(output).toMatch(/replay +npx tailrace replay \.tailrace\/empty-gap-\w+\.json/)
    expect(output).toMatch(/- +"delivered": 1,\n\+ +"anomalies": \[\n\+ +"unseen: s1 at 1-0 was owed and never delivered/)
  })

  it('writes what there is where only some tests are run, and nothing where none of ours is', async () => {
    const files = { 'vitest.config.mjs': config(`{ json: 'report.json' }`), 'good.test.ts': GOOD }
    const some = await vitest(files, '-t', 'empty-gap:')
    expect(some.output).toContain('tailrace: passed; see report.json')
    expect(some.code).toBe(GREEN)
    const none = await vitest(files, '-t', 'no such test')
    expect(none.output).toContain('no report was written')
    await expect(none.read('report.json')).rejects.toThrow('ENOENT')
  })

  it('comes through the blobs of several machines', async () => {
    const files = { 'vitest.config.mjs': config(`{ json: 'report.json' }`), 'good.test.ts': GOOD, 'bad.test.ts': BAD }
    const cwd = await project(files)
    const run = (...args: string[]) => command(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], cwd)
    for (const index of [1, 2]) await run(`--shard=${index}/2`, '--reporter=blob')
    const { output } = await run('--merge-reports')
    expect(output).toContain('tailrace: 1 of 2 subjects failed; see report.json')
  })

  it('says what it cannot write', () => {
    expect(() => new TailraceReporter({ jsno: 'a' } as never)).toThrow('no report "jsno". There is: html, markdown, junit, json')
    expect(() => new TailraceReporter()).toThrow('nothing to write')
  })
})
