/**
 * The store of the model: streams in memory, with Redis's meaning of ids, `$`, BLOCK, trimming and deletion.
 * It is the specification that the real server is compared with.
 *
 * Time does not pass in it. A blocked read waits until an append serves it or until whoever watches it says that its
 * time is up: the stage, or, without one, the clock that the repository was given.
 * Source: Redis commands XADD, XREAD, XREVRANGE, XTRIM, XDEL (https://redis.io/docs/latest/commands/).
 */
import { LATEST, ORIGIN, type StreamId, compareIds, isAfter, parseStreamId } from '../contract/stream-id.js'

/** An entry as the model keeps it. */
export interface MemoryEntry {
  readonly id: StreamId
  /** The one field, as text: JSON where an adapter added it, anything where a schedule poisoned the stream. */
  readonly fields: string
}

/**
 * How a blocked read ended: an append served it (`served`), its time was up (`expired`), its connection was cut (`disconnected`), or its
 * caller gave it up (`aborted`).
 */
export type WaitEnd = 'served' | 'expired' | 'disconnected' | 'aborted'

/** A read that waits in the model, as BLOCK does: what `MemoryStream.wait` gives. */
export class MemoryWaiter {
  /** Resolves once, with how the wait ended. Never rejects. */
  readonly ended: Promise<WaitEnd>
  #resolve!: (end: WaitEnd) => void
  #waiting = true

  /** What an append served it with: what was there at that moment, as Redis answers a blocked client at once. */
  answer: readonly MemoryEntry[] = []

  constructor(
    readonly topic: string,
    readonly after: StreamId,
    readonly count: number,
  ) {
    this.ended = new Promise((resolve) => (this.#resolve = resolve))
  }

  /** False as soon as it has ended. */
  get waiting(): boolean {
    return this.#waiting
  }

  /** Cuts the wait off. `meanwhile` happens before the reader can ask again. */
  disconnect<T>(meanwhile: () => T): T {
    this.#waiting = false
    try {
      return meanwhile()
    } finally {
      this.#resolve('disconnected')
    }
  }

  /** Ends the wait; does nothing where it has ended before. */
  end(how: WaitEnd): void {
    if (!this.#waiting) return
    this.#waiting = false
    this.#resolve(how)
  }
}

interface Stream {
  entries: MemoryEntry[]
  /** The highest id ever assigned, deleted entries included. */
  last: StreamId
  /** How many entries it ever had. */
  added: number
}

const MAX = 18446744073709551615n
const FINAL = `${MAX}-${MAX}`
const TOO_SMALL = 'The ID specified in XADD is equal or smaller than the target stream top item'
const EXHAUSTED = 'The stream has exhausted the last possible ID, unable to add more items'
const REFUSED = 'NOREPLICAS Not enough good replicas to write.'
/** Ids from here on are ahead of any clock. */
const FAR = 1n << 52n

/** The streams of the in-memory model, topic by topic: what a subject with `store: 'memory'` is opened on. */
export class MemoryStream {
  /** Called when a read starts to wait. One at most: exactly one actor moves at a time. */
  onWait: ((waiter: MemoryWaiter) => void) | undefined
  readonly #streams = new Map<string, Stream>()
  #waiters: MemoryWaiter[] = []
  /** Topics that a transaction has added to. */
  #unserved: Set<string> | undefined
  /** Virtual milliseconds, topic by topic: they pass with appends that have no explicit id. They outlive the topic. */
  readonly #now = new Map<string, bigint>()
  readonly #idsPerMillisecond: bigint
  #refused: string | undefined
  #refusals = 0

  /** @param idsPerMillisecond how many ids it gives in a row before the next virtual millisecond begins, as a fast server does. At least 1. */
  constructor({ idsPerMillisecond = 1 }: { readonly idsPerMillisecond?: number } = {}) {
    this.#idsPerMillisecond = BigInt(idsPerMillisecond)
  }

  /** Appends, and serves the reads that wait for it. Gives the new id. @throws RangeError when `id` is not above the last one, or no id is left. */
  add(topic: string, fields: string, id?: StreamId): StreamId {
    if (this.#refusals > 0 && this.#refused === topic) {
      this.#refusals--
      throw new Error(REFUSED)
    }
    const stream = this.#streams.get(topic)
    const last = stream?.last ?? ORIGIN
    const next = id ?? this.#nextId(topic, last)
    if (next === ORIGIN) throw new RangeError('The ID specified in XADD must be greater than 0-0')
    if (!isAfter(next, last)) throw new RangeError(last === FINAL ? EXHAUSTED : TOO_SMALL)
    const entry = { id: next, fields }
    if (stream === undefined) this.#streams.set(topic, { entries: [entry], last: next, added: 1 })
    else {
      stream.entries.push(entry)
      stream.last = next
      stream.added++
    }
    if (this.#unserved === undefined) this.#serve(topic)
    else this.#unserved.add(topic)
    return next
  }

  /** Refuses the next so many additions to this topic, as a server does that must not write. */
  refuse(topic: string, times: number): void {
    this.#refused = topic
    this.#refusals = times
  }

  /** As one transaction: who waits is served at its end. */
  atomically<T>(changes: () => T): T {
    const topics = new Set<string>()
    this.#unserved = topics
    try {
      return changes()
    } finally {
      this.#unserved = undefined
      for (const topic of topics) this.#serve(topic)
    }
  }

  /** The entries above `after`, at most `count`. `$` is above everything that is there now. */
  range(topic: string, after: string, count: number): readonly MemoryEntry[] {
    const stream = this.#streams.get(topic)
    if (stream === undefined || after === LATEST) return []
    const { entries } = stream
    const start = firstAbove(entries, parseStreamId(after))
    return entries.slice(start, start + count)
  }

  /** Every entry, in order. */
  all(topic: string): readonly MemoryEntry[] {
    return this.#streams.get(topic)?.entries ?? []
  }

  /** As XREVRANGE sees it: the last entry that is there, not the last that was. */
  tail(topic: string): StreamId {
    return this.#streams.get(topic)?.entries.at(-1)?.id ?? ORIGIN
  }

  /** What `$` means now. */
  lastGenerated(topic: string): StreamId {
    return this.#streams.get(topic)?.last ?? ORIGIN
  }

  /** As `entries-added` of XINFO STREAM: those included that are gone. */
  entriesAdded(topic: string): number {
    return this.#streams.get(topic)?.added ?? 0
  }

  /** Starts a read that waits for the first entry above `after`. Time does not pass here: somebody has to end it. */
  wait(topic: string, after: string, count: number): MemoryWaiter {
    const waiter = new MemoryWaiter(topic, after === LATEST ? this.lastGenerated(topic) : parseStreamId(after), count)
    this.#waiters.push(waiter)
    this.onWait?.(waiter)
    return waiter
  }

  /** The reads that wait now. */
  waiting(): readonly MemoryWaiter[] {
    return this.#waiters.filter((waiter) => waiter.waiting)
  }

  /** Removes the oldest entries until `maxLen` are left. Gives their ids. */
  trim(topic: string, maxLen: number): readonly StreamId[] {
    const entries = this.#streams.get(topic)?.entries ?? []
    return entries.splice(0, Math.max(0, entries.length - maxLen)).map((entry) => entry.id)
  }

  /** Was it there? */
  delete(topic: string, id: StreamId): boolean {
    const stream = this.#streams.get(topic)
    const index = stream?.entries.findIndex((entry) => entry.id === id) ?? -1
    if (index >= 0) stream!.entries.splice(index, 1)
    return index >= 0
  }

  /** Removes the topic. Ids that are given later stay above its own. */
  drop(topic: string): void {
    if (!this.#streams.has(topic)) return
    // Real time would be ahead of the ids that go away here, explicit ones included: so is the next millisecond.
    this.#catchUp(topic, this.lastGenerated(topic))
    this.#streams.delete(topic)
  }

  /** As if it had never been: a million runs would otherwise leave the time of two million topics behind. */
  forget(topic: string): void {
    this.#streams.delete(topic)
    this.#now.delete(topic)
  }

  /** The topics that there are. */
  topics(): readonly string[] {
    return [...this.#streams.keys()]
  }

  #catchUp(topic: string, last: StreamId): void {
    const ms = BigInt(last.slice(0, last.indexOf('-')))
    const next = this.#idsPerMillisecond > 1n ? ms + 1n : ms
    if (ms < FAR && next > (this.#now.get(topic) ?? 0n)) this.#now.set(topic, next)
  }

  #nextId(topic: string, last: StreamId): StreamId {
    const dash = last.indexOf('-')
    const lastMs = BigInt(last.slice(0, dash))
    const before = this.#now.get(topic) ?? 0n
    const seq = BigInt(last.slice(dash + 1))
    if (this.#idsPerMillisecond > 1n && before > 0n) {
      if (last === ORIGIN) return `${before}-0` as StreamId
      if (lastMs === before && seq + 1n < this.#idsPerMillisecond) return `${before}-${seq + 1n}` as StreamId
    }
    // Virtual time stays ahead of explicit ids while it can, as real time does; beyond that Redis's own rule counts on.
    const now = (lastMs < FAR && lastMs > before ? lastMs : before) + 1n
    this.#now.set(topic, now)
    if (now > lastMs) return `${now}-0` as StreamId
    if (seq < MAX) return `${lastMs}-${seq + 1n}` as StreamId
    if (lastMs === MAX) throw new RangeError(EXHAUSTED)
    return `${lastMs + 1n}-0` as StreamId
  }

  #serve(topic: string): void {
    if (this.#waiters.length === 0) return
    const waiting: MemoryWaiter[] = []
    for (const waiter of this.#waiters) {
      if (!waiter.waiting) continue
      if (waiter.topic === topic) waiter.answer = this.range(topic, waiter.after, waiter.count)
      if (waiter.answer.length > 0) waiter.end('served')
      else waiting.push(waiter)
    }
    this.#waiters = waiting
  }
}

/** Index of the first entry above `after`, which is mostly the last one's id or a neighbour of it. */
function firstAbove(entries: readonly MemoryEntry[], after: StreamId): number {
  let low = 0
  let high = entries.length
  for (let middle = high - 1; low < high; middle = (low + high) >> 1) {
    if (compareIds(entries[middle]!.id, after) > 0) high = middle
    else low = middle + 1
  }
  return low
}
