/**
 * Collects the events of one run, and makes histories of them that can be compared.
 *
 * Ids that a store assigned may hold its wall time, or count on from the run before, so two runs of one schedule would differ in
 * nothing else. Where the store says so, they are replaced by names that are the same in every run (see `IdRenaming`).
 *
 * The mapping is strictly monotone, so no comparison changes, and on the in-memory model it changes nothing.
 */
import type { IdOrder, StreamId } from '../contract/stream-id.js'
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

  /** What was recorded until now. */
  get soFar(): History {
    return this.#events
  }

  seal(): History {
    this.#sealed = true
    return this.#events
  }
}

/** See above. Gives the history itself where there is nothing to replace. */
export function normalise(history: History, { isId, compare, renaming }: IdOrder): History {
  // On the model none is.
  if (renaming === undefined || !someId(history, (id) => typeof id === 'string' && renaming.concerns(id))) return history
  const seen = new Set<StreamId>()
  const assigned = new Set<string>()
  const chosen = new Set<string>()
  someId(history, (id) => {
    if (isId(id)) seen.add(id)
    return false
  })
  for (const event of history) {
    if (event.type === 'append-called' && event.explicitId !== undefined) chosen.add(event.explicitId)
    if (event.type === 'append-returned' && isId(event.id)) assigned.add(event.id)
    if (event.type === 'poisoned') assigned.add(event.id)
    if (event.type === 'witness') for (const { id } of event.entries) assigned.add(id)
  }
  const names = renaming.names({ inOrder: [...seen].sort(compare), assigned, chosen })
  return names.size === 0 ? history : history.map((event) => mapIds(event, (id) => names.get(id) ?? id))
}

/** Is there an id in the history for which this holds? The same places as in `mapIds`. What an adapter answers may be no text at all. */
function someId(history: History, holds: (id: unknown) => boolean): boolean {
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
