/**
 * Collects the events of one run, and makes histories of them that can be compared.
 *
 * Ids that a server assigned hold its wall time, so two runs of one schedule would differ in nothing else. They are
 * replaced by their rank: the first is `1-0`, the next `2-0`, counting on from whatever id the schedule chose itself. An id that was never assigned keeps its place between its neighbours (`7-1` is the first one seen above `7-0`).
 *
 * The mapping is strictly monotone, so no comparison changes, and on the in-memory model it changes nothing.
 */
import { type StreamId, compareIds, isStreamId } from '../contract/stream-id.js'
import type { History, HistoryEvent } from './event.js'

/** Once sealed, what still happens (a stalled call that returns late) is not part of it. */
export class Recorder {
  readonly #events: HistoryEvent[] = []
  #sealed = false

  /** @param onEvent sees each event as it is recorded, ids as the store gave them. */
  constructor(readonly onEvent?: (event: HistoryEvent) => void) {}

  record(event: HistoryEvent): void {
    if (this.#sealed) return
    this.#events.push(event)
    this.onEvent?.(event)
  }

  seal(): History {
    this.#sealed = true
    return this.#events
  }
}

/** Ids from this many milliseconds on came from a clock: the year 2001 and later. */
const CLOCK_DIGITS = 13

/** See above. Gives the history itself where there is nothing to replace. */
export function normalise(history: History): History {
  // None is long enough to come from a clock, as on the model.
  if (!someId(history, isLong)) return history
  const seen = new Set<StreamId>()
  const assigned = new Set<StreamId>()
  const explicit = new Set<StreamId>()
  someId(history, (id) => {
    if (isStreamId(id)) seen.add(id)
    return false
  })
  for (const event of history) {
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

/** Is there an id in the history for which this holds? The same places as in `mapIds`. */
function someId(history: History, holds: (id: string) => boolean): boolean {
  for (const event of history) {
    switch (event.type) {
      case 'session':
        if (event.from !== undefined && holds(event.from)) return true
        break
      case 'tail-returned':
      case 'read-entry':
      case 'delivered':
      case 'append-returned':
        if (event.id !== undefined && holds(event.id)) return true
        break
      case 'read-called':
        if (holds(event.cursor)) return true
        break
      case 'poisoned':
        if (holds(event.id)) return true
        break
      case 'removed':
        if (event.ids.some(holds)) return true
        break
      case 'witness':
        if (event.entries.some(({ id }) => holds(id))) return true
        break
      default:
    }
  }
  return false
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
