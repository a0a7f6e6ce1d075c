/** Where an adapter keeps its topics is its own business; what is wrong with its set-up is no fault of its streams. */
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { RedisStreamRepository, type RedisStreamOptions } from '../../src/adapters/ioredis.js'
import { checkConfig } from '../../src/cli/config-file.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import type { LocalServer } from '../../src/dialects/redis/local-server.js'
import { redisStore } from '../../src/dialects/redis/redis-store.js'
import type { Store } from '../../src/dialects/store.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { mutants } from '../../src/kit/mutants/index.js'
import { resultOf, type SubjectResult } from '../../src/report/result.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import type { Scenario } from '../../src/schedule/scenario.js'
import type { OpenContext, SubjectDefinition } from '../../src/subject/subject.js'
import { onModel } from '../support/subjects.js'
import { connect } from '../support/connect.js'
import { describeWithServer } from './redis.js'

/** Everything that the harness does to a topic past the adapter, and a cut together with an append. */
const TRIED = [
  'empty-gap',
  'read-fails',
  'undecodable-entries',
  'trimmed-in-mid-stream',
  'tail-deleted',
  'dropped-in-mid-stream',
  'recreated-with-lower-ids',
  'nine-to-ten',
  'cut-while-blocked',
  'cut-and-silent',
  'another-topic',
]
const tried = scenarios.filter(({ name }) => TRIED.includes(name))

const run = (subject: SubjectDefinition, store: Store, these: readonly Scenario[] = tried): Promise<SubjectResult> =>
  runTarget(repositoryTarget(subject, store), { scenarios: these, bursts: 0, seed: 1, watchdogMs: 1000 })
const only = (name: string) => scenarios.filter((each) => each.name === name)

type KeyOf = (topic: string) => string

/** An adapter with topics at other keys. */
function keyed(inner: StreamRepository, keyOf: KeyOf): StreamRepository {
  return {
    sendData: (topic, data) => inner.sendData(keyOf(topic), data),
    readMessages: (topic, lastId, options) => inner.readMessages(keyOf(topic), lastId, options),
    getStreamTailId: (topic) => inner.getStreamTailId(keyOf(topic)),
    cleanupStream: (topic) => inner.cleanupStream(keyOf(topic)),
    close: () => inner.close!(),
  }
}

const itself: KeyOf = (topic) => topic
const hashed: KeyOf = (topic) => `events:${createHash('sha1').update(topic).digest('hex')}`

const subject = (keyOf: KeyOf, options: RedisStreamOptions = {}, more: Partial<SubjectDefinition> = {}): SubjectDefinition => ({
  name: 'keyed',
  store: 'redis',
  open: ({ url }) => keyed(new RedisStreamRepository(url, options), keyOf),
  ...more,
})

/** What a team's adapter has: one client with the defaults of ioredis, and another for each read that waits. */
function plain(redis: Redis): StreamRepository {
  redis.on('error', () => {})
  return {
    sendData: async (topic, data) => (await redis.xadd(topic, '*', 'data', JSON.stringify(data)))!,
    async *readMessages(topic, lastId, { timeoutMs, count }) {
      const reader = redis.duplicate()
      reader.on('error', () => {})
      try {
        const reply = await reader.xread('COUNT', count, 'BLOCK', timeoutMs, 'STREAMS', topic, lastId)
        for (const [id, fields] of reply?.[0]?.[1] ?? []) yield { id, data: JSON.parse(fields[1]!) as unknown }
      } finally {
        reader.disconnect()
      }
    },
    getStreamTailId: async (topic) => (await redis.xrevrange(topic, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0',
    cleanupStream: async (topic) => void (await redis.del(topic)),
    close: async () => redis.disconnect(),
  }
}

type Scheme = [name: string, keyOf: KeyOf, options?: RedisStreamOptions, actual?: KeyOf]

const SCHEMES: readonly Scheme[] = [
  ['a prefix', (topic) => `stream:${topic}`],
  ['a suffix', (topic) => `${topic}:stream`],
  ['a scheme with the id in the middle', (topic) => `task:${topic}:events`],
  ['a hash tag', (topic) => `{${topic}}:log`],
  ['the name twice', (topic) => `{${topic}}:${topic}`],
  ["ioredis's keyPrefix", itself, { redis: { keyPrefix: 'app:' } }, (topic) => `app:${topic}`],
  ['another database', itself, { redis: { db: 3 } }],
  ['another database, and a prefix', (topic) => `stream:${topic}`, { redis: { db: 5 } }],
]

await describeWithServer('where an adapter has its topics', (start) => {
  let server: LocalServer
  let admin: Redis
  const stores: Store[] = []
  const open = async (shared = false, url = server.url) => {
    const store = await redisStore({ url, shared, description: 'redis' })
    stores.push(store)
    return store
  }
  /** Databases and how many keys they hold. */
  const held = async (client = admin) => [...(await client.info('keyspace')).matchAll(/^(db\d+):keys=\d+/gm)].map(([text]) => text)
  const essence = ({ scenarios: cases, skipped, error }: SubjectResult) =>
    JSON.stringify({ cases: cases.map(({ name, verdict, history }) => ({ name, verdict, history })), skipped, error })
  let ordinary: string

  beforeAll(async () => {
    server = await start()
    admin = connect(server.url)
    const result = await run(subject(itself), await open())
    expect(resultOf(result)).toBe('valid')
    expect(result.scenarios.length).toBeGreaterThan(8)
    ordinary = essence(result)
  }, 60_000)
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    // Nothing is left behind, in no database.
    expect(await held()).toEqual([])
  })
  afterAll(() => admin.disconnect())

  describe.each([
    ['private', false],
    ['shared', true],
  ])('on a %s server', (_, shared) => {
    it.each<Scheme>(SCHEMES)(
      '%s is learnt, and gives the histories of an ordinary one',
      async (_name, keyOf, options) => {
        expect(essence(await run(subject(keyOf, options), await open(shared)))).toBe(ordinary)
      },
      60_000,
    )

    it.each<Scheme>([...SCHEMES, ['a hash', hashed]])(
      '%s is taken from the option `key`',
      async (_name, keyOf, options, actual) => {
        expect(essence(await run(subject(keyOf, options, { key: actual ?? keyOf }), await open(shared)))).toBe(ordinary)
      },
      60_000,
    )

    it('a hash without the option is unknown, and says what to do', async () => {
      const { error, scenarios: cases } = await run(subject(hashed), await open(shared))
      expect(cases).toEqual([])
      expect(error).toMatch(/an append to the topic "tailrace:[^"]+" .*: name it with key: \(topic\) => … beside open$/)
    })

    it('so is a scheme that alters the name, and names the key', async () => {
      const { error } = await run(subject(encodeURIComponent), await open(shared))
      expect(error).toMatch(/went to "tailrace%3A[^"]+", which does not say the key of another topic: name it with key/)
    })

    it('an option that is wrong is unknown', async () => {
      const wrong = subject((topic) => `stream:${topic}`, {}, { key: (topic) => `streams:${topic}` })
      expect((await run(wrong, await open(shared))).error).toMatch(
        /^key\("(.+)"\) gives "streams:\1", but an append .* went to "stream:\1"$/,
      )
      const none = subject(itself, {}, { key: () => undefined as never })
      expect((await run(none, await open(shared))).error).toMatch(/^key\(".+"\) has to give a text, .*: it gave undefined$/)
    })

    it('other keys of the same name are not taken for it, and are removed at the end', async () => {
      const busy: SubjectDefinition = {
        ...subject(itself),
        open: ({ url }) => {
          const client = connect(url)
          const inner = keyed(new RedisStreamRepository(url), (topic) => `stream:${topic}`)
          return {
            ...inner,
            sendData: async (topic, data) => {
              await client.set(`lock:${topic}`, '1')
              await client.xadd(`audit:${topic}`, '1-1', 'n', '1').catch(() => undefined)
              return inner.sendData(topic, data)
            },
            close: async () => {
              await inner.close!()
              client.disconnect()
            },
          }
        },
      }
      expect(resultOf(await run(busy, await open(shared), only('empty-gap')))).toBe('valid')
    })
  })

  it('an adapter that is broken is found out under its own keys, too', async () => {
    const broken = ['acknowledges-without-writing', 'write-behind', 'acknowledges-next-id', 'skips-undecodable']
    const found = mutants.filter(({ name }) => broken.includes(name))
    expect(found.length).toBeGreaterThanOrEqual(3)
    for (const mutant of found) {
      if (mutant.repository === undefined) continue
      const mutated = subject(
        itself,
        {},
        { open: ({ url }: OpenContext) => mutant.repository!(keyed(new RedisStreamRepository(url), (topic) => `task:${topic}:events`)) },
      )
      const result = await run(mutated, await open(), scenarios)
      expect(result.scenarios.flatMap(({ verdict }) => verdict.anomalies.map(({ code }) => code))).toContain(mutant.trips)
    }
  }, 120_000)

  it('costs an ordinary adapter one append and one look', async () => {
    const store = await open()
    const opened = await store.open(({ url }) => new RedisStreamRepository(url, { ttlSeconds: 0 }))
    await admin.call('config', 'resetstat')
    expect(await opened.locate!({ payload: (sentinel) => ({ sentinel }) })).toBe(store)
    const calls = [...(await admin.info('commandstats')).matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)].map(([, name, n]) => `${name} ${n}`)
    expect(calls.filter((each) => !/^(config|info|ping|select|client|hello)/.test(each)).toSorted()).toEqual(['xadd 1', 'xrange 1'])
  })

  it('has an option that a configuration may hold', () => {
    const config = { subjects: [subject(hashed, {}, { key: hashed })] }
    expect(checkConfig(config, 'config')).toBe(config)
    expect(() => checkConfig({ subjects: [{ ...config.subjects[0], key: 'stream:' }] }, 'config')).toThrow(
      '"key" expected a function: key(topic)',
    )
  })

  it('costs nothing on the model, where there is no such place', async () => {
    const opened = await memoryStore().open(onModel().open)
    const payload = () => expect.unreachable('it has taken the memory that it was given')
    expect(await opened.locate!({ payload })).toBeUndefined()
    expect(resultOf(await run(onModel({ key: () => 'elsewhere' }), memoryStore(), only('empty-gap')))).toBe('valid')
  })

  it('nor is one at fault that takes the model with its first call', async () => {
    const late = onModel({
      open: (context) => {
        let taken: InMemoryStreamRepository | undefined
        const model = () => (taken ??= new InMemoryStreamRepository({ stream: context.memory, clock: null }))
        return {
          sendData: (topic, data) => model().sendData(topic, data),
          readMessages: (topic, lastId, options) => model().readMessages(topic, lastId, options),
          getStreamTailId: (topic) => model().getStreamTailId(topic),
          cleanupStream: (topic) => model().cleanupStream(topic),
        }
      },
    })
    expect(resultOf(await run(late, memoryStore(), only('empty-gap')))).toBe('valid')
  })

  describe('an adapter that is set up for another server', () => {
    let other: LocalServer
    let elsewhere: Redis
    beforeAll(async () => {
      other = await start()
      elsewhere = connect(other.url)
      return () => elsewhere.disconnect()
    })

    it.each([
      ['private', false],
      ['shared', true],
    ])('is told so, and leaves nothing there, where ours is %s', async (_, shared) => {
      for (const opens of [() => new RedisStreamRepository(other.url), () => plain(new Redis(other.url, { keyPrefix: 'app:' }))]) {
        const result = await run({ name: 'ignores url', store: 'redis', open: opens }, await open(shared))
        expect(resultOf(result)).toBe('unknown')
        expect(result.scenarios).toEqual([])
        const to = new URL(other.url).host
        expect(result.error).toContain('the adapter writes to another server: its append came back through its own read')
        expect(result.error).toContain(`(${server.url}); its connections lead to ${to}. Does open() connect to the { url }`)
        expect(await held(elsewhere)).toEqual([])
      }
    })

    it('also where its client was made before it was opened', async () => {
      const client = new Redis(other.url)
      const result = await run({ name: 'module', store: 'redis', open: () => plain(client) }, await open())
      expect(result.error).toContain('the adapter writes to another server')
      expect(await held(elsewhere)).toEqual([])
    })
  })

  describe('an adapter that cannot append is unknown, with the first error of its client', () => {
    const CLOSED = { host: '127.0.0.1', port: 1 }

    const failing = async (opens: SubjectDefinition['open'], url?: string) => {
      const result = await run({ name: 'cannot append', store: 'redis', open: opens }, await open(false, url))
      expect(resultOf(result)).toBe('unknown')
      expect(result.scenarios).toEqual([])
      expect(result.error).toMatch(/^the first append through the adapter failed, so nothing can be judged: /)
      return result.error
    }

    it('a closed port', async () => {
      expect(await failing(() => new RedisStreamRepository('redis://127.0.0.1:1'))).toContain('connect ECONNREFUSED 127.0.0.1:1')
    })

    it('a closed port, and a client that tries on', async () => {
      expect(await failing(() => plain(new Redis(CLOSED)))).toContain(
        'did not return within 5 s; a connection failed: connect ECONNREFUSED',
      )
    }, 20_000)

    it('a closed port, and a client of the module that tries on', async () => {
      const client = new Redis({ ...CLOSED, maxRetriesPerRequest: 2 })
      client.on('error', () => {})
      expect(await failing(() => plain(client))).toContain('connect ECONNREFUSED 127.0.0.1:1')
    }, 20_000)

    it('a login that is refused', async () => {
      const guarded = await start()
      const owner = connect(guarded.url)
      await owner.config('SET', 'requirepass', 'right')
      owner.disconnect()
      const url = guarded.url.replace('redis://', 'redis://:right@')
      const without = guarded.url
      const wrong = guarded.url.replace('redis://', 'redis://:wrong@')
      for (const [each, says] of [
        [without, 'NOAUTH'],
        [wrong, 'WRONGPASS'],
      ] as const) {
        expect(await failing(() => new RedisStreamRepository(each), url)).toContain(says)
        expect(await failing(() => plain(new Redis(each)), url)).toContain(says)
      }
    }, 30_000)
  })

  it('a consumer that never calls the repository is unknown, and told of the wire', async () => {
    const own: SubjectDefinition = {
      ...subject(itself),
      async *consume({ topic, signal }) {
        const client = connect(server.url)
        signal.addEventListener('abort', () => client.disconnect())
        for (let last = '$'; !signal.aborted; ) {
          const reply = await client.xread('BLOCK', 500, 'STREAMS', topic, last).catch(() => null)
          for (const [id] of reply?.[0]?.[1] ?? []) yield { id: (last = id) }
        }
      },
    }
    const result = await run(own, await open(), only('empty-gap'))
    expect(resultOf(result)).toBe('unknown')
    expect(result.scenarios[0]?.verdict.reasons[0]).toContain('it never called the repository that it was given')
    expect(result.scenarios[0]?.verdict.reasons[0]).toContain('tailrace wire')
  }, 20_000)
})
