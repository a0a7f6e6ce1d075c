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
  if (renaming === undefined) return history
  const { ids, places } = idsIn(history)
  // What an adapter answers may be no text at all. On the model none is renamed.
  if (!ids.some((id) => typeof id === 'string' && renaming.concerns(id))) return history
  const named = [...new Set(ids)].filter((id) => typeof id === 'string')
  const assigned = new Set<string>()
  const chosen = new Set<string>()
  for (const event of history) {
    if (event.type === 'append-called' && event.explicitId !== undefined) chosen.add(event.explicitId)
    if (event.type === 'append-returned' && isId(event.id)) assigned.add(event.id)
    if (event.type === 'poisoned') assigned.add(event.id)
    if (event.type === 'witness') for (const { id } of event.entries) assigned.add(id)
  }
  const names = renaming.names({ inOrder: named.filter(isId).sort(compare), assigned, chosen })
  if (names.size === 0) return history
  const renamed = [...history]
  for (const at of places) renamed[at] = mapIds(history[at]!, (id) => names.get(id) ?? id)
  return renamed
}

/** All that stands where an id does, and the places of the events that have such: the same as in `mapIds`. */
function idsIn(history: History): { readonly ids: readonly unknown[]; readonly places: readonly number[] } {
  const ids: unknown[] = []
  const places: number[] = []
  for (const [at, event] of history.entries()) {
    switch (event.type) {
      case 'session':
        ids.push(event.from)
        ids.push(event.forgot)
        ids.push(event.known)
        break
      case 'tail-returned':
      case 'read-entry':
      case 'delivered':
      case 'append-returned':
      case 'poisoned':
        ids.push(event.id)
        break
      case 'read-called':
        ids.push(event.cursor)
        break
      case 'removed':
        for (const id of event.ids) ids.push(id)
        break
      case 'witness':
        for (const { id } of event.entries) ids.push(id)
        break
      default:
        continue
    }
    places.push(at)
  }
  return { ids, places }
}

/** The event with every id in it replaced. */
function mapIds(event: HistoryEvent, map: (id: string) => string): HistoryEvent {
  const as = (id: StreamId) => map(id) as StreamId
  switch (event.type) {
    case 'session':
      return {
        ...event,
        ...(event.from === undefined ? {} : { from: as(event.from) }),
        ...(event.forgot === undefined ? {} : { forgot: as(event.forgot) }),
        ...(event.known === undefined ? {} : { known: as(event.known) }),
      }
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
