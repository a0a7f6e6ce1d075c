/**
 * When a move of one consumer is over: it has come to a gate, or waits in the store.
 *
 * One that runs things side by side may have nothing to do after a release but to wait for its other call, which we hold.
 * It is idle when none of its calls is on its way and the microtasks have run dry.
 */
import { afterTwoTurns, nextTurn, whenDry } from './turns.js'

export class Arrivals {
  count = 0
  #mark = 0
  #over: (() => void) | undefined

  constructor(readonly isIdle: () => boolean) {}

  /** A move begins. */
  begin(): void {
    this.#mark = this.count
  }

  /** Has it come anywhere in this move? */
  get any(): boolean {
    return this.count > this.#mark
  }

  came(): void {
    this.count++
    const over = this.#over
    this.#over = undefined
    over?.()
  }

  /** Calls back when it has come anywhere in this move, or is idle, and has done what it could beside that. */
  onMove(isOnItsWay: () => boolean, then: () => void): void {
    const arrived = () => whenDry(() => (isOnItsWay() ? this.onNext(arrived) : then()))
    if (this.any) arrived()
    else this.onNext(() => nextTurn(arrived))
  }

  /** Calls back with the next arrival, or when it is idle. */
  onNext(over: () => void): void {
    this.#over = over
    this.look()
  }

  /** Resolves then. */
  next(): Promise<void> {
    return new Promise((resolve) => this.onNext(resolve))
  }

  /** Something has changed that may have made it idle. */
  look(): void {
    const over = this.#over
    if (over === undefined || !this.isIdle()) return
    afterTwoTurns(() => {
      if (this.#over !== over || !this.isIdle()) return
      this.#over = undefined
      over()
    })
  }
}
