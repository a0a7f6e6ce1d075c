/** Reads: each call of a consumer for entries, and what became of it. */
import { type StreamId, isAfter, isStreamId } from '../contract/stream-id.js'
import type { EventOf, HistoryEvent } from '../history/event.js'

export interface ReadEntry {
  readonly at: number
  readonly id: string
  readonly value?: string
  readonly got?: string
  readonly undecodable: boolean
}

export interface Read {
  readonly consumer: number
  readonly read: number
  readonly cursor: string
  readonly count: number
  readonly timeoutMs: number
  readonly called: number
  readonly sent: number
  readonly blocked: boolean
  /** Its BLOCK was timed out by the schedule. */
  readonly expired: boolean
  readonly returned: number
  /** Its last event: an adapter may go back to the store for every entry. */
  readonly over: number
  readonly outcome?: 'empty' | 'batch' | 'error'
  /** Empty without having waited. */
  readonly early: boolean
  readonly entries: readonly ReadEntry[]
  /** The highest id among them. */
  readonly highest?: StreamId
  /** It ended by itself, so its entries are all that it had. */
  readonly complete: boolean
}

/** While the history is gone through. */
export type OpenRead = { -readonly [K in keyof Read]: Read[K] } & { entries: ReadEntry[] }

/** Follows the reads of one consumer through a history. */
export class Reader {
  #session: number | undefined
  #aborted = false
  /** By its number, the place of a read in the list. */
  #places = new Map<number, number>()
  /** The last one called, which most events are of. */
  #last: OpenRead | undefined

  /** @param reads those of all consumers, in the order of their calls. */
  constructor(readonly reads: OpenRead[]) {}

  take(event: HistoryEvent, at: number): void {
    switch (event.type) {
      case 'session':
        if (this.#session !== event.session) {
          this.#places.clear()
          this.#last = undefined
        }
        this.#session = event.session
        this.#aborted = false
        break
      case 'aborted':
        this.#aborted = true
        break
      case 'read-called':
      case 'read-sent':
      case 'blocked':
      case 'expired':
      case 'read-returned':
      case 'read-entry':
      case 'read-ended':
        // What a read that was told to stop comes back with says nothing.
        if (!this.#aborted) this.#note(event, at)
        break
      default:
    }
  }

  #note(event: ReadEvent, at: number): void {
    if (event.type === 'read-called') return this.#called(event, at)
    const read = this.#last?.read === event.read ? this.#last : this.reads[this.#places.get(event.read) ?? -1]
    if (read === undefined) return
    read.over = at
    switch (event.type) {
      case 'read-sent':
        read.sent = at
        break
      case 'blocked':
        read.blocked = true
        break
      case 'expired':
        read.expired = true
        break
      case 'read-ended':
        read.complete = event.how === 'done'
        break
      case 'read-entry':
        read.entries.push(entryOf(event, at))
        if (isStreamId(event.id) && (read.highest === undefined || isAfter(event.id, read.highest))) read.highest = event.id
        break
      case 'read-returned':
        if (event.aborted) break
        read.returned = at
        read.outcome = event.outcome
        read.early = event.early ?? false
    }
  }

  #called(event: EventOf<'read-called'>, at: number): void {
    const place = this.#places.get(event.read)
    this.#last = newRead(event, at)
    if (place !== undefined) this.reads[place] = this.#last
    else this.#places.set(event.read, this.reads.push(this.#last) - 1)
  }
}

type ReadEvent = EventOf<'read-called' | 'read-sent' | 'blocked' | 'expired' | 'read-returned' | 'read-entry' | 'read-ended'>

function newRead({ consumer, read, cursor, count, timeoutMs }: EventOf<'read-called'>, called: number): OpenRead {
  const never = Number.POSITIVE_INFINITY
  return {
    consumer,
    read,
    cursor,
    count,
    timeoutMs,
    called,
    sent: never,
    blocked: false,
    expired: false,
    early: false,
    returned: never,
    over: called,
    entries: [],
    complete: false,
  }
}

function entryOf(event: EventOf<'read-entry'>, at: number): ReadEntry {
  const { id, value, got, undecodable } = event
  const entry: { -readonly [K in keyof ReadEntry]: ReadEntry[K] } = { at, id, undecodable: undecodable ?? false }
  if (value !== undefined) entry.value = value
  if (got !== undefined) entry.got = got
  return entry
}

/**
 * When it was settled that the read has no such id: with the first higher one that it gave, or with its end. Not before:
 * an adapter may go back to the store for every entry but the first.
 */
export function passedAt({ entries, outcome, returned, over }: Read, id: StreamId): number {
  const higher = entries.findIndex((entry) => isStreamId(entry.id) && isAfter(entry.id, id))
  if (higher > 0) return entries[higher]!.at
  return higher === 0 || outcome !== 'batch' ? returned : over
}
