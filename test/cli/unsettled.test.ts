/** What never settles ends in exit 2 with its name, where Node would end the process with 13 and without a word. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { project, start, tailrace } from './tailrace.js'

const MODEL = `import { defineConfig, InMemoryStreamRepository } from 'tailrace'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const never = () => new Promise(() => {})
`
const hanging = (subject: string) =>
  `${MODEL}export default defineConfig({ watchdogMs: 100, bursts: 0, subjects: [{ name: 'before', store: 'memory', open }, ${subject}, { name: 'after', store: 'memory', open }] })`
const OPEN = hanging(`{ name: 'hangs', store: 'memory', open: never }`)
const CLOSE = hanging(`{ name: 'hangs', store: 'memory', open: (context) => Object.assign(open(context), { close: never }) }`)
const TOP = `${MODEL}await never()\nexport default defineConfig({ subjects: [{ name: 'a', store: 'memory', open }] })`
const run = async (text: string, ...args: string[]) => tailrace(await project({ 'tailrace.config.ts': text }), ...args)

describe('what never settles', { timeout: 60_000 }, () => {
  it.each([
    ['open', OPEN],
    ['close', CLOSE],
  ])('%s: the other subjects are kept, and the reports are written', async (what, text) => {
    const cwd = await project({ 'tailrace.config.ts': text })
    const { code, stdout } = await tailrace(cwd, 'run', '--scenario', 'empty-gap,read-fails', '--json', 'r.json')
    expect(code).toBe(2)
    expect(stdout).toContain(`${what}() failed: it had not settled after 2 s (watchdogMs gives it longer)`)
    const report = JSON.parse(await readFile(join(cwd, 'r.json'), 'utf8')) as { subjects: { name: string; result: string }[] }
    expect(report.subjects.map(({ name, result }) => [name, result])).toEqual([
      ['before', 'valid'],
      ['hangs', 'unknown'],
      ['after', 'valid'],
    ])
  })

  it.each([
    ['run', ['run', '--scenario', 'empty-gap']],
    ['explore', ['explore']],
    ['wire', ['wire']],
    ['selftest', ['selftest', '-c', 'tailrace.config.ts']],
  ])('a top-level await of the configuration: %s', async (_, args) => {
    const { code, stderr } = await run(TOP, ...args)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'tailrace: tailrace.config.ts does not load: a top-level await in it, or in what it imports, never settles: nothing is left that could settle it\n',
    })
  })

  it('one of a module that the configuration imports', async () => {
    const cwd = await project({ 'tailrace.config.ts': `import './other.js'\n${OPEN}`, 'other.js': 'await new Promise(() => {})' })
    const { code, stderr } = await tailrace(cwd, 'run')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('a top-level await in it, or in what it imports') as string,
    })
  })

  it('explore goes on with the other subjects', async () => {
    const { code, stdout, stderr } = await run(OPEN, 'explore', '--appends', '1', '--cycles', '1')
    expect(code).toBe(2)
    expect(stderr).toContain('hangs: open() failed: it had not settled')
    expect(stdout).toMatch(/^before[\s\S]+^after/m)
  })

  it('replay', async () => {
    const schedule = '{"version":1,"read":{"timeoutMs":1000,"count":10},"steps":[]}'
    const saved = `{"version":1,"subject":"hangs","name":"n","expected":{"result":"invalid","anomalies":[]},"schedule":${schedule}}`
    const cwd = await project({ 'tailrace.config.ts': OPEN, 'x.json': saved })
    const { code, stderr } = await tailrace(cwd, 'replay', 'x.json')
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('open() failed: it had not settled') as string })
  })

  it('selftest keeps the other mutants', async () => {
    const cwd = await project({
      'mutants.config.ts': `import { mutants } from './mutants.js'\nexport default { mutants }`,
      'mutants.js': `
const of = (name, repository) => ({ name, family: 'read', breaks: '1.1', trips: 'lost-append', summary: name, repository })
export const mutants = [
  of('hangs', (correct) => Object.assign(Object.create(correct), { close: () => new Promise(() => {}) })),
  of('loses', (correct) => Object.assign(Object.create(correct), {
    sendData: async () => '1-0', readMessages: (...args) => correct.readMessages(...args), getStreamTailId: (...args) => correct.getStreamTailId(...args),
    cleanupStream: async () => {}, close: async () => {} })),
]`,
    })
    const { stdout } = await tailrace(cwd, 'selftest', '-c', 'mutants.config.ts', '--store', 'memory')
    expect(stdout).toMatch(/\? memory hangs .* not run to the end: close\(\) failed: it had not settled/)
    expect(stdout).toMatch(/✓ memory loses/)
  })

  it('while watching', async () => {
    const running = start(await project({ 'tailrace.config.ts': OPEN }), ['run', '--watch'])
    expect(await running.next('waiting for changes')).toContain('open() failed: it had not settled')
    running.press('q')
    expect((await running.finished).code).toBe(2)
  })
})
