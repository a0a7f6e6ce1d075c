/**
 * What a consumer has to hand out, and has not: entries that it was given, and the frame with which it promises delivery. While
 * its client asks for the next frame, such a thing may be on its way: through a stream that takes a turn of the event loop for
 * each chunk, or a buffer that a timer empties. Nothing else may then be taken for its doing, and no time may pass.
 */
import { heartbeat } from '../clock/clock.js'
import type { HistoryEvent } from '../history/event.js'

/** So many turns of the event loop it may take, and none of them costs anything worth speaking of. */
const TURNS = 8

const BEAT_MS = 5
/** For what goes through timers of its own, real ones; less than the watchdog has. */
const PATIENCE_MS = 300

export class HandOver {
  /** Its client waits for a frame. */
  asked = false
  /** How many entries it was given, and has not handed out. */
  given = 0
  /** It is to say that it is ready. One that reads ahead of its client comes to its first read before that is heard. */
  announces: boolean
  /** What was there before it began at the tail: others have that, and it is not to come. */
  earlier: ReadonlySet<string> = new Set()
  /** All that it was given, and all that it has handed out. */
  readonly known = new Set<string>()
  readonly #kept = new Set<string>()
  readonly #handedOut = new Set<string>()

  constructor(
    readonly consumer: { readonly gates: number },
    readonly patience: Patience | undefined,
    announces = false,
    readonly owes: (value: string) => boolean = () => true,
  ) {
    this.announces = announces
  }

  look(event: HistoryEvent): void {
    if ((event.type === 'read-entry' || event.type === 'delivered') && event.value !== undefined) this.known.add(event.value)
    if (event.type === 'read-entry') {
      if (event.value !== undefined && !this.#handedOut.has(event.value) && this.owes(event.value)) this.#kept.add(event.value)
    } else if (event.type === 'delivered') {
      if (event.value === undefined) return
      this.#handedOut.add(event.value)
      this.#kept.delete(event.value)
    } else if (event.type === 'announced') this.announces = false
    this.given = this.#kept.size
  }

  hasHandedOut(value: string): boolean {
    return this.#handedOut.has(value)
  }

  /** How many entries it has handed out. */
  get handedOut(): number {
    return this.#handedOut.size
  }

  /** An entry may be on its way. */
  get isDue(): boolean {
    return this.asked && this.given > 0
  }

  /** A frame may be on its way. */
  get mayCome(): boolean {
    return this.asked && (this.given > 0 || this.announces)
  }

  /** Has it yet to hand out what this one knows? */
  lacks({ known }: HandOver): boolean {
    for (const value of known) if (!this.#handedOut.has(value) && !this.earlier.has(value)) return true
    return false
  }

  /** True where it is due, and something came in real time. */
  async comesInTime(): Promise<boolean> {
    return this.isDue && ((await this.patience?.wait(this.consumer)) ?? false)
  }

  /** Is it worth a wait for the announcement, at this gate? */
  mayAnnounceAt(gate = ''): boolean {
    return this.asked && this.patience?.announcements.get(gate) !== false
  }

  /** Calls back when nothing is on its way any more, or nothing came of it for some turns. @param gate where it is held. */
  settle(then: () => void, gate = '', turns = TURNS): void {
    const { announces, given } = this
    if (!this.mayCome) return then()
    if (turns === 0) {
      if (given === 0 && announces) this.patience?.announcedLate(gate, false)
      return then()
    }
    setImmediate(() => {
      if (announces && !this.announces) this.patience?.announcedLate(gate, true)
      this.settle(then, gate, turns - 1)
    })
  }
}

/**
 * What a subject does with its entries is found out once: where nothing comes of the wait it keeps them for good, and is
 * not waited for again.
 */
export class Patience {
  #pays = true
  /** By the gate at which it was waited for: does an announcement ever come late there? Missing where it was not tried. */
  readonly announcements = new Map<string, boolean>()
  readonly #beats: number
  #waits = 0

  /** In turns of the event loop, as the watchdog counts, and for the same reason. */
  constructor(watchdogMs = Number.POSITIVE_INFINITY) {
    this.#beats = Math.ceil(Math.min(PATIENCE_MS, watchdogMs / 4) / BEAT_MS)
  }

  /** Is something being waited for? */
  get isWaiting(): boolean {
    return this.#waits > 0
  }

  /** Once is enough to go on waiting at this gate. */
  announcedLate(gate: string, came: boolean): void {
    this.announcements.set(gate, came || this.announcements.get(gate) === true)
  }

  /** True where something came. */
  async wait(consumer: { readonly gates: number }): Promise<boolean> {
    if (this.#pays) this.#pays = await this.waitOnceMore(consumer)
    return this.#pays
  }

  /** The same, whatever came of it before. */
  waitOnceMore(consumer: { readonly gates: number }): Promise<boolean> {
    const before = consumer.gates
    this.#waits++
    return new Promise<boolean>((resolve) => {
      let left = this.#beats
      const stop = heartbeat(BEAT_MS, () => {
        const came = consumer.gates !== before
        if (!came && --left > 0) return
        stop()
        this.#waits--
        resolve(came)
      })
    })
  }
}
