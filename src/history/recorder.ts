/** Collects the events of one run. Once sealed, what still happens (a stalled call that returns late) is not part of it. */
import type { History, HistoryEvent } from './event.js'

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

  get length(): number {
    return this.#events.length
  }

  at(index: number): HistoryEvent {
    return this.#events[index]!
  }

  seal(): History {
    this.#sealed = true
    return this.#events
  }
}
