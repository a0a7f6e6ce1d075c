/** The abort of one session: what its consumer is told when its client goes away. */
import { setMaxListeners } from 'node:events'

/** What `abort()` would make anew for each session, with a stack trace that takes as long as several steps. */
const ABORTED = new DOMException('This operation was aborted', 'AbortError')

export class SessionAbort {
  readonly #controller = new AbortController()

  constructor() {
    // A consumer may hand its signal to any number of reads.
    setMaxListeners(0, this.signal)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abort(): void {
    this.#controller.abort(ABORTED)
  }
}
