/**
 * What a consumer is held at, and what it waits for.
 *
 *  - *Holds*: gates, and pauses of its own. It has several at once where it runs things side by side. Gates go first, the oldest of
 *    them before the others, unless the schedule keeps some of the oldest back.
 *  - *Waits*: its reads that are in the store. Mostly there is one.
 *
 * A pause ends when its time has come, and so does a BLOCK: of all of them the one that would end first. Or a timer of 15 s
 * would go off before a read of 2 s has timed out.
 */
import { stopwatch } from '../clock/clock.js'
import type { StreamId } from '../contract/stream-id.js'
import type { BlockedReader, RawCommand } from '../dialects/store.js'
import { FOR_EVER, PENDING } from '../history/event.js'
import type { ReadCall, Source } from '../sources/source.js'

/** @param cancelled a pause that was given up before it was over. */
export type Release = (cancelled?: boolean) => void

interface Hold {
  readonly release: Release
  /** Of a pause, in virtual milliseconds. */
  readonly until: number | undefined
  /** A pause on the signal of the session itself. */
  readonly own: boolean
}

export class Holds {
  /** Of gates and pauses together. */
  count = 0
  readonly #all: Hold[] = []

  /** @param own a signal that aborts together with `releaseAll`: to listen to it for each pause takes longer than the pause. */
  constructor(readonly own?: AbortSignal) {}

  /** How many of them are no pauses. */
  get gates(): number {
    let gates = 0
    for (const { until } of this.#all) if (until === undefined) gates++
    return gates
  }

  /** When the last of the pauses is over; 0 where there is none. */
  get pausedUntil(): number {
    let last = 0
    for (const { until } of this.#all) if (until !== undefined && until > last) last = until
    return last
  }

  /** When the first of them is over; infinite where there is none. */
  get soonestPause(): number {
    let soonest = Number.POSITIVE_INFINITY
    for (const { until } of this.#all) if (until !== undefined && until < soonest) soonest = until
    return soonest
  }

  /** Calls `release` once: when it is released, or, of a pause, when its signal aborts. */
  hold(release: Release, until?: number, signal?: AbortSignal): void {
    if (signal === undefined || signal === this.own) {
      this.count = this.#all.push({ release, until, own: signal !== undefined })
      return
    }
    const cancel = () => {
      if (this.#all.includes(hold)) this.#without(hold).release(true)
    }
    const hold: Hold = {
      release: (cancelled = false) => {
        signal.removeEventListener('abort', cancel)
        release(cancelled)
      },
      until,
      own: false,
    }
    signal.addEventListener('abort', cancel)
    this.count = this.#all.push(hold)
  }

  /** Releases the oldest gate but for the `kept` oldest; false where there is none. */
  releaseGate(kept = 0): boolean {
    let left = kept
    for (const hold of this.#all) {
      if (hold.until !== undefined || left-- > 0) continue
      this.#without(hold).release()
      return true
    }
    return false
  }

  /** Releases the pause that is over first; false where there is none, or the BLOCK that ends at this time goes before it. */
  releasePause(blockEnds = Number.POSITIVE_INFINITY): boolean {
    let soonest: Hold | undefined
    for (const hold of this.#all) {
      if (hold.until !== undefined && (soonest === undefined || hold.until < soonest.until!)) soonest = hold
    }
    if (soonest === undefined || soonest.until! > blockEnds) return false
    this.#without(soonest).release()
    return true
  }

  releaseAll(): void {
    this.count = 0
    for (const { release, own } of this.#all.splice(0)) release(own)
  }

  #without(hold: Hold): Hold {
    if (this.#all.at(-1) === hold) this.#all.pop()
    else this.#all.splice(this.#all.indexOf(hold), 1)
    this.count = this.#all.length
    return hold
  }
}

/** How often one read is timed out. */
const MAX_EXPIRIES = 4

export interface WaitObserver {
  /**
   * It waits now: for the first time in this read, or again, because something that came was not for it, or because the adapter
   * waits in slices, of which each is ended like the first.
   */
  onBlocked(wait: Wait, when: 'first' | 'again' | 'in slices'): void
  /** Its time-out was made to come. */
  onExpired(wait: Wait): void
  onError(error: unknown): void
}

/**
 * One read that is in the store. An adapter may slice its BLOCK, and wait several times in one read: each wait is ended, so
 * that what counts is the read as its caller asked for it.
 */
export class Wait {
  /** Set while it waits in the store. */
  blocked: BlockedReader | undefined
  /** Asked not to wait, it has not come back by the end of that wait: it waits for something else, or again. */
  late = false
  /** When its time-out comes, in virtual milliseconds. */
  until = Number.POSITIVE_INFINITY
  #sinceSent: (() => number) | undefined
  #expiries = 0
  #blockedBefore = false
  #stopWatch: (() => void) | undefined

  constructor(
    readonly call: ReadCall,
    /** A read of the stream under test. Of others nothing is told. */
    readonly told: boolean,
    readonly source: Source,
    readonly waits: Waits,
    readonly observer: WaitObserver,
  ) {}

  /** It goes to the store at this virtual time. */
  sent(now: number): void {
    this.until = now + this.call.timeoutMs
    this.#sinceSent = stopwatch()
    this.#watch()
  }

  /** A look back in a group, at what it was given before: that there is nothing says nothing of what is new. */
  get looksBack(): boolean {
    return this.call.cursor === PENDING
  }

  /**
   * Would an empty answer now be early? It would where the read neither waited in the store until we ended that, nor for
   * most of its time-out by the clock (an adapter may wait in its own way). A machine that stands still makes this miss a
   * case, never add one.
   */
  get isEarly(): boolean {
    const { timeoutMs, askedMs = timeoutMs, lingers = false } = this.call
    // What an adapter makes of a short time-out that its consumer never asked for is none of its faults.
    if (askedMs < timeoutMs && !lingers) return false
    return this.#expiries === 0 && askedMs > 0 && (this.#sinceSent?.() ?? 0) < askedMs / 2
  }

  /** It waits in the store, and was asked not to wait. */
  get isUnasked(): boolean {
    return this.blocked !== undefined && this.call.timeoutMs <= 0 && !this.late
  }

  /** It was timed out as often as we do that, and still waits. */
  get waitsOn(): boolean {
    return this.blocked !== undefined && this.#expiries >= MAX_EXPIRIES
  }

  /** It waits in the store, and will until something comes. */
  get forEver(): boolean {
    return this.blocked !== undefined && this.call.timeoutMs === FOR_EVER
  }

  /** Its BLOCK times out now. */
  expire(): Promise<void> | undefined {
    const reader = this.#unblocked()!
    if (this.#expiries++ === 0) this.observer.onExpired(this)
    const expired = reader.expire()
    this.#watch()
    return expired instanceof Promise ? expired : undefined
  }

  /** An append has served it: its answer comes, or it waits again. */
  served(): void {
    this.#unblocked()
    this.#watch()
  }

  /** Cuts the connection that it waits on, `commands` at once behind it. */
  cut(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    const reader = this.#unblocked()!
    this.#blockedBefore = false
    const ids = reader.disconnect(commands)
    this.#watch()
    return ids
  }

  /** It has come back. */
  over(): void {
    this.unwatch()
    this.#unblocked()
  }

  unwatch(): void {
    this.#stopWatch?.()
    this.#stopWatch = undefined
  }

  #unblocked(): BlockedReader | undefined {
    const reader = this.blocked
    this.blocked = undefined
    if (reader !== undefined) this.waits.unblocked(this)
    return reader
  }

  #watch(): void {
    this.#stopWatch?.()
    this.#stopWatch = this.source.watch(
      (reader) => this.#onBlocked(reader),
      (error) => this.observer.onError(error),
    )
  }

  #onBlocked(reader: BlockedReader): void {
    this.blocked = reader
    this.waits.blocked(this)
    const again = this.#blockedBefore
    this.#blockedBefore = true
    const slices = again && this.#expiries > 0
    // A reader that is kept for all waits again at once; that is no wait of this read.
    if (slices && this.call.timeoutMs <= 0) this.late = true
    this.observer.onBlocked(this, slices ? 'in slices' : again ? 'again' : 'first')
    if (slices && !this.late && !this.waitsOn) this.expire()?.catch((error: unknown) => this.observer.onError(error))
  }
}

/** The reads of one consumer that were sent, and have not come back. */
export class Waits {
  /** How many of them wait in the store. */
  count = 0
  /** Reads of other streams that are on their way: they come to no gate, and nothing else may move before they wait or are back. */
  untold = 0
  readonly #all: Wait[] = []

  /** Those that wait in the store. */
  get waiting(): readonly Wait[] {
    return this.#all.filter(({ blocked }) => blocked !== undefined)
  }

  /** They wait, and will until something comes. */
  get forEver(): boolean {
    return this.count > 0 && this.#all.every(({ blocked, forEver }) => blocked === undefined || forEver)
  }

  /** One was asked not to wait, and waits for something else than what was ended. */
  get late(): boolean {
    return this.#all.some(({ late }) => late)
  }

  /** One was timed out as often as we do that, and still waits. */
  get waitsOn(): boolean {
    return this.#all.some(({ waitsOn }) => waitsOn)
  }

  /** The one whose time-out comes first. */
  get first(): Wait | undefined {
    let first: Wait | undefined
    for (const wait of this.#all) if (wait.blocked !== undefined && (first === undefined || wait.until < first.until)) first = wait
    return first
  }

  /** The one whose connection a cut is for: of the stream under test, where one of these waits. */
  get toCut(): Wait | undefined {
    return this.waiting.find(({ told }) => told) ?? this.first
  }

  add(wait: Wait): void {
    this.#all.push(wait)
    if (!wait.told) this.untold++
  }

  /** It waits in the store now. */
  blocked({ told }: Wait): void {
    this.count++
    if (!told) this.untold--
  }

  /** It waits there no more, and is on its way. */
  unblocked({ told }: Wait): void {
    this.count--
    if (!told) this.untold++
  }

  remove(wait: Wait): void {
    wait.over()
    if (!wait.told) this.untold--
    const at = this.#all.indexOf(wait)
    if (at !== -1) this.#all.splice(at, 1)
  }

  unwatch(): void {
    for (const wait of this.#all) wait.unwatch()
  }
}
