/** Members of consumer groups, right and wrong in how they get back what they were given and never saw. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { connect } from './connect.js'
import { type Loop, inProcess, patiently } from './wire-consumers.js'

export type Entry = [id: string, fields: string[]]
type Streams = [key: string, entries: Entry[]][] | null
type Handle = (entries: readonly (Entry | null)[]) => Promise<void>
/** Looks for what is pending, once a round. */
type LooksBack = (loop: Loop, handle: Handle) => Promise<void>

interface Member {
  /** Before the first round. Default: nothing. */
  readonly first?: LooksBack
  /** In each round, before what is new is asked for. Default: nothing. */
  readonly round?: LooksBack
  /** Beside the rounds, on a connection of its own. */
  readonly beside?: ((redis: Redis, loop: Loop, handle: Handle) => Promise<void>) | undefined
  /** Default 500 ms; 0 for ever. */
  readonly blockMs?: number
}

export const GROUP = 'g'
const MEMBER = 'c'

/**
 * Reads what is new, hands each entry out and acknowledges it.
 * @param habits of each start, which remembers nothing of the one before.
 */
export const member = (name: string, habits: () => Member, more: Partial<WireSubject> = {}): WireSubject =>
  inProcess(
    name,
    async (loop) => {
      const { first, round, beside, blockMs = 500 } = habits()
      const { redis, topic, running, deliver } = loop
      const handleOn =
        (on: Redis): Handle =>
        async (entries) => {
          for (const entry of entries) {
            if (entry === null) continue
            deliver(entry)
            await on.xack(topic, GROUP, entry[0])
          }
        }
      const handle = handleOn(redis)
      const group = () =>
        redis.xgroup('CREATE', topic, GROUP, '0', 'MKSTREAM').catch((error: Error) => {
          if (!error.message.startsWith('BUSYGROUP')) throw error
        })
      await patiently(loop, group)
      if (first !== undefined) await patiently(loop, () => first(loop, handle))
      const other = beside && connect(loop.url, { retryStrategy: () => 1, maxRetriesPerRequest: 0 })
      running.addEventListener('abort', () => other?.disconnect())
      if (other !== undefined) void beside!(other, loop, handleOn(other)).catch(() => undefined)
      while (!running.aborted)
        await patiently(loop, async () => {
          await round?.(loop, handle).catch(retryWithGroup(group))
          const read = redis.xreadgroup('GROUP', GROUP, MEMBER, 'COUNT', 10, 'BLOCK', blockMs, 'STREAMS', topic, '>')
          await handle(((await read.catch(retryWithGroup(group))) as Streams)?.[0]?.[1] ?? [])
        })
    },
    { startsAt: 'beginning', ...more },
  )

const retryWithGroup = (group: () => Promise<unknown>) => async (error: Error) => {
  if (error.message.includes('NOGROUP') || error.message.includes('UNBLOCKED')) await group()
  throw error
}

const autoclaim = async (redis: Redis, topic: string, idleMs: number, from = '0-0', count = 10) =>
  (await redis.xautoclaim(topic, GROUP, MEMBER, idleMs, from, 'COUNT', count)) as [next: string, entries: (Entry | null)[]]

const claimsIdle =
  (idleMs: number): LooksBack =>
  async ({ redis, topic }, handle) =>
    handle((await autoclaim(redis, topic, idleMs))[1])

/** One page a round, and the next one in the next. */
const claimsInPages = (idleMs: number): LooksBack => {
  let from = '0-0'
  return async ({ redis, topic }, handle) => {
    const [next, entries] = await autoclaim(redis, topic, idleMs, from, 1)
    from = next
    await handle(entries)
  }
}

type Pending = [id: string, consumer: string, idleMs: number, deliveries: number]

const claimsById = async ({ redis, topic }: Loop, handle: Handle, pending: readonly Pending[], idleMs: number) => {
  if (pending.length > 0) await handle((await redis.xclaim(topic, GROUP, MEMBER, idleMs, ...pending.map(([id]) => id))) as Entry[])
}

const looksUpIdle =
  (idleMs: number): LooksBack =>
  async (loop, handle) =>
    claimsById(loop, handle, (await loop.redis.xpending(loop.topic, GROUP, 'IDLE', idleMs, '-', '+', 10)) as Pending[], idleMs)

const comparesAges =
  (idleMs: number): LooksBack =>
  async (loop, handle) => {
    const pending = (await loop.redis.xpending(loop.topic, GROUP, '-', '+', 10)) as Pending[]
    await claimsById(
      loop,
      handle,
      pending.filter(([, , idle]) => idle >= idleMs),
      0,
    )
  }

const readsItsList: LooksBack = async ({ redis, topic }, handle) => {
  for (;;) {
    const entries = ((await redis.xreadgroup('GROUP', GROUP, MEMBER, 'COUNT', 10, 'STREAMS', topic, '0')) as Streams)?.[0]?.[1] ?? []
    await handle(entries)
    if (entries.length === 0) return
  }
}

/** Once on each connection. */
const afterReconnect = (looks: LooksBack): LooksBack => {
  let due = true
  let followed = false
  return async (loop, handle) => {
    if (!followed) loop.redis.on('ready', () => (due = true))
    followed = true
    if (due) await looks(loop, handle)
    due = false
  }
}

/** A timer of the program's own. */
const onTimer =
  (everyMs: number, idleMs: number): Member['beside'] =>
  async (redis, { topic, running }, handle) => {
    while (!running.aborted) {
      await sleep(everyMs)
      await autoclaim(redis, topic, idleMs)
        .then(([, entries]) => handle(entries))
        .catch(() => undefined)
    }
  }

/** A clock of the program's own, looked at in each round. */
const everySoOften = (everyMs: number, idleMs: number): LooksBack => {
  let last = performance.now()
  return async (loop, handle) => {
    if (performance.now() - last < everyMs) return
    last = performance.now()
    await claimsIdle(idleMs)(loop, handle)
  }
}

/** Acknowledges each entry of a batch, or only the last of it. */
export const commits = (every: boolean): WireSubject =>
  inProcess(
    every ? 'commits each' : 'commits the last',
    async (loop) => {
      const { redis, topic, running, deliver } = loop
      await patiently(loop, () => redis.xgroup('CREATE', topic, GROUP, '0', 'MKSTREAM'))
      while (!running.aborted)
        await patiently(loop, async () => {
          const read = redis.xreadgroup('GROUP', GROUP, MEMBER, 'COUNT', 10, 'BLOCK', 500, 'STREAMS', topic, '>')
          const entries = ((await read) as Streams)?.[0]?.[1] ?? []
          for (const entry of entries) deliver(entry)
          for (const [id] of every ? entries : entries.slice(-1)) await redis.xack(topic, GROUP, id)
        })
    },
    { startsAt: 'beginning' },
  )

/**
 * Delivers at most once, and never looks back: with NOACK, or by an acknowledgement before the entry is handed out. `drops` all but the
 * first of a batch; `skips` makes its group anew at the end of the stream when a read has failed.
 */
export const once = (
  how: 'with NOACK' | 'acknowledges first' | 'drops' | 'skips',
  delivery: 'at-most-once' | 'at-least-once' = 'at-most-once',
): WireSubject =>
  inProcess(
    `${how}, ${delivery}`,
    async ({ redis, topic, running, deliver }) => {
      const group = (from: string) => redis.xgroup('CREATE', topic, GROUP, from, 'MKSTREAM')
      const read = () =>
        how === 'acknowledges first'
          ? redis.xreadgroup('GROUP', GROUP, MEMBER, 'COUNT', 10, 'BLOCK', 500, 'STREAMS', topic, '>')
          : redis.xreadgroup('GROUP', GROUP, MEMBER, 'COUNT', 10, 'BLOCK', 500, 'NOACK', 'STREAMS', topic, '>')
      await patiently({ running }, () => group('0'))
      while (!running.aborted)
        try {
          const entries = ((await read()) as Streams)?.[0]?.[1] ?? []
          for (const entry of how === 'drops' ? entries.slice(0, 1) : entries) {
            if (how === 'acknowledges first') await redis.xack(topic, GROUP, entry[0])
            deliver(entry)
          }
        } catch {
          await sleep(1)
          if (how === 'skips') await patiently({ running }, () => redis.xgroup('SETID', topic, GROUP, '$'))
        }
    },
    // It has no timers.
    { startsAt: 'beginning', delivery, catchUpWithinMs: 100 },
  )

/** These get back what they were given, sooner or later. */
export const rightMembers: readonly (() => WireSubject)[] = [
  ...[60, 1000, 5000, 20_000, 3_600_000].map(
    (idleMs) => () => member(`claims what is idle for ${idleMs} ms`, () => ({ round: claimsIdle(idleMs) })),
  ),
  () => member('claims what is idle, and waits without a time-out', () => ({ round: claimsIdle(5000), blockMs: 0 })),
  () => member('claims page by page', () => ({ round: claimsInPages(30_000) })),
  () => member('asks for what is idle, and claims it by its id', () => ({ round: looksUpIdle(10_000) })),
  () => member('compares ages, and claims what is old', () => ({ round: comparesAges(45_000) })),
  () => member('reads its list in each round', () => ({ round: readsItsList })),
  () => member('reads its list where it reconnects', () => ({ round: afterReconnect(readsItsList) })),
  () => member('claims what is pending where it reconnects', () => ({ round: afterReconnect(claimsIdle(0)) })),
  () => member('claims on a timer, beside its reads', () => ({ beside: onTimer(250, 7000) })),
  () => member('claims every second, by its own clock', () => ({ round: everySoOften(1000, 2000) })),
]

/** They say that they have no timers. */
const NO_TIMERS = { catchUpWithinMs: 100 }

/** Nothing that these do gets an entry back that they were given and never saw. */
export const wrongMembers: readonly { readonly why: 'nobody looked' | 'did not take it'; readonly subject: () => WireSubject }[] = [
  { why: 'nobody looked', subject: () => member('never looks back', () => ({}), NO_TIMERS) },
  { why: 'nobody looked', subject: () => member('reads its list when it starts', () => ({ first: readsItsList }), NO_TIMERS) },
  { why: 'nobody looked', subject: () => member('claims when it starts', () => ({ first: claimsIdle(0) }), NO_TIMERS) },
  {
    why: 'did not take it',
    subject: () =>
      member('claims of another group', () => ({
        round: async ({ redis, topic }, handle) => {
          await redis.xgroup('CREATE', topic, 'other', '$', 'MKSTREAM').catch(() => undefined)
          const [, entries] = (await redis.xautoclaim(topic, 'other', MEMBER, 1000, '0-0')) as [string, Entry[]]
          await handle(entries)
        },
      })),
  },
  {
    why: 'did not take it',
    subject: () =>
      member('asks how old what is pending is, and claims none of it', () => ({
        round: async ({ redis, topic }) => void (await redis.xpending(topic, GROUP, '-', '+', 10)),
      })),
  },
  {
    why: 'did not take it',
    subject: () => member('looks above the last id that it claimed', () => ({ round: onlyAbove(5000) })),
  },
]

/** Its cursor never starts over: what was too young when it passed is left behind. */
function onlyAbove(idleMs: number): LooksBack {
  let from = '0-0'
  return async ({ redis, topic }, handle) => {
    const [, , last] = (await redis.xpending(topic, GROUP)) as [number, string | null, string | null]
    const [, entries] = await autoclaim(redis, topic, idleMs, from)
    if (last !== null) from = last.replace(/-(\d+)$/, (_, seq: string) => `-${Number(seq) + 1}`)
    await handle(entries)
  }
}
