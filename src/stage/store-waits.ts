/**
 * The reads of one consumer that are in the store. Mostly there is one. Of several that wait, the one whose time-out comes
 * first goes first.
 */
import type { StreamId } from '../contract/stream-id.js'
import type { Opened, RawCommand } from '../dialects/store.js'
import { StoreWait, type WaitObserver } from './store-wait.js'

export class StoreWaits {
  readonly #opened: Opened
  readonly #observer: WaitObserver
  readonly #waits: StoreWait[] = []
  #free: StoreWait | undefined

  constructor(opened: Opened, observer: WaitObserver) {
    this.#opened = opened
    this.#observer = observer
  }

  /** Those that wait. */
  get waiting(): readonly StoreWait[] {
    return this.#waits.filter(({ blocked }) => blocked !== undefined)
  }

  /** How many of them. */
  get count(): number {
    let count = 0
    for (let i = 0; i < this.#waits.length; i++) if (this.#waits[i]!.blocked !== undefined) count++
    return count
  }

  /** A read of another topic is on its way: it comes to no gate, and nothing else may move before it waits or is back. */
  get anyUnheld(): boolean {
    return this.#waits.some(({ read, blocked }) => read < 0 && blocked === undefined)
  }

  /** When the first time-out comes, in virtual milliseconds; undefined where none waits. */
  get until(): number | undefined {
    return this.#first?.until
  }

  /** They wait, and will until something comes. */
  get forEver(): boolean {
    let any = false
    for (const wait of this.#waits) {
      if (wait.blocked === undefined) continue
      if (!wait.forEver) return false
      any = true
    }
    return any
  }

  /** One was timed out as often as we do that, and still waits. */
  get waitsOn(): boolean {
    return this.waiting.some(({ waitsOn }) => waitsOn)
  }

  called(read: number, timeoutMs: number): void {
    const wait = this.#waits.find((each) => each.read === read) ?? this.#free ?? new StoreWait(this.#opened, this.#observer)
    wait.called(read, timeoutMs)
    if (this.#waits.includes(wait)) return
    this.#free = undefined
    this.#waits.push(wait)
  }

  sent(read: number, now: number): void {
    this.#waits.find((wait) => wait.read === read)?.sent(now)
  }

  /** True where an empty answer would be early. */
  returned(read: number): boolean {
    const at = this.#waits.findIndex((wait) => wait.read === read)
    const wait = this.#waits[at]
    if (wait === undefined) return false
    const { isEarly } = wait
    wait.returned()
    this.#waits.splice(at, 1)
    this.#free = wait
    return isEarly
  }

  /** A read of another topic: its time-out comes in its turn, and nothing is told of it. */
  elsewhere(what: 'sent' | 'returned', read: number, timeoutMs: number, now: number): void {
    if (what === 'returned') this.returned(read)
    else {
      this.called(read, timeoutMs)
      this.sent(read, now)
    }
  }

  /** The first time-out comes now. */
  expire(): Promise<void> | undefined {
    return this.#first!.expire()
  }

  /** Cuts the connection of the first of this topic, `commands` at once behind it. */
  cut(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    return (this.waiting.find(({ read }) => read > 0) ?? this.#first!).cut(commands)
  }

  unwatch(): void {
    for (const wait of this.#waits) wait.unwatch()
  }

  get #first(): StoreWait | undefined {
    let first: StoreWait | undefined
    for (const wait of this.#waits) if (wait.blocked !== undefined && (first === undefined || wait.until < first.until)) first = wait
    return first
  }
}
