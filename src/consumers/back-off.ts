/** What the reference loops do after the store failed: tell the client, wait, and try again. */
import type { ConsumeContext } from '../subject/subject.js'
import type { Frame } from './frame.js'

const CAP_MS = 30_000

/** 1, 2, 4, 8, 16, 30, 30 … seconds. */
export const backOffMs = (failuresBefore: number): number => Math.min(1000 * 2 ** failuresBefore, CAP_MS)

export class BackOff {
  #failures = 0

  constructor(readonly context: Pick<ConsumeContext, 'clock' | 'signal'>) {}

  /** The store has answered in full. */
  reset(): void {
    this.#failures = 0
  }

  /** Reports `error` and waits. An abort is no failure, although some adapters throw for it: then it ends at once. */
  async *after(error: unknown): AsyncGenerator<Frame, void, undefined> {
    const { clock, signal } = this.context
    if (signal.aborted) return
    const retryInMs = backOffMs(this.#failures++)
    yield { type: 'error', message: error instanceof Error ? error.message : String(error), retryInMs }
    await clock.sleep(retryInMs, signal)
  }
}
