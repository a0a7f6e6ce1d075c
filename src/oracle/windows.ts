/** Windows: where an append fell, seen from one consumer. They name the cause of a loss. */
import type { HistoryEvent } from '../history/event.js'

export const WINDOWS = ['connect-gap', 'empty-gap', 'batch-gap', 'in-block', 'error-gap'] as const

/** Where an append fell, seen from one consumer. docs/concepts.md#windows explains each. */
export type Window = (typeof WINDOWS)[number]

/**
 * Where one consumer did something, and which window it had open from there on. Kept while the history is gone through:
 * looking back for it from every append makes a burst of n cost n².
 */
export class Track {
  readonly #places: number[] = []
  readonly #windows: Window[] = []
  #window: Window = 'connect-gap'
  #hasRead = false

  /** In the order of the history. */
  take(event: HistoryEvent, at: number): void {
    this.#look(event)
    this.#places.push(at)
    this.#windows.push(this.#window)
  }

  /** The window that was open at this place: the last thing it did until then that tells. */
  windowAt(place: number): Window {
    return this.#windows[upTo(this.#places, place) - 1] ?? 'connect-gap'
  }

  /** The place of what it did last before `place`; -1 where there is nothing. */
  lastBefore(place: number): number {
    return this.#places[upTo(this.#places, place - 1) - 1] ?? -1
  }

  #look(event: HistoryEvent): void {
    switch (event.type) {
      case 'read-sent':
        this.#hasRead = true
        this.#window = 'in-block'
        break
      case 'blocked':
      case 'expired':
        this.#window = 'in-block'
        break
      case 'read-returned':
        this.#window = `${event.outcome}-gap`
        break
      case 'read-ended':
        if (event.how === 'error') this.#window = 'error-gap'
        break
      case 'delivered':
      case 'read-entry':
        this.#window = 'batch-gap'
        break
      case 'disconnected':
        this.#window = 'error-gap'
        break
      case 'session':
        this.#hasRead = false
        this.#window = 'connect-gap'
        break
      case 'announced':
      case 'tail-called':
      case 'tail-sent':
      case 'tail-returned':
        // A tail that is asked for again inside the loop belongs to the gap that it is asked in.
        if (!this.#hasRead) this.#window = 'connect-gap'
        break
      default:
    }
  }
}

/** How many of these ascending places are at `place` or before it. */
function upTo(places: readonly number[], place: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]! <= place) low = middle + 1
    else high = middle
  }
  return low
}
