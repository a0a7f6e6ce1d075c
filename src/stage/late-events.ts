/**
 * The events of one session on their way into the history. What comes while the session is not moving (an append woke its
 * read) is late: it is recorded when the conductor turns to the session again.
 */
import type { HistoryEvent } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'

export class LateEvents {
  /** What comes now is recorded at once. */
  atOnce = false
  /** So is everything that comes after the session has closed: nobody turns to it any more. */
  ended = false
  readonly #recorder: Recorder
  readonly #late: HistoryEvent[] = []

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  push(event: HistoryEvent): void {
    if (this.atOnce || this.ended) this.#recorder.record(event)
    else this.#late.push(event)
  }

  /** A move is over. */
  over(then: () => void): void {
    this.atOnce = false
    then()
  }

  flush(): void {
    while (this.#late.length > 0) this.#recorder.record(this.#late.shift()!)
  }
}
