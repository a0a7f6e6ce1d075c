/**
 * The one use of wall time in a run: a step that never returns becomes `stalled`.
 *
 * It counts heartbeats, not seconds: each is a turn of the event loop, so a machine that is too busy to run us does not
 * run the watchdog either, and slowness alone is not mistaken for a hang.
 */
import { heartbeat } from '../clock/clock.js'

const BEAT_MS = 50

export class Watchdog {
  readonly #patience: number
  #left: number
  #stop: (() => void) | undefined

  /** @param patienceMs how long a step may take before it counts as stalled, in milliseconds. */
  constructor(patienceMs: number) {
    this.#patience = Math.ceil(patienceMs / BEAT_MS) + 1
    this.#left = this.#patience
  }

  /** From now on calls `onStall` once if `touch` does not come in time. */
  start(onStall: () => void): void {
    this.#stop = heartbeat(BEAT_MS, () => {
      if (--this.#left > 0) return
      this.stop()
      onStall()
    })
  }

  /** Something moved. @param patienceMs how long the next thing may take, where that is less. */
  touch(patienceMs = Number.POSITIVE_INFINITY): void {
    this.#left = Math.min(this.#patience, Math.ceil(patienceMs / BEAT_MS) + 1)
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
  }
}
