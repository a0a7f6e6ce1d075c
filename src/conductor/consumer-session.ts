/**
 * One session of one consumer, held at every gate.
 *
 * The session is pulled frame by frame, its repository is probed, and its pauses are gates too. At any time it is
 *
 *  - held at a gate, or at several where it runs things side by side (the oldest is released first);
 *  - blocked: its read waits in the store;
 *  - moving: released, on its way to the next gate. One consumer moves at a time;
 *  - or not started, or closed.
 *
 * What arrives while the consumer is not moving (an append woke its read) enters the history only when the conductor
 * settles it: the order of events must not hang on which of two sockets was faster.
 */
import { stopwatch } from '../clock/clock.js'
import { type StreamId, isStreamId } from '../contract/stream-id.js'
import type { HistoryEvent, SessionStart } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import type { ProbeNote, ProbeObserver, ProbeSignal } from '../probe/repository-probe.js'
import type { BlockedReader, Opened, RawCommand } from '../store/store.js'
import type { FrameEntry } from '../subject/subject.js'
import { type Identify, gateEvent, messageOf, noteEvent } from './session-events.js'

/** The consumer, as the session sees it. */
export interface SessionSource {
  frames(session: ConsumerSession): AsyncIterable<unknown>
  entryOf(frame: unknown): FrameEntry | undefined
  isAnnouncement(frame: unknown): boolean
  readonly identify: Identify
}

export interface SessionOptions {
  readonly index: number
  readonly session: number
  readonly start: SessionStart
  readonly from?: StreamId
  readonly opened: Opened
  readonly source: SessionSource
  readonly recorder: Recorder
  readonly onError: (error: unknown) => void
}

/** Frames without an entry that may pass between two gates; a consumer beyond it runs away. */
const MAX_SILENT_FRAMES = 10_000
/** How often one read is timed out, before it is left to the real clock: it may slice its wait. */
const MAX_EXPIRIES = 4
/** How many more reads a consumer may begin after it was told to stop. */
const MAX_READS_AFTER_STOP = 20

export class ConsumerSession implements ProbeObserver {
  started = false
  closed = false
  blocked: BlockedReader | undefined
  lastDelivered: StreamId | undefined
  virtualMs = 0
  /** The last gate that the consumer came to. */
  at: HistoryEvent | undefined
  readonly index: number
  readonly from: StreamId | undefined

  readonly #options: SessionOptions
  readonly #abort = new AbortController()
  readonly #holds: (() => void)[] = []
  #late: HistoryEvent[] = []
  #moving = false
  #stopping = false
  /** Counts arrivals at gates and in the store; a move is over when it grows beyond its mark. */
  #arrivals = 0
  #mark = 0
  #wake: (() => void) | undefined
  #stopWatch: (() => void) | undefined
  /** Calls sent to the store that have not come back. */
  #inStore = 0
  #expiries = 0
  #blockedInRead = false
  #timeoutMs = 0
  #sinceSent = stopwatch()

  constructor(options: SessionOptions) {
    this.#options = options
    this.index = options.index
    this.from = options.from
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get held(): boolean {
    return this.#holds.length > 0
  }

  /** Its read was timed out as often as we do that, and still waits. */
  get waitsOn(): boolean {
    return this.blocked !== undefined && this.#expiries >= MAX_EXPIRIES
  }

  // ── moves: called by the conductor, one at a time ─────────────────────────────────────────────

  /** To its next gate. Where it is only blocked, its BLOCK times out. */
  async advance(): Promise<void> {
    this.#begin()
    if (!this.started) this.#start()
    else if (this.held) this.#holds.shift()!()
    else if (this.blocked) await this.#expire()
    await this.#settle()
  }

  /** After a producer's step: where it served this consumer's read, the answer comes to its gate. */
  async settleIfServed(): Promise<void> {
    if (this.blocked && !(await this.blocked.stillBlocked())) {
      this.#begin()
      if (this.blocked) {
        this.blocked = undefined
        this.#watch()
        await this.#settle()
      }
    }
    this.#flush()
    this.#moving = false
  }

  /** Cuts the connection that it is blocked on, `commands` at once behind it. `settle` then lets it come back. */
  cut(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    this.#options.recorder.record({ type: 'disconnected', consumer: this.index })
    const reader = this.blocked!
    this.blocked = undefined
    this.#blockedInRead = false
    this.#mark = this.#arrivals
    const ids = reader.disconnect(commands)
    this.#watch()
    return ids
  }

  async settle(): Promise<void> {
    this.#flush()
    this.#moving = true
    await this.#settle()
  }

  /** The client goes away: aborts the consumer's signal, lets go of what is held, and waits until it has closed. */
  async abort(): Promise<void> {
    this.#begin()
    this.#options.recorder.record({ type: 'aborted', consumer: this.index })
    this.#stop()
    while (!this.closed) await this.#arrival()
    this.#moving = false
  }

  /** Ends it when the run is over and nothing is recorded any more. False where it does not end. */
  async tearDown(): Promise<boolean> {
    if (!this.started || this.closed) return true
    this.#moving = true
    if (this.blocked) {
      await this.#expire()
      await this.#settle()
      this.#moving = true
    }
    this.#stop()
    for (let reads = 0; !this.closed && reads < MAX_READS_AFTER_STOP; reads++) {
      await this.#arrival()
      if (this.blocked) await this.#expire()
    }
    return this.closed
  }

  // ── arrivals: called by the probe, the clock and the pull loop ────────────────────────────────

  gate(signal: ProbeSignal): Promise<void> | undefined {
    if (signal.gate === 'read-returned' || signal.gate === 'tail-returned') this.#inStore--
    if (signal.gate === 'read-called') this.#timeoutMs = signal.timeoutMs
    if (signal.gate === 'read-returned') {
      this.#unwatch()
      this.blocked = undefined
      if (signal.outcome === 'empty' && !signal.aborted && this.#isEarly()) return this.#hold({ ...gateEvent(this.index, signal), early: true } as HistoryEvent)
    }
    return this.#hold(gateEvent(this.index, signal))
  }

  note(note: ProbeNote): void {
    this.#options.recorder.record(noteEvent(this.index, note, this.#options.source.identify))
    if (note.note === 'tail-sent' || note.note === 'read-sent') this.#inStore++
    if (note.note !== 'read-sent') return
    this.#sinceSent = stopwatch()
    this.#expiries = 0
    this.#blockedInRead = false
    this.#watch()
  }

  /** A pause of the consumer's own. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || this.signal.aborted) return
    await this.#hold({ type: 'paused', consumer: this.index, ms })
    this.virtualMs += ms
  }

  /**
   * Empty although its time was not up: it neither waited in the store until we ended that, nor for most of its time-out
   * by the clock (an adapter may wait in its own way). A machine that stands still makes this miss a case, never add one.
   */
  #isEarly(): boolean {
    return !this.#stopping && this.#expiries === 0 && this.#timeoutMs > 0 && this.#sinceSent() < this.#timeoutMs / 2
  }

  #onBlocked(reader: BlockedReader): void {
    if (this.#blockedInRead && this.#expiries > 0) {
      // It waits again in the same read. Some adapters slice their wait, so it is timed out again a few times; after
      // that the real clock ends it, or the watchdog says that this port has no read cycles.
      this.blocked = reader
      if (this.#expiries < MAX_EXPIRIES) void this.#expire().catch(this.#options.onError)
      return
    }
    this.blocked = reader
    if (this.#blockedInRead) return this.#arrived()
    this.#blockedInRead = true
    this.#arrive({ type: 'blocked', consumer: this.index, read: this.#read })
  }

  #read = 0

  #hold(event: HistoryEvent): Promise<void> | undefined {
    if (event.type === 'read-called') this.#read = event.read
    this.#arrive(event)
    if (this.#stopping || this.closed) return undefined
    return new Promise((release) => this.#holds.push(release))
  }

  #arrive(event: HistoryEvent): void {
    this.at = event
    if (this.#moving || this.closed) this.#options.recorder.record(event)
    else this.#late.push(event)
    this.#arrived()
  }

  #arrived(): void {
    this.#arrivals++
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  // ── the pull loop ─────────────────────────────────────────────────────────────────────────────

  #start(): void {
    this.started = true
    const { index, session, start, from, recorder } = this.#options
    recorder.record({ type: 'session', consumer: index, session, start, ...(from === undefined ? {} : { from }) })
    this.#pull().then(
      (how) => this.#close(how),
      (error: unknown) => this.#close(this.signal.aborted ? 'aborted' : 'threw', error),
    )
  }

  async #pull(): Promise<'ended' | 'aborted'> {
    const iterator = this.#options.source.frames(this)[Symbol.asyncIterator]()
    for (let silent = 0; silent <= MAX_SILENT_FRAMES; silent++) {
      const before = this.#arrivals
      const result = await iterator.next()
      if (result.done) return this.signal.aborted ? 'aborted' : 'ended'
      await this.#frame(result.value)
      if (this.#arrivals !== before) silent = 0
      if (!this.signal.aborted) continue
      await iterator.return?.()
      return 'aborted'
    }
    throw new Error(`the consumer handed out ${MAX_SILENT_FRAMES} frames without coming to a gate`)
  }

  #frame(frame: unknown): Promise<void> | undefined {
    const { source } = this.#options
    if (source.isAnnouncement(frame)) return this.#hold({ type: 'announced', consumer: this.index })
    const entry = source.entryOf(frame)
    if (entry === undefined) return undefined
    const known = source.identify(entry)
    if (isStreamId(known.id)) this.lastDelivered = known.id
    return this.#hold({ type: 'delivered', consumer: this.index, ...known })
  }

  #close(how: 'ended' | 'threw' | 'aborted', error?: unknown): void {
    this.#unwatch()
    this.#arrive({ type: 'closed', consumer: this.index, how, ...(error === undefined ? {} : { error: messageOf(error) }) })
    this.closed = true
  }

  #stop(): void {
    this.#stopping = true
    this.#abort.abort()
    for (const release of this.#holds.splice(0)) release()
  }

  // ── settling ──────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    this.#flush()
    this.#moving = true
    this.#mark = this.#arrivals
  }

  #flush(): void {
    for (const event of this.#late.splice(0)) this.#options.recorder.record(event)
  }

  async #settle(): Promise<void> {
    if (this.#arrivals === this.#mark) await this.#arrival()
    this.#moving = false
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.held || this.blocked) this.#whenIdle(resolve)
    })
  }

  /**
   * A consumer that runs things side by side may have nothing to do after a release but to wait for its other call,
   * which we hold. It is idle when none of its calls is on its way and the microtasks have run dry.
   */
  #whenIdle(resolve: () => void): void {
    const underWay = () => this.#inStore - (this.blocked ? 1 : 0)
    setImmediate(() => setImmediate(() => underWay() === 0 && resolve()))
  }

  async #expire(): Promise<void> {
    const reader = this.blocked!
    this.blocked = undefined
    if (this.#expiries++ === 0) this.#options.recorder.record({ type: 'expired', consumer: this.index, read: this.#read })
    const expired = reader.expire()
    this.#watch()
    await expired
  }

  #watch(): void {
    this.#unwatch()
    this.#stopWatch = this.#options.opened.watch((reader) => this.#onBlocked(reader), this.#options.onError)
  }

  #unwatch(): void {
    this.#stopWatch?.()
    this.#stopWatch = undefined
  }
}
