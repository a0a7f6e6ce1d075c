/**
 * Ids that a server assigned hold its wall time, so two runs of one schedule would differ in nothing else. They are
 * replaced by their rank: the first is `1-0`, the next `2-0`, counting on from the highest id that the schedule chose
 * itself. An id that was never assigned keeps its place between its neighbours (`7-1` is the first one seen above `7-0`).
 *
 * The mapping is strictly monotone, so no comparison changes, and on the in-memory model it changes nothing.
 */
import { type StreamId, compareIds, isStreamId } from '../contract/stream-id.js'
import type { History, HistoryEvent } from './event.js'

/** Ids from this many milliseconds on came from a clock: the year 2001 and later. */
const CLOCK_DIGITS = 13

export function normalise(history: History): History {
  const seen = new Set<StreamId>()
  const assigned = new Set<StreamId>()
  const explicit = new Set<StreamId>()
  for (const event of history) {
    for (const id of idsOf(event)) if (isStreamId(id)) seen.add(id)
    if (event.type === 'append-called' && event.explicitId !== undefined) explicit.add(event.explicitId)
    if (event.type === 'append-returned' && isStreamId(event.id)) assigned.add(event.id)
    if (event.type === 'poisoned') assigned.add(event.id)
    if (event.type === 'witness') for (const { id } of event.entries) assigned.add(id)
  }
  const fromClock = [...seen].filter((id) => !explicit.has(id) && id.indexOf('-') >= CLOCK_DIGITS)
  if (fromClock.length === 0) return history
  const ranks = rank(fromClock.sort(compareIds), assigned, base(explicit))
  return history.map((event) => mapIds(event, (id) => ranks.get(id) ?? id))
}

function rank(sorted: readonly StreamId[], assigned: ReadonlySet<StreamId>, first: number): Map<string, string> {
  const ranks = new Map<string, string>()
  let ms = first
  let seq = 0
  for (const id of sorted) {
    if (assigned.has(id)) {
      ms++
      seq = 0
    } else seq++
    ranks.set(id, `${ms}-${seq}`)
  }
  return ranks
}

/** The highest millisecond part that the schedule chose, of those that a clock has passed. */
function base(explicit: ReadonlySet<StreamId>): number {
  let highest = 0
  for (const id of explicit) {
    const dash = id.indexOf('-')
    if (dash < CLOCK_DIGITS) highest = Math.max(highest, Number(id.slice(0, dash)))
  }
  return highest
}

function idsOf(event: HistoryEvent): readonly (string | undefined)[] {
  const ids: (string | undefined)[] = []
  mapIds(event, (id) => {
    ids.push(id)
    return id
  })
  return ids
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
    case 'elsewhere':
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
