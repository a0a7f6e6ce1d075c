/**
 * One session of one consumer, held at every gate.
 *
 * It is pulled frame by frame, its repository is probed, and its pauses are gates too. At any time it is
 *  - held at a gate, or at several where it runs things side by side (see holds.ts for their order);
 *  - blocked: its read waits in the store;
 *  - moving: released, on its way to the next gate. One consumer moves at a time;
 *  - or not started, or closed.
 * What arrives while it is not moving (an append woke its read) enters the history only when the conductor settles it:
 * the order of events must not hang on which of two sockets was faster.
 */
import type { StreamId } from '../contract/stream-id.js'
import type { HistoryEvent } from '../history/event.js'
import type { ProbeNote, ProbeObserver, ProbeSignal } from '../sources/repository/probe.js'
import type { RawCommand } from '../dialects/store.js'
import { Arrivals } from './arrivals.js'
import { HandOver } from './hand-over.js'
import { Holds } from './holds.js'
import { LateEvents } from './late-events.js'
import { type Puller, pull } from './pull.js'
import { frameEvent, gateEvent, messageOf, noteEvent } from './session-events.js'
import { SessionAbort } from './session-abort.js'
import type { SessionOptions } from './session-options.js'
import { StoreWaits } from './store-waits.js'
import { whenDry } from './turns.js'

/** How many more reads a consumer may begin after it was told to stop. */
const MAX_READS_AFTER_STOP = 20

export class ConsumerSession implements ProbeObserver, Puller {
  started = false
  closed = false
  virtualMs = 0
  /** The last gate that the consumer came to. */
  at: HistoryEvent | undefined
  /** Those of this move: side by side it comes to several. */
  came: HistoryEvent[] = []
  readonly index: number
  readonly from: StreamId | undefined
  readonly waits: StoreWaits
  readonly handOver: HandOver
  readonly #options: SessionOptions
  readonly #abort = new SessionAbort()
  readonly signal = this.#abort.signal
  readonly holds = new Holds(this.signal)
  readonly #events: LateEvents
  readonly arrivals = new Arrivals(() => (this.held || this.blocked) && !this.waitsElsewhere)
  #stopping = false
  /** Calls of its repository that have not come back, and are not held. */
  #asked = 0

  constructor(options: SessionOptions) {
    const { index, opened, recorder, onError } = options
    this.#options = options
    this.#events = new LateEvents(recorder)
    this.handOver = new HandOver(this.arrivals, options.patience)
    this.index = index
    this.from = options.from
    this.waits = new StoreWaits(opened, {
      onBlocked: (read, again) => (again || read < 0 ? this.arrivals.came() : this.#arrive({ type: 'blocked', consumer: index, read })),
      onExpired: (read) => void (read < 0 || recorder.record({ type: 'expired', consumer: index, read })),
      onError,
    })
  }

  get held(): boolean {
    return this.holds.any
  }

  /** Its read waits without a time-out, and nothing that it does beside that is held. */
  get waitsForEver(): boolean {
    return this.waits.forEver && !this.holds.anyGate
  }

  get blocked(): boolean {
    return this.waits.count > 0
  }

  /** A call of its own is under way that does not wait in the store. */
  get waitsElsewhere(): boolean {
    return this.#asked > this.waits.count
  }

  /** To its next gate. Where only time can move it, the first of its pauses and its BLOCK to end does. */
  advance(): Promise<void> {
    this.#begin()
    if (!this.started) this.#start()
    else if (!this.holds.releaseGate()) return this.#passTime()
    return this.#settle()
  }

  /** Time passes when nothing else can happen: a call that is on its way comes first, however long it really takes. */
  async #passTime(): Promise<void> {
    if (this.waitsElsewhere) await this.arrivals.next()
    if (!this.arrivals.any && this.holds.pausedUntil === 0) await this.handOver.comesInTime()
    if (!this.arrivals.any && !this.holds.releasePause(this.waits.until) && this.blocked) {
      this.virtualMs = Math.max(this.virtualMs, this.waits.until!)
      await this.waits.expire()
    }
    await this.#settle()
  }

  /** After a producer's step: where it served a read of this consumer, the answer comes to its gate. */
  async settleIfServed(): Promise<void> {
    for (const wait of this.waits.waiting) {
      if (wait.blocked === undefined || (await wait.blocked.stillBlocked())) continue
      this.#begin()
      if (!this.waits.waiting.includes(wait)) continue
      wait.served()
      await this.#settle()
    }
    this.#events.flush()
    this.#events.atOnce = false
  }

  /** Cuts the connection that it is blocked on, `commands` at once behind it. `settle` then lets it come back. */
  cut(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    this.#options.recorder.record({ type: 'disconnected', consumer: this.index })
    this.arrivals.begin()
    return this.waits.cut(commands)
  }

  settle(): Promise<void> {
    this.#events.flush()
    this.#events.atOnce = true
    return this.#settle()
  }

  /** The client goes away; waits until the consumer has closed. */
  async abort(): Promise<void> {
    this.#begin()
    this.#options.recorder.record({ type: 'aborted', consumer: this.index })
    this.#stop()
    while (!this.closed) await this.arrivals.next()
    this.#events.atOnce = false
    await new Promise<void>(whenDry)
  }

  /** Ends it when the run is over and nothing is recorded any more. False where it does not end. */
  async tearDown(): Promise<boolean> {
    if (!this.started || this.closed) return true
    this.#begin()
    if (this.blocked) {
      await this.waits.expire()
      await this.#settle()
    }
    this.#stop()
    for (let reads = 0; !this.closed && reads < MAX_READS_AFTER_STOP; reads++) {
      await this.arrivals.next()
      if (this.blocked) await this.waits.expire()
    }
    return this.closed
  }

  gate(signal: ProbeSignal): Promise<unknown> | undefined {
    if (signal.gate === 'read-called') this.waits.called(signal.read, signal.timeoutMs)
    if (signal.gate !== 'read-returned') return this.#hold(gateEvent(this.index, signal, false, this.#options.source.identify))
    const early = this.waits.returned(signal.read) && signal.outcome === 'empty' && !signal.aborted && !this.#stopping
    return this.#hold(gateEvent(this.index, signal, early, this.#options.source.identify))
  }

  note(note: ProbeNote): void {
    const event = noteEvent(this.index, note, this.#options.source.identify)
    this.handOver.look(event)
    this.#options.recorder.record(event)
    if (note.note === 'read-sent') this.waits.sent(note.read, this.virtualMs)
  }

  elsewhere(what: 'sent' | 'returned', read: number, timeoutMs: number): void {
    this.waits.elsewhere(what, read, timeoutMs, this.virtualMs)
    if (what === 'returned') this.arrivals.came()
  }

  asked(): void {
    this.#asked++
  }

  answered(): void {
    this.#asked--
    this.arrivals.look()
  }

  /** A pause of the consumer's own. One that it gives up takes no time. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || this.signal.aborted) return
    const until = this.virtualMs + ms
    if (!(await this.#hold({ type: 'paused', consumer: this.index, ms }, until, signal))) this.virtualMs = Math.max(this.virtualMs, until)
  }

  take(frame: unknown): Promise<unknown> | undefined {
    const { source, recorder } = this.#options
    if (source.isTruncation?.(frame)) recorder.record({ type: 'signalled', consumer: this.index })
    const event = frameEvent(this.index, frame, source)
    return event && this.#hold(event)
  }

  /** Undefined where it is not held any more. */
  #hold(event: HistoryEvent, until?: number, signal?: AbortSignal): Promise<boolean | undefined> | undefined {
    const held = this.#stopping || this.closed ? undefined : this.holds.hold(until, signal)
    this.#arrive(event)
    return held
  }

  #arrive(event: HistoryEvent): void {
    this.at = event
    this.came.push(event)
    this.handOver.look(event)
    this.#events.push(event)
    this.arrivals.came()
  }

  #start(): void {
    this.started = true
    const { index: consumer, session, start, from, recorder, source } = this.#options
    recorder.record({ type: 'session', consumer, session, start, ...(from === undefined ? {} : { from }) })
    pull(source.frames(this), this).then(
      (how) => this.#close(how),
      (error: unknown) => this.#close(this.signal.aborted ? 'aborted' : 'threw', error),
    )
  }

  #close(how: 'ended' | 'threw' | 'aborted', error?: unknown): void {
    this.waits.unwatch()
    this.#arrive({ type: 'closed', consumer: this.index, how, ...(error === undefined ? {} : { error: messageOf(error) }) })
    this.closed = true
    this.#events.ended = true
  }

  #stop(): void {
    this.#stopping = true
    this.#abort.abort()
    this.holds.releaseAll()
  }

  #begin(): void {
    this.#events.flush()
    this.came = []
    this.#events.atOnce = true
    this.arrivals.begin()
  }

  /** Waits until it has come to its next gate, and what it does side by side with that is done: until then it is of this move. */
  #settle(): Promise<void> {
    return new Promise((resolve) => {
      const over = () => this.handOver.settle(() => this.#events.over(resolve))
      this.arrivals.onMove(() => this.waits.anyUnheld, over)
    })
  }
}
