/** Reads: each call of a consumer for entries, what became of it, and what it should have brought. */
import { type StreamId, isAfter, isStreamId } from '../contract/stream-id.js'
import type { EventOf, History } from '../history/event.js'
import type { Committed } from './analysis.js'

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
  /** What it should have brought, whatever its count: see `dueAt`. */
  readonly due: readonly Committed[]
}

type Open = { -readonly [K in keyof Omit<Read, 'due'>]: Read[K] } & { entries: ReadEntry[] }

/** What is known of one consumer while the history is gone through. */
interface Reader {
  session?: number
  aborted: boolean
  /** By its number, the place of a read in the list. */
  places: Map<number, number>
}

export function readsOf(history: History): Omit<Read, 'due'>[] {
  const reads: Open[] = []
  const readers = new Map<number, Reader>()
  for (let at = 0; at < history.length; at++) {
    const event = history[at]!
    switch (event.type) {
      case 'session':
      case 'aborted':
      case 'read-called':
      case 'read-sent':
      case 'blocked':
      case 'expired':
      case 'read-returned':
      case 'read-entry':
      case 'read-ended': {
        let reader = readers.get(event.consumer)
        if (reader === undefined) readers.set(event.consumer, (reader = { aborted: false, places: new Map() }))
        if (event.type === 'session') begin(reader, event)
        else if (event.type === 'aborted') reader.aborted = true
        // What a read that was told to stop comes back with says nothing.
        else if (!reader.aborted) note(reads, reader, event, at)
        break
      }
      default:
    }
  }
  return reads
}

function begin(reader: Reader, { session }: EventOf<'session'>): void {
  if (reader.session !== session) reader.places = new Map()
  reader.session = session
  reader.aborted = false
}

type ReadEvent = EventOf<'read-called' | 'read-sent' | 'blocked' | 'expired' | 'read-returned' | 'read-entry' | 'read-ended'>

function note(reads: Open[], { places }: Reader, event: ReadEvent, at: number): void {
  const place = places.get(event.read) ?? -1
  if (event.type === 'read-called') {
    const opened = newRead(event, at)
    if (place !== -1) reads[place] = opened
    else places.set(event.read, reads.push(opened) - 1)
    return
  }
  const read = reads[place]
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

function newRead({ consumer, read, cursor, count, timeoutMs }: EventOf<'read-called'>, called: number) {
  const never = Number.POSITIVE_INFINITY
  const entries: ReadEntry[] = []
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
    entries,
    complete: false,
  }
}

function entryOf({ id, value, got, undecodable }: EventOf<'read-entry'>, at: number): ReadEntry {
  return { at, id, undecodable: undecodable ?? false, ...(value === undefined ? {} : { value }), ...(got === undefined ? {} : { got }) }
}

/** Acknowledged before the read was sent, above its cursor, and there until the read had passed it. */
export function dueAt(read: Omit<Read, 'due'>, committed: readonly Committed[]): readonly Committed[] {
  const { cursor, sent } = read
  if (!isStreamId(cursor)) return []
  return committed.filter((entry) => entry.returned < sent && isAfter(entry.id, cursor) && entry.removed > passedAt(read, entry.id))
}

/**
 * When it was settled that the read has no such id: with the first higher one that it gave, or with its end. Not before:
 * an adapter may go back to the store for every entry but the first.
 */
export function passedAt({ entries, outcome, returned, over }: Omit<Read, 'due'>, id: StreamId): number {
  const higher = entries.findIndex((entry) => isStreamId(entry.id) && isAfter(entry.id, id))
  if (higher > 0) return entries[higher]!.at
  return higher === 0 || outcome !== 'batch' ? returned : over
}
