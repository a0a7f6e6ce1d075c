/** A fault of the set-up is unknown on a Redis, with the client's own error: no stream has done anything wrong. */
import { Redis } from 'ioredis'
import { beforeAll, describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import type { LocalServer } from '../../src/dialects/redis/local-server.js'
import { redisStore } from '../../src/dialects/redis/redis-store.js'
import { resultOf, type SubjectResult } from '../../src/report/result.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { connect } from '../support/connect.js'
import { describeWithServer } from './redis.js'

const never = <T = never>(): Promise<T> => new Promise(() => undefined)
const few = scenarios.filter(({ name }) => ['empty-gap', 'read-fails'].includes(name))
const saidOf = ({ scenarios: cases, error = '' }: SubjectResult) => [error, ...cases.flatMap(({ verdict }) => verdict.reasons)].join('\n')
const codesOf = ({ scenarios: cases }: SubjectResult) => cases.flatMap(({ verdict }) => verdict.anomalies.map(({ code }) => code))

await describeWithServer('faults of the set-up, on a Redis', (start) => {
  let server: LocalServer
  beforeAll(async () => {
    server = await start()
  })

  async function run(subject: Omit<SubjectDefinition, 'name' | 'store'>, url = server.url): Promise<SubjectResult> {
    const store = await redisStore({ url, description: 'test', shared: false })
    const target = repositoryTarget({ name: 'set up', store: 'redis', ...subject }, store)
    const result = await runTarget(target, { scenarios: few, bursts: 0, seed: 1, watchdogMs: 500 })
    await store.close()
    return result
  }

  /** Unknown, for this reason, and nothing is accused. */
  function expectUnknown(result: SubjectResult, says: string | RegExp): void {
    expect(codesOf(result)).toEqual([])
    expect(saidOf(result)).toMatch(says)
    expect(resultOf(result)).toBe('unknown')
  }

  /** The reference adapter, whose reads go through a client of another make. */
  const readingBy = (reader: (url: string) => Redis) => (context: { readonly url: string }) => {
    const inner = new RedisStreamRepository(context.url)
    const client = reader(context.url)
    client.on('error', () => {})
    const repository: StreamRepository = {
      sendData: (topic, data) => inner.sendData(topic, data),
      getStreamTailId: (topic) => inner.getStreamTailId(topic),
      cleanupStream: (topic) => inner.cleanupStream(topic),
      async *readMessages(topic, last, { timeoutMs, count }) {
        const read = await client.xread('COUNT', count, 'BLOCK', timeoutMs, 'STREAMS', topic, last)
        for (const [id, fields] of read?.[0]?.[1] ?? []) yield { id, data: JSON.parse(fields[1]!) as never }
      },
      close: async () => {
        client.disconnect()
        await inner.close()
      },
    }
    return repository
  }

  /** Reads by itself, whatever it asked its repository for before. */
  const onItsOwn = (before: (context: ConsumeContext) => Promise<string>) =>
    async function* (context: ConsumeContext) {
      const client = connect(server.url)
      context.signal.addEventListener('abort', () => client.disconnect())
      for (let last = await before(context); !context.signal.aborted; ) {
        const read = await client.xread('BLOCK', 500, 'STREAMS', context.topic, last).catch(() => null)
        for (const [id, fields] of read?.[0]?.[1] ?? []) yield { id: (last = id), data: JSON.parse(fields[1]!) as unknown }
      }
    }

  describe('a consumer that reads through a client of its own', () => {
    it.each<[string, (context: ConsumeContext) => Promise<string>]>([
      ['and takes its tail from the repository', ({ repository, topic }) => repository.getStreamTailId(topic)],
      [
        'and has looked back through the repository',
        async ({ repository, topic, read }) => {
          let last = await repository.getStreamTailId(topic)
          for await (const { id } of repository.readMessages(topic, '0-0', { ...read, timeoutMs: 0 })) last = id
          return last
        },
      ],
    ])(
      '%s',
      async (_, before) => {
        const open = ({ url }: { readonly url: string }) => new RedisStreamRepository(url)
        expectUnknown(await run({ open, consume: onItsOwn(before) }), /no call to the repository it was given: a client of its own/)
      },
      30_000,
    )
  })

  describe('reads that have a connection of their own', () => {
    it('to a closed port', async () => {
      const closed = () => new Redis({ host: '127.0.0.1', port: 1, maxRetriesPerRequest: null })
      expectUnknown(await run({ open: readingBy(closed) }), /connect ECONNREFUSED 127\.0\.0\.1:1/)
    }, 30_000)

    it('to a closed port, and a client that gives up', async () => {
      const closed = () => new Redis({ host: '127.0.0.1', port: 1, maxRetriesPerRequest: 0, retryStrategy: () => 50 })
      expectUnknown(await run({ open: readingBy(closed) }), /every read failed \(.*max retries/)
    }, 30_000)

    it('with a login that is refused', async () => {
      const guarded = await start()
      const owner = connect(guarded.url)
      await owner.config('SET', 'requirepass', 'right')
      owner.disconnect()
      const url = guarded.url.replace('redis://', 'redis://:right@')
      expectUnknown(
        await run({ open: readingBy(() => new Redis(guarded.url)) }, url),
        /a connection failed: the server has refused a login \(NOAUTH\)/,
      )
      expectUnknown(
        await run({ open: readingBy(() => new Redis(guarded.url.replace('redis://', 'redis://:wrong@'))) }, url),
        /WRONGPASS|NOAUTH/,
      )
    }, 60_000)
  })

  it.each<[string, (inner: RedisStreamRepository) => Partial<StreamRepository>, RegExp]>([
    ['close', () => ({ close: never }), /close\(\) failed: it had not settled after 2 s/],
    ['the tail', () => ({ getStreamTailId: never }), /getStreamTailId\(\) had not settled/],
    ['the append', () => ({ sendData: never }), /the first append through the adapter failed.*did not return within 5 s/],
  ])(
    '%s never settles',
    async (_, broken, says) => {
      const open = ({ url }: { readonly url: string }) => {
        const inner = new RedisStreamRepository(url)
        return Object.assign(Object.create(inner) as RedisStreamRepository, {
          sendData: inner.sendData.bind(inner),
          readMessages: inner.readMessages.bind(inner),
          getStreamTailId: inner.getStreamTailId.bind(inner),
          cleanupStream: inner.cleanupStream.bind(inner),
          close: inner.close.bind(inner),
          ...broken(inner),
        })
      }
      expectUnknown(await run({ open }), says)
    },
    30_000,
  )

  it('open never settles', async () => {
    expectUnknown(await run({ open: () => never() }), /open\(\) failed: it had not settled after 2 s/)
  }, 30_000)
})
