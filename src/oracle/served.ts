/** What the log looked like at a place of the history: what a cursor for whatever is last stood for, and which id a read really asked from. */
import { type IdOrder, type StreamId, maxId } from '../contract/stream-id.js'
import type { History } from '../history/event.js'

/**
 * The id that `$` stands for at this place: the last one given out, also where that entry has been trimmed or deleted
 * since. A topic that was dropped starts over. An append of unknown outcome counts where the witness has it.
 */
export function latestAt(history: History, place: number, ids: IdOrder): StreamId {
  const witnessed = new Map<string, StreamId>()
  for (const event of history) {
    if (event.type !== 'witness') continue
    for (const { id, value } of event.entries) if (value !== undefined) witnessed.set(value, id)
  }
  let latest = ids.origin
  for (const event of history.slice(0, place)) {
    if (event.type === 'removed' && event.how === 'drop') latest = ids.origin
    else if (event.type === 'poisoned') latest = maxId(latest, event.id, ids)
    else if (event.type === 'append-returned' && event.outcome !== 'fail') {
      const id = ids.isId(event.id) ? event.id : witnessed.get(event.value)
      if (id !== undefined) latest = maxId(latest, id, ids)
    }
  }
  return latest
}

/** From where a read with this cursor, sent at this place, is served. Undefined for what is neither an id nor `$`. */
export function servedFrom(history: History, cursor: string, sent: number, ids: IdOrder): StreamId | undefined {
  if (cursor === ids.latest) return latestAt(history, sent, ids)
  return ids.isId(cursor) ? cursor : undefined
}
