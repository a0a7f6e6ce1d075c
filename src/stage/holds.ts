/**
 * What a consumer is held at: gates, and its own pauses. It has several at once where it runs things side by side.
 *
 * Gates go first, the oldest of them before the others. A pause ends when its time has come, and so does a BLOCK: of
 * several the one that would end first, or a timer of 15 s would go off before a read of 2 s has timed out.
 */
interface Hold {
  readonly release: (cancelled?: boolean) => void
  /** Of a pause, in virtual milliseconds. */
  readonly until: number | undefined
  /** A pause on the signal of the session itself. */
  readonly own: boolean
}

export class Holds {
  readonly #all: Hold[] = []

  /** @param own a signal that aborts together with `releaseAll`: to listen to it for each pause takes longer than the pause. */
  constructor(readonly own?: AbortSignal) {}

  get any(): boolean {
    return this.#all.length > 0
  }

  /** Of those that are no pauses. */
  get anyGate(): boolean {
    return this.#all.some(({ until }) => until === undefined)
  }

  /** When the last of the pauses is over; 0 where there is none. */
  get pausedUntil(): number {
    return this.#all.reduce((last, { until = 0 }) => Math.max(last, until), 0)
  }

  /** Resolves when it is released, with whether it was given up: a pause is over when its signal aborts. */
  hold(until?: number, signal?: AbortSignal): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      if (signal === undefined || signal === this.own) {
        this.#all.push({ release: resolve, until, own: signal !== undefined })
        return
      }
      const release = (cancelled = false) => {
        signal.removeEventListener('abort', cancel)
        resolve(cancelled)
      }
      const hold = { release, until, own: false }
      const cancel = () => this.#all.includes(hold) && this.#without(hold).release(true)
      signal.addEventListener('abort', cancel)
      this.#all.push(hold)
    })
  }

  /** Releases the oldest gate; false where there is none. */
  releaseGate(): boolean {
    for (const hold of this.#all) if (hold.until === undefined) return this.#release(hold)
    return false
  }

  /** Releases the pause that is over first; false where there is none, or the BLOCK that ends at this time goes before it. */
  releasePause(blockEnds = Number.POSITIVE_INFINITY): boolean {
    const soonest = this.#soonest()
    return this.#release(soonest !== undefined && soonest.until! <= blockEnds ? soonest : undefined)
  }

  releaseAll(): void {
    for (const { release, own } of this.#all.splice(0)) release(own)
  }

  #release(hold: Hold | undefined): boolean {
    if (hold !== undefined) this.#without(hold).release()
    return hold !== undefined
  }

  #soonest(): Hold | undefined {
    const pauses = this.#all.filter(({ until }) => until !== undefined)
    return pauses.length === 0 ? undefined : pauses.reduce((a, b) => (b.until! < a.until! ? b : a))
  }

  #without(hold: Hold): Hold {
    if (this.#all.at(-1) === hold) this.#all.pop()
    else this.#all.splice(this.#all.indexOf(hold), 1)
    return hold
  }
}
