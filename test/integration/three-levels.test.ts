/** One replay file, three levels: the model, a repository on a real Redis, and a program over the wire. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { entryOf, isAnnouncement, literalDollar } from '../../src/consumers/loops.js'
import type { HistoryEvent } from '../../src/history/event.js'
import { GATES } from '../../src/schedule/gate.js'
import { advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { openStore } from '../../src/dialects/open-store.js'
import { readReplay } from '../../src/run/replay-file.js'
import { wireRunner } from '../support/run-wire.js'
import { Runner } from '../../src/run/runner.js'
import { wire } from '../../src/sources/wire/definition.js'
import { project, tailrace } from '../cli/tailrace.js'
import { literal } from '../support/subjects.js'
import { entriesOf, inProcess, patiently } from '../support/wire-consumers.js'
import { describeWithRedis } from './redis.js'

const REPLAY = JSON.stringify({
  version: 1,
  subject: 'model',
  name: 'empty-gap',
  expected: { result: 'invalid', anomalies: ['unseen@empty-gap'] },
  schedule: schedule([advanceTo('read-returned', { outcome: 'empty' }), append(1)]),
})

/** As the loop of the same name over a repository: says that it is ready, and asks for `$` until it has an entry. */
const overTheWire = inProcess(
  'wire',
  async (loop) => {
    loop.onAnnouncement()
    for (let cursor = '$'; !loop.running.aborted; ) {
      const streams = await patiently(loop, () => loop.redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', loop.topic, cursor))
      for (const entry of entriesOf(streams)) {
        loop.deliver(entry)
        cursor = entry[0]
      }
    }
  },
  { announces: true, delivery: 'exactly-once' },
)

/** The gates, without the pause that nobody sees on the wire. */
const gates = (history: readonly HistoryEvent[]) =>
  history.filter(({ type }) => type !== 'paused' && (GATES as readonly string[]).includes(type))

await describeWithRedis('one replay file', ({ url }) => {
  it('gives one verdict on three levels, gate by gate', async () => {
    const cwd = await project({ 'replay.json': REPLAY })
    const { schedule: saved } = await readReplay(join(cwd, 'replay.json'))
    const store = await openStore('redis', { url })
    const over = await wire(overTheWire, await findRedis({ url }))
    const onRedis = {
      store: 'redis',
      open: ({ url: at }: { url: string }) => new RedisStreamRepository(at),
      entryOf,
      isAnnouncement,
    } as const
    const runners = [
      new Runner(literal(), memoryStore()),
      new Runner({ ...onRedis, name: 'redis', consume: literalDollar }, store),
      wireRunner(over),
    ]
    const judged = []
    for (const runner of runners) {
      judged.push(await runner.judge(saved))
      await runner.close()
    }
    await Promise.all([store.close(), over.store.close()])
    for (const { verdict } of judged) {
      expect(verdict).toMatchObject({
        result: 'invalid',
        anomalies: [{ code: 'unseen', value: 's1', id: '1-0', window: 'empty-gap', rule: '4.2' }],
      })
    }
    const [model, redis, program] = judged.map(({ run }) => gates(run.history))
    expect(model).toContainEqual({ type: 'announced', consumer: 0 })
    expect(redis).toEqual(model)
    expect(program).toEqual(model)
  })

  it('is replayed by the command on each of them', async () => {
    const cwd = await project({ 'replay.json': REPLAY, 'tailrace.config.ts': CONFIG })
    for (const subject of ['model', 'redis', 'wire']) {
      const { code, stdout } = await tailrace(cwd, 'replay', 'replay.json', '--subject', subject, '--redis', url)
      expect([subject, code]).toEqual([subject, 1])
      expect(stdout).toContain('s1 at 1-0 never delivered   unseen @empty-gap')
      expect(stdout).not.toContain('When it was saved')
    }
    await writeFile(join(cwd, 'replay.json'), REPLAY.replace('"model"', '"wire"'))
    expect((await tailrace(cwd, 'replay', 'replay.json', '--redis', url)).stdout).toContain('✗ empty-gap   wire')
  })
})

const CONFIG = `
import { Redis } from 'ioredis'
import { InMemoryStreamRepository, defineConfig, literalDollar } from 'tailrace'
import { RedisStreamRepository } from 'tailrace/ioredis'

const loop = { consume: literalDollar, entryOf: (f) => (f.type === 'entry' ? f : undefined), isAnnouncement: (f) => f.type === 'connected' }

export default defineConfig({
  subjects: [
    { name: 'model', store: 'memory', open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }), ...loop },
    { name: 'redis', store: 'redis', open: ({ url }) => new RedisStreamRepository(url), ...loop },
  ],
  wire: [
    {
      name: 'wire',
      topic: 'task:*',
      announces: true,
      start({ url, topic, onAnnouncement, onDelivery }) {
        const redis = new Redis(url, { disableClientInfo: true })
        redis.on('error', () => {})
        const consume = async () => {
          onAnnouncement()
          for (let cursor = '$'; ; ) {
            const streams = await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor)
            for (const [id, fields] of streams?.[0][1] ?? []) {
              onDelivery(fields.join(' '))
              cursor = id
            }
          }
        }
        consume().catch(() => {})
        return { stop: () => redis.disconnect() }
      },
    },
  ],
})
`
