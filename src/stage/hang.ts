/**
 * What a hang of this subject looks like. The first one costs the whole patience of the watchdog; nothing that is like it has to be
 * waited for as long again. It is like it where nothing more is pending in the process than was then: no timer, no request, no file that
 * could still wake the consumer. One that does have something under way is waited for as ever; but a timer that does not keep the process
 * alive is not seen.
 */
import { ownTimers } from '../clock/clock.js'
import type { Patience } from './hand-over.js'

export class Hang {
  /** How much of each kind was pending in the first. */
  #pending: ReadonlyMap<string, number> | undefined

  /** @param ours what is waited for by the stage itself, and over before long. */
  constructor(readonly ours: readonly Pick<Patience, 'isWaiting'>[]) {}

  /** Nothing had moved for the whole of the watchdog's patience. */
  learn(): void {
    this.#pending ??= pending()
  }

  /** Is what does not move now like what never moved then? Not known before the first. */
  get isAlike(): boolean {
    const then = this.#pending
    return (
      then !== undefined &&
      !this.ours.some(({ isWaiting }) => isWaiting) &&
      [...pending()].every(([kind, count]) => count <= (then.get(kind) ?? 0))
    )
  }
}

/** By kind, as Node.js calls them; without the timers of the harness. */
function pending(): ReadonlyMap<string, number> {
  // A pipe that is one of them is there from the first time that it is asked for.
  void [process.stdout, process.stderr]
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  counts.set('Timeout', (counts.get('Timeout') ?? 0) - ownTimers())
  return counts
}
