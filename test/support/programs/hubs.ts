/** Programs of which one consumer waits in its process for another: readers that many share, leaders that wake others, locks. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { compareIds, parseStreamId } from '../../../src/contract/stream-id.js'
import type { StreamEntry } from '../../../src/contract/stream-repository.js'
import type { ConsumeContext } from '../../../src/subject/subject.js'
import { type Program, type Programs, program } from './program.js'

type Frame = 'ready' | StreamEntry

/** What the sessions of one topic share in their process. Topics have a name of their own in each run. */
const perTopic = <T>(make: (topic: string) => T): ((topic: string) => T) => {
  const made = new Map<string, T>()
  return (topic) => {
    if (!made.has(topic)) made.set(topic, make(topic))
    return made.get(topic)!
  }
}

const shared = (make: () => (context: ConsumeContext) => AsyncIterable<Frame>): Program =>
  program<Frame>({
    consume: make(),
    isAnnouncement: (frame) => frame === 'ready',
    entryOf: (frame) => (frame === 'ready' || frame.undecodable !== undefined ? undefined : { id: frame.id, data: frame.data }),
    capabilities: { resumes: true },
  })

async function tailOf({ repository, topic, clock, signal, from }: ConsumeContext): Promise<string | undefined> {
  while (!signal.aborted) {
    try {
      return from ?? (await repository.getStreamTailId(topic))
    } catch {
      await clock.sleep(200, signal)
    }
  }
  return undefined
}

/** What one read gives; nothing where it fails. */
async function batchAfter(
  context: ConsumeContext,
  id: string,
  timeoutMs: number,
  signal = context.signal,
): Promise<StreamEntry[] | undefined> {
  const { repository, topic, clock, read } = context
  const entries: StreamEntry[] = []
  try {
    for await (const entry of repository.readMessages(topic, id, { ...read, timeoutMs, signal })) entries.push(entry)
    return entries
  } catch {
    if (!signal.aborted && entries.length === 0) await clock.sleep(200, signal)
    return entries.length > 0 ? entries : undefined
  }
}

const isAfter = (a: string, b: string): boolean => compareIds(parseStreamId(a), parseStreamId(b)) > 0

/** A place where one waits until it is woken, and a wake that comes before the wait is not forgotten. */
class Bell {
  #rung = false
  #wake = () => {}
  ring(): void {
    this.#rung = true
    this.#wake()
  }
  async heard(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#rung = false
  }
}

// ── one reader for all

interface Subscriber {
  readonly queue: StreamEntry[]
  readonly bell: Bell
}

interface Reader {
  cursor: string
  readonly subscribers: Set<Subscriber>
  readonly kept: StreamEntry[]
  readonly stop: AbortController
  over: Promise<void> | undefined
}

interface HubOptions {
  /** How one that comes later gets what the reader has read before. */
  readonly catchesUp?: 'reading' | 'from what is kept' | 'not'
  /** Between its promise and its subscription. */
  readonly beforeJoining?: (context: ConsumeContext) => Promise<void>
  readonly dispatch?: (reader: Reader, entry: StreamEntry) => void
}

const toAll = ({ subscribers }: Reader, entry: StreamEntry) => {
  for (const { queue, bell } of subscribers) {
    queue.push(entry)
    bell.ring()
  }
}

async function readOn(context: ConsumeContext, reader: Reader, dispatch: NonNullable<HubOptions['dispatch']>): Promise<void> {
  const { signal } = reader.stop
  while (!signal.aborted) {
    const batch = await batchAfter(context, reader.cursor, context.read.timeoutMs, signal)
    for (const entry of batch ?? []) {
      reader.cursor = entry.id
      reader.kept.push(entry)
      dispatch(reader, entry)
    }
    if (batch?.length === 0) await context.clock.sleep(100, signal)
  }
}

const hub = ({ catchesUp = 'reading', beforeJoining, dispatch = toAll }: HubOptions = {}) =>
  shared(() => {
    const readers = new Map<string, Reader>()
    return async function* (context) {
      const { topic, signal } = context
      let last = await tailOf(context)
      if (last === undefined) return
      const me: Subscriber = { queue: [], bell: new Bell() }
      signal.addEventListener('abort', () => me.bell.ring())
      const join = (): Reader => {
        let reader = readers.get(topic)
        if (reader === undefined)
          readers.set(topic, (reader = { cursor: last!, subscribers: new Set(), kept: [], stop: new AbortController(), over: undefined }))
        reader.subscribers.add(me)
        return reader
      }
      let reader = beforeJoining === undefined ? join() : undefined
      try {
        yield 'ready'
        await beforeJoining?.(context)
        reader ??= join()
        if (catchesUp === 'from what is kept') me.queue.unshift(...reader.kept.filter((entry) => !me.queue.includes(entry)))
        for (let more = catchesUp === 'reading'; more && !signal.aborted; ) {
          const batch = await batchAfter(context, last, 0)
          more = batch?.length !== 0
          for (const entry of batch ?? []) {
            yield entry
            last = entry.id
          }
        }
        reader.over ??= readOn(context, reader, dispatch)
        while (!signal.aborted) {
          const entry = me.queue.shift()
          if (entry === undefined) await me.bell.heard()
          else if (isAfter(entry.id, last)) {
            yield entry
            last = entry.id
          }
        }
      } finally {
        reader?.subscribers.delete(me)
        if (reader?.subscribers.size === 0) {
          if (readers.get(topic) === reader) readers.delete(topic)
          reader.stop.abort()
          await reader.over
        }
      }
    }
  })

/** Wakes its clients with every read that comes back, and each of them then looks where the tail is. */
const ticking = shared(() => {
  const readers = perTopic(() => ({
    bells: new Map<Bell, StreamEntry[]>(),
    stop: new AbortController(),
    over: undefined as Promise<void> | undefined,
  }))
  return async function* (context) {
    const { repository, topic, signal, read } = context
    const reader = readers(topic)
    const [bell, queue] = [new Bell(), [] as StreamEntry[]]
    signal.addEventListener('abort', () => bell.ring())
    reader.bells.set(bell, queue)
    try {
      const last = await tailOf(context)
      if (last === undefined) return
      let cursor = last
      reader.over ??= (async () => {
        while (!reader.stop.signal.aborted) {
          for (const entry of (await batchAfter(context, cursor, read.timeoutMs, reader.stop.signal)) ?? []) {
            cursor = entry.id
            for (const each of reader.bells.values()) each.push(entry)
          }
          for (const each of reader.bells.keys()) each.ring()
        }
      })()
      yield 'ready'
      while (!signal.aborted) {
        for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) if (isAfter(entry.id, last)) yield entry
        await bell.heard()
        if (!signal.aborted) await repository.getStreamTailId(topic).catch(() => undefined)
      }
    } finally {
      reader.bells.delete(bell)
      if (reader.bells.size === 0) {
        reader.stop.abort()
        await reader.over
      }
    }
  }
})

// ── a leader that wakes the others, who read for themselves

interface Pack {
  leader: boolean
  readonly bells: Set<Bell>
}

const pack = ({ ring = (bells: ReadonlySet<Bell>) => bells.forEach((bell) => bell.ring()) } = {}) =>
  shared(() => {
    const packs = perTopic((): Pack => ({ leader: false, bells: new Set() }))
    return async function* (context) {
      const { topic, signal, clock, read } = context
      const mine = packs(topic)
      const bell = new Bell()
      mine.bells.add(bell)
      signal.addEventListener('abort', () => bell.ring())
      let leads = false
      try {
        let last = await tailOf(context)
        if (last === undefined) return
        yield 'ready'
        while (!signal.aborted) {
          if (!mine.leader) mine.leader = leads = true
          const batch = await batchAfter(context, last, leads ? read.timeoutMs : 0)
          if (leads && batch !== undefined && batch.length > 0) ring(mine.bells)
          for (const entry of batch ?? []) {
            yield entry
            last = entry.id
          }
          if (batch?.length !== 0) continue
          if (leads) await clock.sleep(100, signal)
          else await bell.heard()
        }
      } finally {
        mine.bells.delete(bell)
        if (leads) {
          mine.leader = false
          for (const each of mine.bells) each.ring()
        }
      }
    }
  })

// ── locks

class Mutex {
  readonly #queue: (() => void)[] = []
  #held = false
  async acquire(): Promise<void> {
    if (this.#held) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#held = true
  }
  release(): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#held = false
    else next()
  }
}

interface LockOptions {
  /** Whether its read waits in the store while it has the lock. */
  readonly waits: boolean
  /** Whether it hands out while it has the lock. */
  readonly handsOut?: boolean
  readonly releases?: (failed: boolean) => boolean
}

const locking = ({ waits, handsOut = false, releases = () => true }: LockOptions) =>
  shared(() => {
    const locks = perTopic(() => new Mutex())
    return async function* (context) {
      const { topic, signal, clock, read } = context
      const lock = locks(topic)
      let last = await tailOf(context)
      if (last === undefined) return
      yield 'ready'
      while (!signal.aborted) {
        let batch: StreamEntry[] | undefined
        await lock.acquire()
        try {
          if (signal.aborted) return
          batch = await batchAfter(context, last, waits ? read.timeoutMs : 0)
          if (handsOut)
            for (const entry of batch ?? []) {
              yield entry
              last = entry.id
            }
        } finally {
          if (releases(batch === undefined)) lock.release()
        }
        if (!handsOut)
          for (const entry of batch ?? []) {
            yield entry
            last = entry.id
          }
        if (batch?.length === 0) await clock.sleep(100, signal)
      }
    }
  })

// ── a read that is under way is shared by those who would ask for the same

const joiningReads = shared(() => {
  const underWay = perTopic(() => new Map<string, Promise<StreamEntry[] | undefined>>())
  return async function* (context) {
    const { topic, signal, clock, read } = context
    let last = await tailOf(context)
    if (last === undefined) return
    yield 'ready'
    const gone = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
    while (!signal.aborted) {
      const reads = underWay(topic)
      const cursor: string = last
      let under = reads.get(cursor)
      if (under === undefined) reads.set(cursor, (under = batchAfter(context, cursor, read.timeoutMs).finally(() => reads.delete(cursor))))
      const batch = await Promise.race([under, gone])
      for (const entry of batch ?? []) {
        if (signal.aborted) return
        yield entry
        last = entry.id
      }
      if (batch?.length === 0) await clock.sleep(100, signal)
    }
  }
})

// ── a subject with a count of those who listen, in the manner of observables

interface EmitterOptions {
  /** Where the reader for all begins: where the first to join has, or where that has caught up to, when others may have long done so. */
  readonly readsFrom?: 'the first joined' | 'the first has caught up'
}

const emitting = ({ readsFrom = 'the first joined' }: EmitterOptions = {}) =>
  shared(() => {
    const subjects = perTopic(() => ({
      emitter: new EventEmitter().setMaxListeners(0),
      count: 0,
      stop: new AbortController(),
      over: Promise.resolve(),
    }))
    return async function* (context) {
      const { topic, signal } = context
      const subject = subjects(topic)
      const readForAll = (from: string) => {
        subject.stop = new AbortController()
        const all = subject.stop.signal
        subject.over = (async () => {
          for (let cursor = from; !all.aborted; ) {
            const batch = await batchAfter(context, cursor, context.read.timeoutMs, all)
            for (const entry of batch ?? []) {
              cursor = entry.id
              subject.emitter.emit('entry', entry)
            }
            if (batch?.length === 0) await context.clock.sleep(100, all)
          }
        })()
      }
      const queue: StreamEntry[] = []
      const bell = new Bell()
      const next = (entry: StreamEntry) => {
        queue.push(entry)
        bell.ring()
      }
      signal.addEventListener('abort', () => bell.ring())
      let last = await tailOf(context)
      if (last === undefined) return
      subject.emitter.on('entry', next)
      const first = subject.count++ === 0
      try {
        if (first && readsFrom === 'the first joined') readForAll(last)
        yield 'ready'
        for (;;) {
          const batch = await batchAfter(context, last, 0)
          if (signal.aborted) return
          for (const entry of batch ?? []) {
            yield entry
            last = entry.id
          }
          if (batch?.length === 0) break
        }
        if (first && readsFrom === 'the first has caught up') readForAll(last)
        while (!signal.aborted) {
          const entry = queue.shift()
          if (entry === undefined) await bell.heard()
          else if (isAfter(entry.id, last)) {
            yield entry
            last = entry.id
          }
        }
      } finally {
        subject.emitter.off('entry', next)
        if (--subject.count === 0) {
          subject.stop.abort()
          await subject.over
        }
      }
    }
  })

const inContext = (each: Program): Program => {
  const storage = new AsyncLocalStorage<string>()
  const consume = each.consume as (context: ConsumeContext) => AsyncIterable<Frame>
  return {
    ...each,
    consume: async function* (context: ConsumeContext) {
      const iterator = storage.run(context.topic, () => consume(context)[Symbol.asyncIterator]())
      try {
        for (;;) {
          const next = (await storage.run(context.topic, () => iterator.next())) as IteratorResult<Frame, void>
          if (next.done) return
          yield next.value
        }
      } finally {
        await iterator.return?.()
      }
    },
  } as unknown as Program
}

export const right: Programs = {
  'one reader for all, each catches up for itself': hub(),
  'the same, in an asynchronous context': inContext(hub()),
  'an emitter, and a reader while somebody listens': emitting(),
  'a leader that waits, and wakes the others': pack(),
  'a lock around a read that waits': locking({ waits: true }),
  'a lock around a read that does not': locking({ waits: false }),
  'a lock around reading and handing out': locking({ waits: true, handsOut: true }),
  'a read that is under way is joined': joiningReads,
}

/** Right, too; but one of its consumers reads nothing by itself, so it cannot be led to a read. */
export const ledByOthers: Programs = {
  'one reader for all, which keeps what it has read': hub({ catchesUp: 'from what is kept' }),
  'one reader for all, which wakes them with each read': ticking,
}

export const wrong: Programs = {
  'a reader that tells the first only': hub({
    dispatch: ({ subscribers }, entry) => {
      const [first] = subscribers
      first?.queue.push(entry)
      first?.bell.ring()
    },
  }),
  'a reader whose entries go to one in turn': hub({
    dispatch: ({ subscribers, kept }, entry) => {
      const all = [...subscribers]
      const one = all[kept.length % all.length]
      one?.queue.push(entry)
      one?.bell.ring()
    },
  }),
  'a leader that wakes nobody': pack({ ring: () => {} }),
}

/** Wrong, too; but it takes three consumers, one that waits while another is done with catching up, or one that asks for nothing itself. */
export const wrongAmongThree: Programs = {
  'a reader that drops what came before one has joined': hub({
    catchesUp: 'not',
    beforeJoining: ({ clock, signal }) => clock.sleep(50, signal),
  }),
  'an emitter whose reader begins where the first has caught up': emitting({ readsFrom: 'the first has caught up' }),
}

/** Nobody moves any more, and what they wait for cannot be seen: not green. */
export const stuck: Programs = {
  'a lock that is never released': locking({ waits: true, releases: () => false }),
  'a lock that is not released after a failure': locking({ waits: true, releases: (failed) => !failed }),
}
