/** Consumers over the wire, in this process, on ioredis: each is a loop that is handed a connection of its own. */
import { setTimeout } from 'node:timers/promises'
import type { Redis, RedisOptions } from 'ioredis'
import type { WireContext, WireSubject } from '../../src/subject/wire-subject.js'
import { connect } from '../integration/redis.js'

type Entry = [id: string, fields: string[]]
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
export async function tailOf(loop: Loop): Promise<string> {
  const last = await patiently(loop, () => loop.redis.xrevrange(loop.topic, '+', '-', 'COUNT', 1))
  return last?.[0]?.[0] ?? '0-0'
}

const xread = ({ redis, topic }: Loop, cursor: string, block = 2000) => redis.xread('COUNT', 10, 'BLOCK', block, 'STREAMS', topic, cursor)

/** R1: asks for `$` at each read. */
export const literalDollar = inProcess('literal-dollar', async (loop) => {
  while (!loop.running.aborted) for (const entry of entriesOf(await patiently(loop, () => xread(loop, '$')))) loop.deliver(entry)
})

/** Right: one concrete cursor, moved to what was delivered. */
export const snapshot = inProcess('snapshot', (loop) => snapshotLoop(loop))

/** The same without a time-out. */
export const forEver = inProcess('for-ever', (loop) => snapshotLoop(loop, 0))

export async function snapshotLoop(loop: Loop, block?: number): Promise<void> {
  let cursor = await tailOf(loop)
  while (!loop.running.aborted) {
    for (const entry of entriesOf(await patiently(loop, () => xread(loop, cursor, block)))) {
      loop.deliver(entry)
      cursor = entry[0]
    }
  }
}

/** A member of a group. `owns`: after a failed read it looks for what it was given and has not acknowledged. */
export const group = (owns: boolean): WireSubject =>
  inProcess(owns ? 'group-reads-pending' : 'group-forgets', async (loop) => {
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
  })
