/**
 * The reads of one consumer while they are in the store: whether one waits there, and how its wait ends.
 *
 * A read that waits again after its time-out came may slice its wait, so it is timed out again a few times; after that
 * the real clock ends it, or the watchdog says that this port has no read cycles.
 */
import { stopwatch } from '../clock/clock.js'
import type { StreamId } from '../contract/stream-id.js'
import { FOR_EVER } from '../history/event.js'
import type { BlockedReader, Opened, RawCommand } from '../dialects/store.js'
import { outsideConsumer } from './clock-of-consumer.js'

/** How often one read is timed out. */
const MAX_EXPIRIES = 4

export interface WaitObserver {
  /** It waits now. `again`: it did so before in the same read. */
  onBlocked(read: number, again: boolean): void
  /** Its time-out was made to come. */
  onExpired(read: number): void
  onError(error: unknown): void
}

export class StoreWait {
  blocked: BlockedReader | undefined
  /** When its time-out comes, in virtual milliseconds. */
  until = Number.POSITIVE_INFINITY
  readonly #opened: Opened
  readonly #observer: WaitObserver
  /** Its number. */
  read = 0
  #timeoutMs = 0
  #sinceSent = stopwatch()
  #expiries = 0
  #blockedBefore = false
  #stopWatch: (() => void) | undefined

  constructor(opened: Opened, observer: WaitObserver) {
    this.#opened = opened
    this.#observer = observer
  }

  called(read: number, timeoutMs: number): void {
    this.read = read
    this.#timeoutMs = timeoutMs
  }

  /** It goes to the store at this virtual time. */
  sent(now: number): void {
    this.until = now + this.#timeoutMs
    this.#sinceSent = stopwatch()
    this.#expiries = 0
    this.#blockedBefore = false
    this.#watch()
  }

  returned(): void {
    this.unwatch()
    this.blocked = undefined
  }

  /**
   * Would an empty answer now be early? It would where the read neither waited in the store until we ended that, nor for
   * most of its time-out by the clock (an adapter may wait in its own way). A machine that stands still makes this miss a
   * case, never add one.
   */
  get isEarly(): boolean {
    return this.#expiries === 0 && this.#timeoutMs > 0 && this.#sinceSent() < this.#timeoutMs / 2
  }

  /** It was timed out as often as we do that, and still waits. */
  get waitsOn(): boolean {
    return this.blocked !== undefined && this.#expiries >= MAX_EXPIRIES
  }

  /** It waits in the store, and will until something comes. */
  get forEver(): boolean {
    return this.blocked !== undefined && this.#timeoutMs === FOR_EVER
  }

  /** Its BLOCK times out now. */
  expire(): Promise<void> | undefined {
    const reader = this.blocked!
    this.blocked = undefined
    if (this.#expiries++ === 0) this.#observer.onExpired(this.read)
    const expired = reader.expire()
    this.#watch()
    return expired instanceof Promise ? expired : undefined
  }

  /** An append has served it: its answer comes, or it waits again. */
  served(): void {
    this.blocked = undefined
    this.#watch()
  }

  /** Cuts the connection that it waits on, `commands` at once behind it. */
  cut(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    const reader = this.blocked!
    this.blocked = undefined
    this.#blockedBefore = false
    const ids = reader.disconnect(commands)
    this.#watch()
    return ids
  }

  unwatch(): void {
    this.#stopWatch?.()
    this.#stopWatch = undefined
  }

  #watch(): void {
    this.unwatch()
    this.#stopWatch = outsideConsumer(() => this.#opened.watch((reader) => this.#onBlocked(reader), this.#observer.onError))
  }

  #onBlocked(reader: BlockedReader): void {
    this.blocked = reader
    if (this.#blockedBefore && this.#expiries > 0) {
      if (!this.waitsOn) this.expire()?.catch(this.#observer.onError)
      return
    }
    const again = this.#blockedBefore
    this.#blockedBefore = true
    this.#observer.onBlocked(this.read, again)
  }
}
