/** Scenarios of one's own, as a user has them: in the configuration, in modules, and written from a failure. */
import { spawnSync } from 'node:child_process'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { type ListOptions, listScenarios } from '../../src/cli/list.js'
import { writeScenario } from '../../src/cli/replay.js'
import { loadScenarios } from '../../src/cli/schedule-files.js'
import { type Scenario, scenario } from '../../src/schedule/scenario.js'
import { project, root, tailrace } from './tailrace.js'

const HEAD = `import { InMemoryStreamRepository, advanceTo, append, cut, defineConfig, entryOf, isAnnouncement, literalDollar, scenario } from 'tailrace'
const model = { store: 'memory', open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }) } as const
const subjects = [{ name: 'right', ...model }, { name: 'wrong', ...model, consume: literalDollar, entryOf, isAnnouncement }]
`
const CONFIG = `${HEAD}export default defineConfig({ subjects })`
const late = (name: string, step = 'append(1)') =>
  `import { advanceTo, append, scenario } from 'tailrace'
export default scenario('${name}', { summary: 'it comes late', steps: [advanceTo('read-returned', { outcome: 'empty' }), ${step}] })`

interface Report {
  readonly subjects: readonly {
    name: string
    scenarios: readonly { name: string; result: string }[]
    skipped: readonly { name: string }[]
  }[]
}
const reportIn = async (cwd: string, file = 'r.json') => JSON.parse(await readFile(join(cwd, file), 'utf8')) as Report

/** By the name of the subject, what came of the scenario. */
const outcomesOf = ({ subjects }: Report, name: string) =>
  Object.fromEntries(subjects.map((each) => [each.name, each.scenarios.find((other) => other.name === name)?.result ?? 'none']))

describe('--schedule', () => {
  it('runs what the modules have beside the rest, with the reports and the replay files of the others', async () => {
    const list = late('later').replace('export default', 'export default [').concat(']')
    const cwd = await project({ 'tailrace.config.ts': CONFIG, 'a.ts': late('late'), 'b/c.mjs': list })
    const modules = ['--schedule', 'a.ts', '--schedule', 'b/c.mjs']
    const { code, stdout } = await tailrace(cwd, 'run', ...modules, '--profile', 'smoke', '--json', 'r.json', '--junit', 'j.xml')
    expect(code).toBe(1)
    const whole = await reportIn(cwd)
    for (const name of ['quiet-again', 'late', 'later']) expect(outcomesOf(whole, name)).toEqual({ right: 'valid', wrong: 'invalid' })
    expect(stdout).toMatch(/\n {2}late +✓ ✗\n {2}later +✓ ✗\n/)
    expect(await readFile(join(cwd, 'j.xml'), 'utf8')).toMatch(/<testcase[^>]*name="late[":]/)
    const saved = (await readdir(join(cwd, '.tailrace'))).filter((name) => name.startsWith('late'))
    expect(saved.map((name) => name.replace(/-\w+\.json$/, '')).sort()).toEqual(['late', 'later'])

    await rm(join(cwd, 'a.ts'))
    const replayed = await tailrace(cwd, 'replay', `.tailrace/${saved.find((name) => name.startsWith('late-'))!}`)
    expect(replayed).toMatchObject({ code: 1, stdout: expect.stringContaining('unseen @empty-gap') as string })
    const shard = await tailrace(cwd, 'run', '--schedule', 'b/c.mjs', '--scenario', 'empty-gap,later', '--shard', '2/2', '--json', 'r.json')
    expect(shard.code).toBe(1)
    expect((await reportIn(cwd)).subjects.map(({ scenarios }) => scenarios.map(({ name }) => name))).toEqual([['later'], ['later']])
  })

  it('is chosen from by name, and is in the list', async () => {
    const cwd = await project({ 'tailrace.config.ts': CONFIG, 'a.ts': late('late') })
    const { stdout, code } = await tailrace(cwd, 'run', '--schedule', 'a.ts', '--scenario', 'late,long-idle', '--subject', 'right')
    expect([code, stdout]).toEqual([0, expect.stringContaining('scenarios 2/2')])
    const own = { schedule: [join(cwd, 'a.ts')] }
    expect(await quietly(() => listScenarios(own))).toMatch(/\nlate +it comes late\n +consumer → empty · append 1\n$/)
    const names = async (options: ListOptions) =>
      (JSON.parse(await quietly(() => listScenarios({ json: true, ...options }))) as { name: string }[]).map(({ name }) => name)
    expect(await names(own)).toEqual([...scenarios.map(({ name }) => name), 'late'])
    expect(await names({ ...own, wire: true })).toEqual([...wireScenarios.map(({ name }) => name), 'late'])
    const unknown = await tailrace(cwd, 'run', '--schedule', 'a.ts', '--scenario', 'latte')
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('of your own there is late') as string })
  })
})

describe('scenarios of a configuration', () => {
  const OWN = `const scenarios = [
  scenario('late', { summary: 'it comes late', steps: [advanceTo('read-returned', { outcome: 'empty' }), append(1)] }),
  scenario('over-the-wire', { summary: 'the wire is cut', steps: [advanceTo('blocked'), cut(), append(1)] }),
]
`
  it('are run where they apply, and are in its list', async () => {
    const cwd = await project({ 'tailrace.config.ts': `${HEAD}${OWN}export default defineConfig({ subjects, scenarios })` })
    const { code, stdout } = await tailrace(cwd, 'run', '--scenario', 'late,over-the-wire', '--json', 'r.json')
    expect([code, outcomesOf(await reportIn(cwd), 'late')]).toEqual([1, { right: 'valid', wrong: 'invalid' }])
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('skipped over-the-wire: only behind the wire probe can this be done')
    expect(await quietly(() => listScenarios({ config: join(cwd, 'tailrace.config.ts') }))).toMatch(/\nlate [^]+\nover-the-wire /)
  })
})

describe('tailrace scenario', () => {
  const tsc = (cwd: string, ...files: string[]) => {
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--skipLibCheck',
      '--ignoreConfig',
    ]
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...files], { cwd })
    return [status, String(stdout)]
  }

  const ODD = {
    steps: [
      { append: 2, payloads: [JSON.parse('{"__proto__":{"a":1}}') as unknown, "it's"] },
      { advance: 1, outcome: 'empty' },
    ],
    read: { timeoutMs: 2000, count: 3 },
    consumers: 2,
  }
  /** As an earlier version saved it. */
  const OLD = JSON.stringify({
    version: 1,
    subject: 'Größe */ process.exit(7) /*\nof "it"',
    name: 'late',
    consumer: 'sse-task-events',
    expected: { result: 'invalid', anomalies: ['unseen@empty-gap'] },
    schedule: { version: 1, ...ODD },
  })

  it('writes one that type-checks, shows the same failure on the faulty subject, and none on the right one', async () => {
    const cwd = await project({ 'tailrace.config.ts': CONFIG, 'old.json': OLD })
    await tailrace(cwd, 'run', '--subject', 'wrong', '--scenario', 'two-consumers', '--runs', '20')
    const saved = (await readdir(join(cwd, '.tailrace'))).filter((name) => name.endsWith('.json')).sort()
    expect(saved.map((name) => name.replace(/-\w+\.json$/, ''))).toEqual(['bursts', 'two-consumers'])
    const modules = ['regressions/0.ts', 'regressions/1.ts']
    for (const [i, module] of modules.entries()) {
      const { stdout } = await tailrace(cwd, 'scenario', `.tailrace/${saved[i]!}`, '--out', module)
      expect(stdout).toContain(`wrote ${module}\n\nnpx tailrace run --schedule ${module} --scenario wrong-`)
    }
    expect(await readFile(join(cwd, modules[0]!), 'utf8')).toMatch(/ \* Found on wrong by bursts \(seed 42, path [\d:]+\): /)
    expect(await readFile(join(cwd, modules[1]!), 'utf8')).toBe(`import { advanceTo, append, scenario } from 'tailrace'

/**
 * Found on wrong by two-consumers: unseen@connect-gap.
 *
 * - latest-anew (rule 4.2): a consumer read from "$" again and again, which is another id each time
 */
export default scenario('wrong-two-consumers', {
  summary: 'a consumer read from "$" again and again, which is another id each time',
  rule: '4.2',
  steps: [advanceTo('read-called', { consumer: 1 }), append(1)],
  consumers: 2,
})
`)
    await quietly(() => writeScenario(join(cwd, 'old.json'), { out: join(cwd, 'regressions/odd.ts') }))
    expect(tsc(cwd, ...modules, 'regressions/odd.ts')).toEqual([0, ''])

    const both = modules.flatMap((module) => ['--schedule', module])
    const ran = await tailrace(cwd, 'run', ...both, '--scenario', 'wrong-two-consumers', '--json', 'r.json')
    expect(ran.code).toBe(1)
    expect(outcomesOf(await reportIn(cwd), 'wrong-two-consumers')).toEqual({ right: 'valid', wrong: 'invalid' })
    const [again] = (await readdir(join(cwd, '.tailrace'))).filter((name) => name.startsWith('wrong-two-consumers-'))
    const savedIn = async (name: string) => JSON.parse(await readFile(join(cwd, '.tailrace', name), 'utf8')) as object
    expect({ ...(await savedIn(again!)), name: 'two-consumers' }).toEqual(await savedIn(saved[1]!))
  }, 60_000)

  it('reads files of earlier versions, and what is odd in them ends no comment', async () => {
    const cwd = await project({ 'old.json': OLD })
    const written = await quietly(() => writeScenario(join(cwd, 'old.json'), {}))
    await writeFile(join(cwd, 'a.ts'), written)
    expect(await loadScenarios(undefined, [join(cwd, 'a.ts')])).toEqual([
      {
        name: 'gr-e-process-exit-7-of-it-late',
        summary: 'an owed entry was never delivered; it lies beyond the last delivered one',
        also: [],
        needs: [],
        consumer: 'sse-task-events',
        schedule: { version: 1, ...ODD },
      },
    ])
  })

  it('takes another name, and overwrites nothing unless it is told to', async () => {
    const cwd = await project({ 'x.json': OLD, 'a.ts': 'mine' })
    const [file, out] = [join(cwd, 'x.json'), join(cwd, 'a.ts')]
    await expect(writeScenario(file, { out })).rejects.toThrow(/a\.ts exists: nothing was written \(--force overwrites\)$/)
    expect(await readFile(out, 'utf8')).toBe('mine')
    await quietly(() => writeScenario(file, { out, force: true, name: 'another' }))
    expect(await readFile(out, 'utf8')).toContain("export default scenario('another', {")
    await expect(writeScenario(file, { name: 'empty-gap' })).rejects.toThrow('tailrace has a scenario of that name')
    await expect(writeScenario(out, {})).rejects.toThrow('a.ts is not JSON')
  })
})

describe('what goes wrong with them', () => {
  const wrong = async (files: Readonly<Record<string, string>>, own?: readonly Scenario[]) => {
    const cwd = await project(files)
    const config = own === undefined ? undefined : { scenarios: own, where: 'tailrace.config.ts' }
    return loadScenarios(config, Object.keys(files).length === 0 ? ['a.ts'] : Object.keys(files).map((name) => join(cwd, name))).then(
      () => expect.fail('it loaded'),
      (error: Error) => error.message.replaceAll(`${cwd}/`, ''),
    )
  }

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a module that is not there', {}, 'a.ts does not exist (--schedule)'],
    ['no default export', { 'a.ts': 'export const a = 1' }, 'a.ts has no default export: expected export default scenario('],
    ['one that does not load', { 'a.ts': 'export default {' }, 'a.ts does not load: '],
    ['one that throws', { 'a.ts': 'throw new Error("on purpose")' }, 'a.ts does not load: on purpose'],
    ['an empty list', { 'a.ts': 'export default []' }, 'a.ts exports an empty list'],
    ['something else', { 'a.ts': 'export default 42' }, 'a.ts: no scenario: scenario(name, { summary, steps }) makes one'],
    ['two of one name', { 'a.ts': late('late'), 'b.ts': late('late') }, 'a.ts and b.ts: two scenarios are called "late": rename one'],
    [
      'a step that is none',
      { 'a.ts': late('late', '{ apend: 1 }') },
      'a.ts, scenario "late": step 2 is of no known kind: expected one of ',
    ],
  ])('is said with the file, the scenario and what to do: %s', async (_, files, message) => {
    expect(await wrong(files)).toContain(message)
  })

  it('is said of the configuration and a module together', async () => {
    const own = [scenario('late', { summary: 'x', steps: [] })]
    expect(await wrong({ 'a.ts': late('late') }, own)).toBe('tailrace.config.ts and a.ts: two scenarios are called "late": rename one')
  })

  it('is one message of the command, and exit 2', async () => {
    const cwd = await project({ 'tailrace.config.ts': CONFIG, 'a.ts': late('empty-gap') })
    const { code, stdout, stderr } = await tailrace(cwd, 'run', '--schedule', 'a.ts')
    const message = 'tailrace: a.ts, scenario "empty-gap": tailrace has a scenario of that name: choose another\n'
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: message })
    await expect(listScenarios({ markdown: true, schedule: ['a.ts'] })).rejects.toThrow('--markdown has the races of the catalogue')
  })
})

/** What it writes to the standard output. */
async function quietly(body: () => Promise<unknown>): Promise<string> {
  const spy = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await body()
    return spy.mock.calls.map(([text]) => String(text)).join('')
  } finally {
    spy.mockRestore()
  }
}
