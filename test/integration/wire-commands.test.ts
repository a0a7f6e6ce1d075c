/** What consumers do on the wire beside reading, and reads that a script makes, on a real Redis. */
import { Redis } from 'ioredis'
import { afterAll, expect, it } from 'vitest'
import { advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import type { WireContext, WireSubject } from '../../src/subject/wire-subject.js'
import { wireRunner } from '../support/run-wire.js'
import { type ProbedSubject, wire } from '../../src/sources/wire/definition.js'
import { describeWithServer } from './redis.js'

function looping(
  name: string,
  loop: (redis: Redis, context: WireContext) => Promise<void>,
  before: (redis: Redis, context: WireContext) => Promise<unknown> = async () => undefined,
): WireSubject {
  return {
    name,
    topic: 'task:*',
    start: (context) => {
      const redis = new Redis(context.port, { retryStrategy: () => null })
      redis.on('error', () => undefined)
      const run = async () => {
        await before(redis, context)
        while (redis.status !== 'end') await loop(redis, context)
      }
      void run().catch(() => undefined)
      return { stop: () => redis.disconnect() }
    },
  }
}

type Streams = [string, [string, string[]][]][] | null

/** A member of a group, which makes an audit entry of its own of what it has handled, and acknowledges it. */
const worker = looping(
  'worker',
  async (redis, { topic, onDelivery }) => {
    const answer = (await redis.xreadgroup('GROUP', 'workers', 'w1', 'COUNT', 1, 'BLOCK', 2000, 'STREAMS', topic, '>')) as Streams
    for (const [id, fields] of answer?.[0]?.[1] ?? []) {
      onDelivery(fields.join(' '))
      await redis.xack(topic, 'workers', id)
      await redis.publish(`${topic}:done`, id)
    }
  },
  (redis, { topic }) => redis.call('XGROUP', 'CREATE', topic, 'workers', '0', 'MKSTREAM'),
)

const TAIL = `local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]; return last and last[1] or '0-0'`
const XRANGE = `return redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+')`

/** Polls through a script, by its digest. `again`: takes the tail for its cursor whenever there was nothing. */
function polling(again: boolean): WireSubject {
  let cursor = '0-0'
  return looping(
    again ? 'takes the tail again' : 'keeps its cursor',
    async (redis, { topic, onDelivery }) => {
      const sha = String(await redis.script('LOAD', XRANGE))
      const entries = (await redis.evalsha(sha, 1, topic, cursor)) as [string, string[]][]
      for (const [id, fields] of entries) {
        onDelivery(fields.join(' '))
        cursor = id
      }
      if (again && entries.length === 0) cursor = (await redis.eval(TAIL, 1, topic)) as string
    },
    async (redis, { topic }) => (cursor = (await redis.eval(TAIL, 1, topic)) as string),
  )
}

await describeWithServer('what is no read', (start) => {
  const opened: ProbedSubject[] = []
  let url = ''
  async function runnerOf(subject: WireSubject) {
    url ||= (await start()).url
    const one = await wire(subject, { ...(await findRedis({ url })), shared: false })
    opened.push(one)
    return wireRunner(one, 3000)
  }
  afterAll(() => Promise.all(opened.map(({ store }) => store.close())))

  it('is held before it reaches the server, and before its answer is seen', async () => {
    /** Whenever something is added: how much the group was given and has not acknowledged. */
    const pending: number[] = []
    const runner = await runnerOf({
      ...worker,
      publish: async ({ topic, data }) => {
        const [count] = (await aside.xpending(topic, 'workers')) as [number]
        pending.push(count)
        return aside.xadd(topic, '*', 'data', JSON.stringify(data))
      },
    })
    const aside = new Redis(url)
    const held = advanceTo('command-called', { command: 'XACK' })
    const steps = [advanceTo('blocked'), append(1), held, append(1), advanceTo('command-returned', { command: 'PUBLISH' }), append(1)]
    const { verdict, run } = await runner.judge(schedule(steps))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
    expect(run.history.filter(({ type }) => type === 'command-called').length).toBeGreaterThan(5)
    expect(pending).toEqual([0, 1, 0, 0])
    aside.disconnect()
    expect(run.history).toContainEqual({ type: 'command-returned', consumer: 0, command: 'XACK', does: ['acknowledge'] })
    await runner.close()
  })

  it('gives the same history each time', async () => {
    const runner = await runnerOf(worker)
    const steps = [advanceTo('blocked'), append(2), advanceTo('command-called', { command: 'PUBLISH' }), append(1)]
    const histories = new Set<string>()
    for (let i = 0; i < 10; i++) histories.add(JSON.stringify((await runner.judge(schedule(steps))).run.history))
    expect(histories.size).toBe(1)
    await runner.close()
  })

  it.each([
    [false, 'valid'],
    [true, 'invalid'],
  ] as const)('is a read where a script makes one: tail again is %s', async (again, result) => {
    const runner = await runnerOf(polling(again))
    const empty = advanceTo('read-returned', { outcome: 'empty' })
    // The first of them is its question for the tail.
    const steps = [empty, empty, append(1)]
    const { verdict, run } = await runner.judge(schedule(steps))
    expect(verdict.result, JSON.stringify(run.history, null, 1)).toBe(result)
    if (again) expect(verdict.anomalies[0]).toMatchObject({ code: 'unseen', value: 's1', window: 'empty-gap' })
    await runner.close()
  })

  it('does not keep anything waiting for ever that a program does while its read has no time-out', async () => {
    const runner = await runnerOf({
      ...looping('counts before it shows', async (redis, { port, topic, onDelivery }) => {
        const aside = new Redis(port)
        aside.on('error', () => undefined)
        let cursor = '0-0'
        while (redis.status !== 'end') {
          const answer = await redis.xread('BLOCK', 0, 'STREAMS', topic, cursor)
          for (const [id, fields] of answer?.[0]?.[1] ?? []) {
            cursor = id
            // Not awaited: the next read is under way by the time that it is answered.
            void aside.publish(`${topic}:seen`, id).then(() => onDelivery(fields.join(' ')))
          }
        }
        aside.disconnect()
      }),
      startsAt: 'beginning',
    })
    const { verdict } = await runner.judge(schedule([advanceTo('blocked'), append(2), advanceTo('blocked'), append(1)]))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
    await runner.close()
  })
})
