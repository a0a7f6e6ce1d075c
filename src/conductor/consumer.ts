/**
 * One session of one consumer, held at every gate.
 *
 * The session is pulled frame by frame; its repository is probed; its pauses are gates too. At any time it is
 *
 *  - idle: not started, or closed;
 *  - held: at one gate, or at several where it runs things side by side (the oldest is released first);
 *  - blocked: its read waits in the store;
 *  - moving: released, on its way to the next gate. Exactly one consumer moves at a time.
 *
 * A call that comes back while its consumer is not moving (an append woke its read) is put into the history only when
 * the conductor settles it, so that the order of events does not hang on the order of two sockets.
 */
import type { HistoryEvent, SessionStart } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import type { ProbeNote, ProbeObserver, ProbeSignal } from '../probe/repository-probe.js'
import type { BlockedReader, Opened } from '../store/store.js'
import { type StreamId, isStreamId } from '../contract/stream-id.js'
import type { StreamEntry } from '../contract/stream-repository.js'
import type { FrameEntry } from '../subject/subject.js'

/** A consumer as the session pulls it. */
export interface Pull {
  frames(session: ConsumerSession): AsyncIterable<unknown>
  entryOf(frame: unknown): FrameEntry | undefined
  isAnnouncement(frame: unknown): boolean
  /** Which append an entry is, and how its data differs from what was appended, if it does. */
  identify(entry: FrameEntry): { value?: string; got?: string; id?: string }
}

interface Hold {
  readonly event: HistoryEvent
  readonly release: () => void
}

/** Frames without an entry that are let pass between two gates. Beyond it the consumer runs away. */
const MAX_SILENT_FRAMES = 10_000
/** How often a read may block again after its time-out before it is left to the real clock. */
const MAX_REBLOCKS = 3

export class ConsumerSession implements ProbeObserver {
  readonly #abort = new AbortController()
  readonly #holds: Hold[] = []
  /** Arrived while not moving: not yet in the history. */
  #late: HistoryEvent[] = []
  #moving = false
  #wake: (() => void) | undefined
  #stopWatching: (() => void) | undefined
  /** Calls inside the store that have neither returned nor blocked. */
  #inStore = 0
  #reblocks = 0
  #blockedRead: number | undefined
  #read = 0
  #lastGate: HistoryEvent | undefined
  #arrivals = 0
  #closing = false

  started = false
  closed = false
  blocked: BlockedReader | undefined
  disconnected = false
  virtualMs = 0
  lastDelivered: StreamId | undefined

  constructor(
    readonly index: number,
    readonly session: number,
    readonly start: SessionStart,
    readonly from: StreamId | undefined,
    readonly opened: Opened,
    readonly pull: Pull,
    readonly recorder: Recorder,
  ) {}

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** The gate that the consumer is at: the last one that it came to. */
  get at(): HistoryEvent | undefined {
    return this.#lastGate
  }

  get held(): boolean {
    return this.#holds.length > 0
  }

  // ── moves, called by the conductor ────────────────────────────────────────────────────────────

  /** To the next gate. A consumer that is only blocked times out. */
  async advance(): Promise<void> {
    this.#begin()
    if (!this.started) this.#run()
    else if (this.held) this.#holds.shift()!.release()
    else if (this.disconnected) this.#reconnect()
    else if (this.blocked) await this.#expire()
    await this.#settled()
  }

  /** After an append: if it served this consumer's read, waits for the answer to come to its gate. */
  async settleIfServed(): Promise<void> {
    if (!this.blocked || this.disconnected || (await this.blocked.stillBlocked())) return
    this.#begin()
    this.blocked = undefined
    this.#watch()
    await this.#settled()
  }

  /** From outside: aborts its signal, and lets go of everything that is held. */
  async close(): Promise<void> {
    if (this.closed || !this.started) return
    this.#begin()
    this.#closing = true
    this.recorder.record({ type: 'aborted', consumer: this.index })
    this.#abort.abort()
    for (const hold of this.#holds.splice(0)) hold.release()
    while (!this.closed) await this.#arrival()
    this.#moving = false
  }

  // ── arrivals, called by the probe and the pull loop ───────────────────────────────────────────

  gate(signal: ProbeSignal): Promise<void> | undefined {
    const returned = signal.gate === 'tail-returned' || signal.gate === 'read-returned'
    if (returned) {
      this.#inStore = 0
      this.#unwatch()
    }
    if (signal.gate === 'read-called') this.#read = signal.read
    return this.#hold(toEvent(this.index, signal))
  }

  note(note: ProbeNote): void {
    if (note.note === 'read-sent' || note.note === 'tail-sent') this.#inStore++
    this.recorder.record(this.#noteEvent(note))
    if (note.note !== 'read-sent') return
    this.#reblocks = 0
    this.#watch()
  }

  /** The consumer's own pause. */
  async pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted || this.signal.aborted) return
    await this.#hold({ type: 'paused', consumer: this.index, ms })
    this.virtualMs += ms
  }

  #hold(event: HistoryEvent): Promise<void> | undefined {
    this.#arrive(event)
    if (this.#closing || this.closed) return undefined
    return new Promise((release) => {
      this.#holds.push({ event, release })
      this.#wakeUp()
    })
  }

  #arrive(event: HistoryEvent): void {
    this.#arrivals++
    this.#lastGate = event
    if (this.#moving || this.closed) this.recorder.record(event)
    else this.#late.push(event)
  }

  #run(): void {
    this.started = true
    const { index, session, start, from } = this
    this.recorder.record({ type: 'session', consumer: index, session, start, ...(from === undefined ? {} : { from }) })
    void this.#pullFrames().then(
      (how) => this.#close(how),
      (error: unknown) => this.#close('threw', error),
    )
  }

  async #pullFrames(): Promise<'ended' | 'aborted'> {
    const iterator = this.pull.frames(this)[Symbol.asyncIterator]()
    let silent = 0
    for (;;) {
      const result = await iterator.next()
      if (result.done) return this.signal.aborted ? 'aborted' : 'ended'
      const before = this.#arrivals
      await this.#frame(result.value)
      silent = this.#arrivals === before ? silent + 1 : 0
      if (silent > MAX_SILENT_FRAMES) throw new Error(`the consumer handed out ${MAX_SILENT_FRAMES} frames without coming to a gate`)
      if (this.signal.aborted) {
        await iterator.return?.()
        return 'aborted'
      }
    }
  }

  #frame(frame: unknown): Promise<void> | undefined {
    if (this.pull.isAnnouncement(frame)) return this.#hold({ type: 'announced', consumer: this.index })
    const entry = this.pull.entryOf(frame)
    if (entry === undefined) return undefined
    const known = this.pull.identify(entry)
    if (known.id !== undefined && isStreamId(known.id)) this.lastDelivered = known.id
    return this.#hold({ type: 'delivered', consumer: this.index, ...known })
  }

  #close(how: 'ended' | 'threw' | 'aborted', error?: unknown): void {
    this.#unwatch()
    this.#arrive({ type: 'closed', consumer: this.index, how, ...(error === undefined ? {} : { error: messageOf(error) }) })
    this.closed = true
    this.#wakeUp()
  }

  // ── settling ──────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    this.#moving = true
    for (const event of this.#late.splice(0)) this.recorder.record(event)
  }

  async #settled(): Promise<void> {
    const arrivals = this.#arrivals
    if (!this.held && !this.closed) await this.#arrival()
    else if (arrivals === this.#arrivals) await this.#arrivalOrIdle()
    this.#moving = false
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
