/**
 * When nothing tells that a consumer has come to rest: it waits for a message of a channel, or another connection of its program may
 * still have something to do. It is at rest when nothing new has come of it for a while.
 *
 * The while is real time, counted in turns of the event loop as the watchdog counts it. Only who loses pays for it: it is short where
 * everything that is owed has been handed out. Where something is missing it is long, since a connection that was cut comes back
 * when its client likes, and the page that makes up for what was missed comes later still: it may be a timer of the program's own that
 * asks for it. A subject that says how long its timers take is waited for so long, each time, and what has not come then never
 * will. Of any other nobody knows. What it does is found out once: where nothing came of the long wait, it is not waited for as long
 * again, and what is missing may come later all the same.
 */
import { heartbeat, stopwatch } from '../clock/clock.js'

const BEAT_MS = 50
/** Nothing is missing: what comes later is only tried at another moment. */
const SHORT_MS = 300
/** Something is missing, and is known not to come by itself. */
const KNOWN_MS = 600
/** Something is missing, and nobody knows how long the timers take: so many times as long as a step may take. */
const WATCHDOGS = 3
/** A timer that has rung still has to have its page. */
const PAGE_MS = 500

/** How long one is waited for whose timers take so long, in milliseconds. */
export const untilCaughtUp = (catchUpWithinMs: number): number => catchUpWithinMs + PAGE_MS

/** What is known of a subject, from run to run. */
export class Rest {
  /** How long nothing came of it where something was missing, in this run or an earlier one, in milliseconds. */
  readonly withinMs: number
  #missingMs: number

  /**
   * @param watchdogMs how long a step may take, in milliseconds.
   * @param catchUpWithinMs how long timers of the subject's own take. Undefined: nobody knows.
   */
  constructor(
    watchdogMs = 5000,
    readonly catchUpWithinMs?: number,
  ) {
    this.withinMs = catchUpWithinMs ?? WATCHDOGS * watchdogMs
    this.#missingMs = catchUpWithinMs === undefined ? this.withinMs : untilCaughtUp(catchUpWithinMs)
  }

  /** How long nothing may come of one that is at rest. */
  needs(isMissing: boolean): number {
    return isMissing ? this.#missingMs : SHORT_MS
  }

  /** Something was missing, and nothing came. */
  wasInVain(): void {
    if (this.catchUpWithinMs === undefined) this.#missingMs = Math.min(this.#missingMs, KNOWN_MS)
  }
}

export interface SilenceOptions {
  readonly rest: Rest
  /** Counts what has come of it. That it asked in vain is nothing new. */
  readonly consumer: { readonly news: number }
  /** Is something missing that is owed to it? Asked once after everything new. */
  readonly isMissing: () => Promise<boolean>
}

/** How long nothing new has come of a consumer, while it was its turn. */
export class Silence {
  readonly #options: SilenceOptions
  #ms = 0
  #news: number
  #missing: Promise<boolean> | undefined

  constructor(options: SilenceOptions) {
    this.#options = options
    this.#news = options.consumer.news
  }

  get isMissing(): Promise<boolean> {
    const { consumer, isMissing } = this.#options
    if (consumer.news !== this.#news) this.#anew()
    return (this.#missing ??= isMissing())
  }

  /**
   * Waits until something has come of it. False where it has come to rest before that.
   * @param mayRest where it may not, this waits for as long as the watchdog lets it.
   * @param touch time that is waited here is none that a step takes.
   */
  until(came: Promise<unknown>, mayRest: () => boolean, touch: () => void): Promise<boolean> {
    const before = this.#ms
    const elapsed = stopwatch()
    let beats = 0
    // A machine that stands still lets no time pass.
    const passed = () => Math.min(elapsed(), (beats + 1) * BEAT_MS)
    let stop!: () => void
    const atRest = new Promise<false>((resolve, reject) => {
      const isOver = async () => {
        if (this.#ms < SHORT_MS) return false
        const missing = await this.isMissing
        const over = this.#ms >= this.#options.rest.needs(missing)
        if (over && missing) this.#options.rest.wasInVain()
        return over
      }
      stop = heartbeat(BEAT_MS, () => {
        beats++
        if (!mayRest()) return
        touch()
        this.#ms = before + passed()
        isOver().then((over) => over && resolve(false), reject)
      })
    })
    return Promise.race([came.then(() => true), atRest]).finally(() => {
      stop()
      if (this.#options.consumer.news === this.#news) this.#ms = before + passed()
      else this.#anew()
    })
  }

  #anew(): void {
    this.#ms = 0
    this.#news = this.#options.consumer.news
    this.#missing = undefined
  }
}
