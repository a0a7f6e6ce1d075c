/** What the log looked like at a place of the history: what a cursor for whatever is last stood for, and which id a read really asked from. */
import { type IdOrder, type StreamId, maxId } from '../contract/stream-id.js'
import type { History } from '../history/event.js'
import { upTo } from './analysis.js'

/**
 * The id that `$` stands for at each place: the last one given out, also where that entry has been trimmed or deleted
 * since. A topic that was dropped starts over. An append of unknown outcome counts where the witness has it.
 */
export class Latest {
  /** Where it changed, and to what. */
  readonly #places: number[] = []
  readonly #latest: StreamId[] = []

  constructor(
    history: History,
    readonly ids: IdOrder,
  ) {
    const witnessed = witnessedIn(history)
    let latest = ids.origin
    for (const [place, event] of history.entries()) {
      if (event.type === 'removed' && event.how === 'drop') latest = ids.origin
      else if (event.type === 'poisoned') latest = maxId(latest, event.id, ids)
      else if (event.type === 'append-returned' && event.outcome !== 'fail') {
        const id = ids.isId(event.id) ? event.id : witnessed.get(event.value)
        if (id !== undefined) latest = maxId(latest, id, ids)
      } else continue
      this.#places.push(place)
      this.#latest.push(latest)
    }
  }

  /** Before what happens at this place. */
  at(place: number): StreamId {
    return this.#latest[upTo(this.#places, place - 1) - 1] ?? this.ids.origin
  }

  /** From where a read with this cursor, sent at this place, is served. Undefined for what is neither an id nor `$`. */
  servedFrom(cursor: string, sent: number): StreamId | undefined {
    if (cursor === this.ids.latest) return this.at(sent)
    return this.ids.isId(cursor) ? cursor : undefined
  }
}

function witnessedIn(history: History): ReadonlyMap<string, StreamId> {
  const witnessed = new Map<string, StreamId>()
  for (const event of history) {
    if (event.type !== 'witness') continue
    for (const { id, value } of event.entries) if (value !== undefined) witnessed.set(value, id)
  }
  return witnessed
}
