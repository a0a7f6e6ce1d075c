/**
 * What a consumer is held at: gates, and its own pauses. It has several at once where it runs things side by side.
 *
 * Gates go first, the oldest of them before the others. A pause ends when its time has come, and so does a BLOCK: of
 * several the one that would end first, or a timer of 15 s would go off before a read of 2 s has timed out.
 */
interface Hold {
  readonly release: (cancelled?: boolean) => void
  /** Of a pause, in virtual milliseconds. */
  readonly until?: number | undefined
}

export class Holds {
  readonly #all: Hold[] = []

  get any(): boolean {
    return this.#all.length > 0
  }

  /** Resolves when it is released, with whether it was given up: a pause is over when its signal aborts. */
  hold(until?: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const release = (cancelled = false) => {
        signal?.removeEventListener('abort', cancel)
        resolve(cancelled)
      }
      const hold = { release, until }
      const cancel = () => this.#all.includes(hold) && this.#without(hold).release(true)
      signal?.addEventListener('abort', cancel)
      this.#all.push(hold)
    })
  }

  /** Releases the next one; false where there is none, or the BLOCK that ends at this time goes before it. */
  releaseNext(blockEnds = Number.POSITIVE_INFINITY): boolean {
    const next = this.#all.find(({ until }) => until === undefined) ?? this.#soonest(blockEnds)
    if (next !== undefined) this.#without(next).release()
    return next !== undefined
  }

  releaseAll(): void {
    for (const { release } of this.#all.splice(0)) release()
  }

  #soonest(blockEnds: number): Hold | undefined {
    const [first, ...others] = this.#all
    const soonest = first && others.reduce((a, b) => (b.until! < a.until! ? b : a), first)
    return soonest !== undefined && soonest.until! <= blockEnds ? soonest : undefined
  }

  #without(hold: Hold): Hold {
    this.#all.splice(this.#all.indexOf(hold), 1)
    return hold
  }
}
