/**
 * Ids that a server assigned hold its wall time, so two runs of one schedule would differ in nothing else. They are
 * replaced by their rank: the first is `1-0`, the next `2-0`, counting on from whatever id the schedule chose itself. An id that was never assigned keeps its place between its neighbours (`7-1` is the first one seen above `7-0`).
 *
 * The mapping is strictly monotone, so no comparison changes, and on the in-memory model it changes nothing.
 */
import { type StreamId, compareIds, isStreamId } from '../contract/stream-id.js'
import type { History, HistoryEvent } from './event.js'

/** Ids from this many milliseconds on came from a clock: the year 2001 and later. */
const CLOCK_DIGITS = 13

export function normalise(history: History): History {
  // None is long enough to come from a clock, as on the model.
  if (!history.some((event) => someId(event, isLong))) return history
  const seen = new Set<StreamId>()
  const assigned = new Set<StreamId>()
  const explicit = new Set<StreamId>()
  for (const event of history) {
    someId(event, (id) => {
      if (isStreamId(id)) seen.add(id)
      return false
    })
    if (event.type === 'append-called' && event.explicitId !== undefined) explicit.add(event.explicitId)
    if (event.type === 'append-returned' && isStreamId(event.id)) assigned.add(event.id)
    if (event.type === 'poisoned') assigned.add(event.id)
    if (event.type === 'witness') for (const { id } of event.entries) assigned.add(id)
  }
  const chosen = new Set([...explicit].map(msOf))
  const fromClock = (id: StreamId) => msOf(id).length >= CLOCK_DIGITS && !chosen.has(msOf(id))
  if (![...seen].some(fromClock)) return history
  const ranks = rank([...seen].sort(compareIds), assigned, fromClock)
  return history.map((event) => mapIds(event, (id) => ranks.get(id) ?? id))
}

/** What an adapter answers may be no text at all. */
const isLong = (id: unknown): boolean => typeof id === 'string' && id.indexOf('-') >= CLOCK_DIGITS

const msOf = (id: StreamId): string => id.slice(0, id.indexOf('-'))

/** Counts on from each id that stays as it is, so that the order of all of them is kept. */
function rank(sorted: readonly StreamId[], assigned: ReadonlySet<StreamId>, fromClock: (id: StreamId) => boolean): Map<string, string> {
  const ranks = new Map<string, string>()
  let ms = 0n
  let seq = 0n
  for (const id of sorted) {
    if (!fromClock(id)) {
      ms = BigInt(msOf(id))
      seq = BigInt(id.slice(id.indexOf('-') + 1))
      continue
    }
    ms = assigned.has(id) ? ms + 1n : ms
    seq = assigned.has(id) ? 0n : seq + 1n
    ranks.set(id, `${ms}-${seq}`)
  }
  return ranks
}

/** Is there an id in the event for which this holds? The same places as in `mapIds`. */
function someId(event: HistoryEvent, holds: (id: string) => boolean): boolean {
  switch (event.type) {
    case 'session':
      return event.from !== undefined && holds(event.from)
    case 'tail-returned':
    case 'read-entry':
    case 'delivered':
    case 'append-returned':
      return event.id !== undefined && holds(event.id)
    case 'read-called':
      return holds(event.cursor)
    case 'poisoned':
      return holds(event.id)
    case 'removed':
      return event.ids.some(holds)
    case 'witness':
      return event.entries.some(({ id }) => holds(id))
    default:
      return false
  }
}

/** The event with every id in it replaced. */
function mapIds(event: HistoryEvent, map: (id: string) => string): HistoryEvent {
  const as = (id: StreamId) => map(id) as StreamId
  switch (event.type) {
    case 'session':
      return event.from === undefined ? event : { ...event, from: as(event.from) }
    case 'tail-returned':
    case 'read-entry':
    case 'delivered':
    case 'append-returned':
      return event.id === undefined ? event : { ...event, id: map(event.id) }
    case 'read-called':
      return { ...event, cursor: map(event.cursor) }
    case 'poisoned':
      return { ...event, id: as(event.id) }
    case 'removed':
      return { ...event, ids: event.ids.map(as) }
    case 'witness':
      return { ...event, entries: event.entries.map((entry) => ({ ...entry, id: as(entry.id) })) }
    default:
      return event
  }
}
