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
  }, 60_000)

  it.each([
    [['--consumers', '0'], '--consumers is the number of consumers in the program'],
    [['--notify', 'PUBLISH news'], 'carries no sentinel'],
  ])('says what is wrong with %j', async (option, message) => {
    const { code, stderr } = await tailrace(await project({}), 'wire', ...TOPIC, ...option, '--', 'node', 'consumer.mjs')
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

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
    ['a publish without a sentinel', [...TOPIC, '--publish', 'XADD {topic} * a 1', '--', 'node', 'x.mjs'], 'carries no sentinel'],
    ['an unknown scenario', [...TOPIC, '--scenario', 'emty-gap', '--', 'node', 'x.mjs'], 'no scenario of the wire is called "emty-gap"'],
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

  it('a configuration that has none', async () => {
    const cwd = await project({ 'tailrace.config.mjs': 'export default { subjects: [{ name: "a", store: "memory", open() {} }] }' })
    const { code, stderr } = await tailrace(cwd, 'wire')
    expect([code, stderr]).toEqual([2, expect.stringContaining('nothing to run: name a command after --, or subjects under "wire"')])
  })
})
