/**
 * Consumers over the wire, in this process, on ioredis: right ones, and such as lose something. Most are a loop that is handed a
 * connection. scripts/golden records what the harness makes of all of them, so nothing in here may need a test runner.
 */
import { setTimeout } from 'node:timers/promises'
import type { Redis, RedisOptions } from 'ioredis'
import type { WireContext, WireSubject } from '../../src/subject/wire-subject.js'
import { connect } from './connect.js'

export type Entry = [id: string, fields: string[]]
type Streams = [key: string, entries: Entry[]][] | null

export interface Loop extends WireContext {
  readonly redis: Redis
  readonly running: AbortSignal
  /** Shows an entry. */
  readonly deliver: (entry: Entry) => void
}

/** What fails is asked again by the consumer, never by its client. */
const CLIENT: RedisOptions = { retryStrategy: () => 1, maxRetriesPerRequest: 0 }

export function inProcess(
  name: string,
  loop: (loop: Loop) => Promise<void>,
  { client = {}, ...more }: Partial<WireSubject> & { readonly client?: RedisOptions } = {},
): WireSubject {
  return {
    name,
    topic: 'task:*',
    ...more,
    start: (context) => {
      const redis = connect(context.url, { ...CLIENT, ...client })
      const stop = new AbortController()
      const deliver = ([, fields]: Entry) => context.onDelivery(fields.join(' '))
      const ended = loop({ ...context, redis, running: stop.signal, deliver }).then(
        () => undefined,
        (error: unknown) => (stop.signal.aborted ? undefined : (error as Error).message),
      )
      return {
        ended,
        stop: async () => {
          stop.abort()
          redis.disconnect()
          await ended
        },
      }
    },
  }
}

/** Asks until there is an answer. */
export async function patiently<T>({ running }: Pick<Loop, 'running'>, ask: () => Promise<T>): Promise<T | undefined> {
  while (!running.aborted) {
    try {
      return await ask()
    } catch {
      await setTimeout(1)
    }
  }
  return undefined
}

export const entriesOf = (streams: unknown): Entry[] => (streams as Streams)?.flatMap(([, entries]) => entries) ?? []

/** The last entry of the stream, or its origin. */
export async function tailOf(loop: Pick<Loop, 'redis' | 'running' | 'topic'>): Promise<string> {
  const last = await patiently(loop, () => loop.redis.xrevrange(loop.topic, '+', '-', 'COUNT', 1))
  return last?.[0]?.[0] ?? '0-0'
}

const xread = ({ redis, topic }: Loop, cursor: string, block = 2000) => redis.xread('COUNT', 10, 'BLOCK', block, 'STREAMS', topic, cursor)

/** Reads on from what it delivered last, at first from `from`: by default the tail. */
export async function snapshotLoop(loop: Loop, block?: number, from?: string): Promise<void> {
  let cursor = from ?? (await tailOf(loop))
  while (!loop.running.aborted) {
    for (const entry of entriesOf(await patiently(loop, () => xread(loop, cursor, block)))) {
      loop.deliver(entry)
      cursor = entry[0]
    }
  }
}

// ── One stream ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** R1: asks for `$` at each read. */
export const literalDollar = inProcess('literal-dollar', async (loop) => {
  while (!loop.running.aborted) for (const entry of entriesOf(await patiently(loop, () => xread(loop, '$')))) loop.deliver(entry)
})

/** Right: one concrete cursor, moved to what was delivered. */
export const snapshot = inProcess('snapshot', (loop) => snapshotLoop(loop))

/** The same without a time-out. */
export const forEver = inProcess('for-ever', (loop) => snapshotLoop(loop, 0))

/** Right: it has its cursor before it says that it is ready. */
const announces = inProcess(
  'announces',
  async (loop) => {
    const cursor = await tailOf(loop)
    loop.onAnnouncement()
    await snapshotLoop(loop, 2000, cursor)
  },
  { announces: true, retries: true },
)

/** Its client gives a read up that takes too long. */
const impatient = inProcess('impatient', (loop) => snapshotLoop(loop), { client: { commandTimeout: 400, blockingTimeout: 400 } })

/** Two in one process, each on a connection that has a name. */
const beside = (hows: readonly ('snapshot' | '$')[]): WireSubject => ({
  name: hows.map((how) => (how === '$' ? 'dollar' : how)).join('-beside-'),
  topic: 'task:*',
  consumers: ['reader-a', 'reader-b'],
  retries: true,
  start: ({ url, topic, onDelivery }) => {
    const clients = hows.map((how, index) => {
      const name = `reader-${'ab'[index]}`
      const redis = connect(url, { connectionName: name, retryStrategy: () => 2, enableReadyCheck: true })
      const run = async () => {
        let cursor = how === '$' ? '$' : undefined
        while (redis.status !== 'end') {
          try {
            cursor ??= (await redis.xrevrange(topic, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'
            for (const [id, fields] of entriesOf(await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor))) {
              onDelivery(`${name}: ${fields.join(' ')}`)
              cursor = id
            }
          } catch {
            await setTimeout(2)
          }
        }
      }
      void run()
      return redis
    })
    return { stop: () => clients.forEach((redis) => redis.disconnect()) }
  },
})

// ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A member of a group, without timers. `owns`: after a failed read it looks for what it was given and has not acknowledged. */
export const group = (owns: boolean): WireSubject =>
  inProcess(
    owns ? 'group-reads-pending' : 'group-forgets',
    async (loop) => {
      const { redis, topic, running, deliver } = loop
      const make = () =>
        redis
          .xgroup('CREATE', topic, 'g', '$', 'MKSTREAM')
          .catch((error: Error) => (error.message.startsWith('BUSYGROUP') ? 'OK' : Promise.reject(error)))
      await patiently(loop, make)
      let cursor = '>'
      while (!running.aborted) {
        try {
          const entries = entriesOf(await redis.xreadgroup('GROUP', 'g', 'c', 'COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor))
          for (const entry of entries) deliver(entry)
          if (entries.length > 0) await redis.xack(topic, 'g', ...entries.map(([id]) => id))
          else cursor = '>'
        } catch (error) {
          if (owns) cursor = '0'
          if ((error as Error).message.startsWith('NOGROUP') && owns)
            await patiently(loop, () => redis.xgroup('CREATE', topic, 'g', '0', 'MKSTREAM'))
          else await setTimeout(1)
        }
      }
    },
    owns ? {} : { catchUpWithinMs: 100 },
  )

/** A member of a group that looks at what is pending each time before it asks for more. */
export const pendingFirst = (name: string, handled: (loop: Loop, entries: readonly Entry[]) => Promise<unknown>): WireSubject =>
  inProcess(
    name,
    async (loop) => {
      const { redis, topic } = loop
      await patiently(loop, () => redis.call('XGROUP', 'CREATE', topic, 'workers', '0', 'MKSTREAM'))
      const from = async (cursor: string) =>
        entriesOf(await redis.xreadgroup('GROUP', 'workers', 'w', 'COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor))
      while (!loop.running.aborted)
        await patiently(loop, async () => {
          await handled(loop, await from('0'))
          await handled(loop, await from('>'))
        })
    },
    { startsAt: 'beginning' },
  )

/** Loses what it has acknowledged and not handed out yet when its connection breaks. */
export const acknowledgesEarly = pendingFirst('group-acknowledges-early', async ({ redis, topic, deliver }, entries) => {
  for (const [id] of entries) await redis.xack(topic, 'workers', id)
  for (const entry of entries) deliver(entry)
})

// ── Several streams, a channel, a publisher behind the probe ────────────────────────────────────────────────────────────

/** Reads two streams at once. `$` is kept for each until it has brought something; `onlyFirst` forgets the others of an answer. */
export const twoStreams = ({ from, onlyFirst = false }: { from: '$' | 'tail'; onlyFirst?: boolean }): WireSubject =>
  inProcess(`two-streams-${from === '$' ? 'dollar' : 'tail'}${onlyFirst ? '-only-first' : ''}`, async (loop) => {
    const { redis, topic } = loop
    const keys = [topic, `${topic}:more`]
    const cursors = new Map<string, string>()
    for (const key of keys) cursors.set(key, from === '$' ? '$' : await tailOf({ ...loop, topic: key }))
    while (!loop.running.aborted) {
      const ids = keys.map((key) => cursors.get(key)!)
      const answer = (await patiently(loop, () => redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', ...keys, ...ids))) ?? []
      for (const [key, entries] of onlyFirst ? answer.slice(0, 1) : answer) {
        for (const entry of entries) {
          // One that forgets a stream of an answer has often one cursor for all of them.
          for (const moved of onlyFirst ? keys : [key]) cursors.set(moved, entry[0])
          loop.deliver(entry)
        }
      }
    }
  })

/** Appends through the probe. A client that sends a command again when its connection broke adds it twice. */
export const publishing = (sendsAgain: boolean): WireSubject => ({
  ...snapshot,
  name: sendsAgain ? 'publisher-sends-again' : 'publisher-looks-first',
  appendsThroughProbe: true,
  publish: async ({ probe, topic, data }) => {
    const redis = connect(probe, { ...CLIENT, maxRetriesPerRequest: sendsAgain ? 5 : 0 })
    try {
      return await redis.xadd(topic, '*', 'data', JSON.stringify(data))
    } catch (error) {
      // It may be in the log: who tells its caller so does not add it again.
      const found = (await redis.xrange(topic, '-', '+')).find(([, fields]) => fields.includes(JSON.stringify(data)))
      if (found === undefined) throw error
      return found[0]
    } finally {
      redis.disconnect()
    }
  },
})

/** Looks back when it has subscribed, and then takes what it is told of, or takes that for a sign to read on. */
export const told = (takes: 'messages' | 'signs'): WireSubject => ({
  name: `takes-${takes}`,
  // It has no timers.
  ...(takes === 'messages' ? { catchUpWithinMs: 500 } : {}),
  topic: 'task:*',
  startsAt: 'beginning',
  notify: 'PUBLISH {topic}:live "{id} {json}"',
  retries: true,
  start: ({ url, topic, onDelivery }) => {
    const options = { retryStrategy: () => 5, autoResubscribe: false, maxRetriesPerRequest: null, enableReadyCheck: true }
    const [live, data] = [connect(url, options), connect(url, options)]
    let cursor = '0-0'
    let reading: Promise<unknown> = Promise.resolve()
    const readAll = async () => {
      for (const [id, fields] of await data.xrange(topic, `(${cursor}`, '+')) {
        onDelivery(fields.join(' '))
        cursor = id
      }
    }
    // What was refused is asked again: no other message may come.
    const readOn = () => (reading = reading.then(() => readAll().catch(() => readAll())).catch(() => undefined))
    live.on('ready', () => void live.subscribe(`${topic}:live`).then(readOn, () => undefined))
    live.on('message', (_, message) => {
      if (takes === 'signs') return void readOn()
      const [id = '', json = ''] = message.split(' ')
      onDelivery(json)
      cursor = id
    })
    return { stop: () => [live, data].forEach((redis) => redis.disconnect()) }
  },
})

/** All of them, and a few variants: each has a name of its own. */
export const WIRE_CONSUMERS: readonly WireSubject[] = [
  literalDollar,
  snapshot,
  { ...snapshot, name: 'snapshot-retries', retries: true },
  forEver,
  inProcess('from-beginning', (loop) => snapshotLoop(loop, 2000, '0-0'), { startsAt: 'beginning', retries: true }),
  inProcess('resp2', (loop) => snapshotLoop(loop), { client: { protocol: 2 } }),
  // What is appended is in another one: all is lost.
  inProcess('another-database', (loop) => snapshotLoop(loop), { client: { protocol: 2, db: 3 } }),
  announces,
  impatient,
  group(false),
  group(true),
  acknowledgesEarly,
  twoStreams({ from: '$' }),
  twoStreams({ from: 'tail' }),
  twoStreams({ from: 'tail', onlyFirst: true }),
  publishing(true),
  publishing(false),
  told('messages'),
  told('signs'),
  beside(['snapshot', 'snapshot']),
  beside(['snapshot', '$']),
]
