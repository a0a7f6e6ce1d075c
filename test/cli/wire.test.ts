/** `tailrace wire` as a process, and a program behind it. */
import { spawnSync } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findServerProgram } from '../../src/dialects/redis/local-server.js'
import { project, start, tailrace } from './tailrace.js'

const program = (read: string) => `
import { Redis } from 'ioredis'
const redis = new Redis(process.env.REDIS_URL, { disableClientInfo: true, maxRetriesPerRequest: 0, retryStrategy: () => 1 })
redis.on('error', () => {})
const topic = process.env.TAILRACE_TOPIC
console.error('reads', topic, 'as', process.pid)
redis.info('server').then((info) => console.error('from', /process_id:(\\d+)/.exec(info)[1]), () => {})
const patiently = async (ask) => { for (;;) try { return await ask() } catch { await new Promise((r) => setTimeout(r, 1)) } }
const entries = (streams) => streams?.[0][1] ?? []
const read = (cursor) => patiently(async () => entries(await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor)))
${read}
`
const LITERAL = program("for (;;) for (const [id, [, data]] of await read('$')) console.log(id, data)")
const SNAPSHOT = program(`
const last = await patiently(() => redis.xrevrange(topic, '+', '-', 'COUNT', 1))
let cursor = last[0]?.[0] ?? '0-0'
for (;;) for (const [id, [, data]] of await read(cursor)) console.log((cursor = id), data)`)

type Named = readonly { readonly name: string }[]
interface Report {
  readonly subjects: readonly { readonly scenarios: Named; readonly skipped: Named }[]
}
/** Run, or skipped with a reason. */
const namesOf = ({ subjects }: Report) =>
  subjects.flatMap(({ scenarios, skipped }) => [...scenarios, ...skipped].map(({ name }) => name)).sort()

const TOPIC = ['--topic', 'task:*'] as const
const hasServer = (await findServerProgram(process.env['PATH'])) !== undefined || process.env['REDIS_URL'] !== undefined

describe.skipIf(!hasServer)('tailrace wire', () => {
  it('exits 1 where entries are lost, with the timeline, and a replay file that needs no configuration', async () => {
    const cwd = await project({ 'consumer.mjs': LITERAL })
    const { code, stdout } = await tailrace(cwd, 'wire', ...TOPIC, '--scenario', 'empty-gap', '--', 'node', 'consumer.mjs')
    expect(code).toBe(1)
    expect(stdout).toContain('✗ empty-gap   node consumer.mjs')
    expect(stdout).toContain('s1 at 1-0 never delivered   unseen @empty-gap')
    const [, command] = /replay\s+npx tailrace (replay \.tailrace\/empty-gap-\w+\.json)/.exec(stdout) ?? []
    const replayed = await tailrace(cwd, ...command!.split(' '))
    expect(replayed.code).toBe(1)
    expect(replayed.stdout).toContain('unseen @empty-gap')
    const [name] = await readdir(join(cwd, '.tailrace'))
    expect(JSON.parse(await readFile(join(cwd, '.tailrace', name!), 'utf8'))).toMatchObject({
      subject: 'node consumer.mjs',
      wire: { command: ['node', 'consumer.mjs'], topic: 'task:*', deliveries: 'stdout' },
    })
  })

  it("runs scenarios of one's own where they apply, and a failure of theirs can be written down", async () => {
    const own = `import { advanceTo, append, finish, scenario } from 'tailrace'
const steps = [advanceTo('read-returned', { outcome: 'empty' }), append(1)]
export default [
  scenario('late', { summary: 'it comes late', steps }),
  scenario('alike', { summary: 'two are alike', steps: [...steps, append(2, { equal: true })] }),
  scenario('done', { summary: 'it is done', steps: [...steps, finish()] }),
]`
    const cwd = await project({ 'consumer.mjs': LITERAL, 'own.mjs': own })
    const args = ['--schedule', 'own.mjs', '--scenario', 'late,alike,done', '--json', 'r.json', '--', 'node', 'consumer.mjs']
    expect((await tailrace(cwd, 'wire', ...TOPIC, ...args)).code).toBe(1)
    const report = JSON.parse(await readFile(join(cwd, 'r.json'), 'utf8')) as Report
    expect(report.subjects[0]).toMatchObject({
      scenarios: [{ name: 'late', result: 'invalid' }],
      skipped: [
        { name: 'alike', reason: 'over the wire entries are told apart by what they hold (equal)' },
        { name: 'done', reason: 'a program behind the wire probe has no status to ask for (finish)' },
      ],
    })
    const [name] = await readdir(join(cwd, '.tailrace'))
    const { stdout } = await tailrace(cwd, 'scenario', `.tailrace/${name!}`, '--name', 'late-again')
    expect(stdout).toContain("scenario('late-again', {")
    expect(stdout).toContain("  steps: [advanceTo('read-returned', { outcome: 'empty' }), append(1)],\n")
  })

  it('exits 0 where nothing is, shows what the program says with --verbose, and says what is modelled with --fast', async () => {
    const cwd = await project({ 'consumer.mjs': SNAPSHOT })
    const { code, stdout, stderr } = await tailrace(
      cwd,
      'wire',
      ...TOPIC,
      '--runs',
      '5',
      '--fast',
      '--verbose',
      '--',
      'node',
      'consumer.mjs',
    )
    expect([code, stdout]).toEqual([0, expect.stringContaining('0 lost')])
    expect(stdout).toContain('over the wire (--fast: time-outs modelled)')
    expect(stderr).toMatch(/│ reads task:tailrace-\w+-1 as \d+/)
    expect(stderr).toContain('s1@tailrace')
  }, 120_000)

  it('tries each of several consumers in one program, and says in the replay file how they are told apart', async () => {
    const two = `
import { Redis } from 'ioredis'
const consume = async (name, cursor) => {
  const redis = new Redis(process.env.REDIS_URL, { connectionName: name })
  redis.on('error', () => {})
  for (;;) {
    const streams = await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', process.env.TAILRACE_TOPIC, cursor)
    for (const [id, [, data]] of streams?.[0][1] ?? []) {
      console.log(name, data)
      if (cursor !== '$') cursor = id
    }
  }
}
void consume('reader-a', '0-0')
void consume('reader-b', '$')
`
    const cwd = await project({ 'consumers.mjs': two })
    const args = [...TOPIC, '--consumers', 'reader-a,reader-b', '--notify', 'PUBLISH {topic}:live {json}', '--scenario', 'empty-gap']
    const { code, stdout } = await tailrace(cwd, 'wire', ...args, '--', 'node', 'consumers.mjs')
    expect([code, stdout]).toEqual([1, expect.stringContaining('consumer 1')])
    const [name] = await readdir(join(cwd, '.tailrace'))
    expect(JSON.parse(await readFile(join(cwd, '.tailrace', name!), 'utf8'))).toMatchObject({
      schedule: { consumers: 2 },
      wire: { consumers: ['reader-a', 'reader-b'], notify: 'PUBLISH {topic}:live {json}' },
    })
    const replayed = await tailrace(cwd, 'replay', `.tailrace/${name}`)
    expect(replayed.code).toBe(1)
    expect(replayed.stdout).toContain('unseen @empty-gap')
  }, 240_000)

  it.each([
    [['--catch-up-within', '600001'], 'expected a whole number of at most 600000'],
    [['--consumers', '0'], '--consumers is the number of consumers in the program'],
    [['--notify', 'PUBLISH news'], 'names no topic'],
  ])('says what is wrong with %j', async (option, message) => {
    const { code, stderr } = await tailrace(await project({}), 'wire', ...TOPIC, ...option, '--', 'node', 'consumer.mjs')
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('writes reports, runs a part of it, and the parts are joined to the whole', async () => {
    const cwd = await project({ 'consumer.mjs': LITERAL })
    const behind = ['--', 'node', 'consumer.mjs'] as const
    const reports = ['--json', 'out/1.json', '--junit', 'j.xml', '--reporter', 'markdown,github']
    const part = ['wire', ...TOPIC, '--profile', 'smoke', '--shard'] as const
    const first = await tailrace(cwd, ...part, '1/2', ...reports, ...behind)
    expect(first.code).toBe(1)
    expect(first.stdout).toContain('::error title=empty-gap-twice%3A unseen · node consumer.mjs::')
    const report = JSON.parse(await readFile(join(cwd, 'out/1.json'), 'utf8')) as Report
    expect(report).toMatchObject({ version: 1, exit: 1, shard: '1/2', result: 'invalid' })
    expect(namesOf(report)).toEqual(['empty-gap-twice', 'wire-after-tail'])
    expect(await readFile(join(cwd, 'j.xml'), 'utf8')).toContain('empty-gap-twice')
    expect(await readFile(join(cwd, '.tailrace/report.md'), 'utf8')).toContain('npx tailrace replay')

    const second = await tailrace(cwd, ...part, '2/2', '--quiet', '--json', '2.json', ...behind)
    expect(namesOf(JSON.parse(await readFile(join(cwd, '2.json'), 'utf8')) as Report)).toEqual(['wire-batch-gap', 'wire-cut-while-blocked'])
    expect(second.stdout).not.toContain('skipped')
    const merged = await tailrace(cwd, 'merge', 'out/1.json', '2.json', '--json', 'whole.json')
    expect(merged.code).toBe(1)
    expect(namesOf(JSON.parse(await readFile(join(cwd, 'whole.json'), 'utf8')) as Report)).toHaveLength(4)
  }, 120_000)

  it('explores where a profile asks for it', async () => {
    const cwd = await project({ 'consumer.mjs': SNAPSHOT })
    // Of a part that is the last but one, the exploration and few scenarios.
    const args = ['--profile', 'ci', '--shard', '19/20', '--fast', '--json', 'r.json']
    const { code, stdout } = await tailrace(cwd, 'wire', ...TOPIC, ...args, '--', 'node', 'consumer.mjs')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/explored (\d+)\/\1 interleavings/)])
    const { subjects } = JSON.parse(await readFile(join(cwd, 'r.json'), 'utf8')) as Report
    expect(subjects[0]).toMatchObject({ exploration: { appends: 2, cycles: 2, lost: '0' } })
  }, 120_000)

  it('accepts a loss that the configuration knows, and puts annotations where it names the subject', async () => {
    const config = `
import { spawn } from 'node:child_process'
import { once } from 'node:events'
const start = ({ url, topic, onDelivery }) => {
  const program = spawn(process.execPath, ['consumer.mjs'], { env: { ...process.env, REDIS_URL: url, TAILRACE_TOPIC: topic } })
  program.stdout.setEncoding('utf8').on('data', onDelivery)
  return { stop: async () => void (program.kill('SIGKILL') && (await once(program, 'exit'))) }
}
export default {
  subjects: [],
  wire: [{ name: 'literal', topic: 'task:*', start }],
  knownLosses: [LOSSES],
}`
    const loss = `{ subject: 'literal', where: 'empty-gap', code: 'unseen', window: 'empty-gap', rule: '4.2', reason: 'old', expires: '2999-12-31' }`
    const cwd = await project({
      'consumer.mjs': LITERAL,
      'tailrace.config.mjs': config.replace('LOSSES', ''),
      'known.config.mjs': config.replace('LOSSES', loss),
    })
    const args = ['wire', '--scenario', 'empty-gap', '--reporter', 'github', '--config'] as const
    const found = await tailrace(cwd, ...args, 'tailrace.config.mjs')
    expect(found.code).toBe(1)
    expect(found.stdout).toContain('::error file=tailrace.config.mjs,line=11,title=empty-gap%3A unseen · literal::')
    const known = await tailrace(cwd, ...args, 'known.config.mjs')
    expect(known.code).toBe(0)
    expect(known.stdout).toContain('known until 2999-12-31: old')
  }, 60_000)

  it('leaves neither a Redis nor a program behind after Ctrl-C', async () => {
    const cwd = await project({ 'consumer.mjs': SNAPSHOT })
    const running = start(cwd, ['wire', ...TOPIC, '--runs', '1000', '--verbose', '--', 'node', 'consumer.mjs'])
    await running.shows('s1@tailrace')
    running.kill('SIGINT')
    const { code, stderr } = await running.finished
    expect(code).toBe(130)
    expect(stderr).toContain('interrupted, cleaning up')
    const pids = [...stderr.matchAll(/as (\d+)/g)].map(([, pid]) => pid!)
    expect(pids.length).toBeGreaterThan(0)
    const servers = process.env['REDIS_URL'] === undefined ? [...stderr.matchAll(/from (\d+)/g)].map(([, pid]) => pid!) : []
    // A parent that has ended may leave it to init to collect them: those are dead, too.
    const alive = spawnSync('ps', ['-o', 'pid=,stat=,args=', '-p', [...pids, ...servers].join(',')], { encoding: 'utf8' }).stdout
    expect(alive.split('\n').filter((line) => /consumer\.mjs|redis-server|valkey-server/.test(line) && !/^\s*\d+\s+Z/.test(line))).toEqual(
      [],
    )
  })

  it('says with a program that ends why it did', async () => {
    const cwd = await project({ 'consumer.mjs': "console.error('no such module'); process.exit(3)" })
    const { code, stdout } = await tailrace(cwd, 'wire', ...TOPIC, '--scenario', 'empty-gap', '--', 'node', 'consumer.mjs')
    expect(code).toBe(2)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('node ended with exit code 3; the last that it said: no such module')
  })
})

describe('tailrace wire: what goes wrong is one clear message, and exit 2', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['no topic', ['--', 'node', 'x.mjs'], "which stream does the program read? --topic 'task:*' names it"],
    [
      'bad deliveries',
      [...TOPIC, '--deliveries', 'sse', '--', 'node', 'x.mjs'],
      '--deliveries "sse" is not known: expected stdout, stderr or sse=',
    ],
    ['a bad announcement', [...TOPIC, '--announce', '(', '--', 'node', 'x.mjs'], '--announce is no regular expression'],
    [
      'a publish without a sentinel',
      [...TOPIC, '--publish', 'XADD {topic} * a 1', '--', 'node', 'x.mjs'],
      '"XADD {topic} * a 1" carries no sentinel: {json} or {token} must stand somewhere in it, as in XADD {topic} * data {json}',
    ],
    ['an unknown scenario', [...TOPIC, '--scenario', 'emty-gap', '--', 'node', 'x.mjs'], 'no scenario of the wire is called "emty-gap"'],
    ['an unknown reporter', [...TOPIC, '--reporter', 'yaml', '--', 'node', 'x.mjs'], 'there is no reporter "yaml"'],
    ['a configuration and a command', [...TOPIC, '--config', 'c.ts', '--', 'node', 'x.mjs'], '--config or a command, not both'],
    ['neither a command nor a configuration', [], 'A program needs none: npx tailrace wire --topic'],
    ['a topic for a configuration', [...TOPIC], '--topic belongs to a command'],
  ]
  it.each(cases)('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await tailrace(await project({}), 'wire', ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^tailrace: /)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })

  it('a shard that is no part of a whole, before anything is run', async () => {
    const { code, stderr } = await tailrace(await project({}), 'wire', ...TOPIC, '--shard', '3/2', '--', 'node', 'x.mjs')
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected i/n, with i from 1 to n')])
  })

  it('a configuration that has none', async () => {
    const cwd = await project({ 'tailrace.config.mjs': 'export default { subjects: [{ name: "a", store: "memory", open() {} }] }' })
    const { code, stderr } = await tailrace(cwd, 'wire')
    expect([code, stderr]).toEqual([2, expect.stringContaining('nothing to run: name a command after --, or subjects under "wire"')])
  })
})
