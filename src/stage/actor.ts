/**
 * One session of one consumer, held at every gate. It is the stage as its source sees it: each call that the consumer makes comes
 * here, is held before it goes to the store, and once more before the consumer sees the answer.
 *
 * ```
 *               advance               comes to a gate
 *   ( new ) ─────────────▶ ( moving ) ───────────────▶ ( held )      at a gate, or in a pause of its own: at several where it
 *                           ▲  ▲  │ │                    │           runs things side by side (holds.ts)
 *                           │  │  │ │     advance        │
 *                           │  └──│─│────────────────────┘
 *                           │     │ │  its read waits in the store
 *                           │     │ └────────────────▶ ( blocked )   only its time-out, an append, a cut or an abort moves it on
 *                           │     │                      │
 *                           └─────│──────────────────────┘
 *                 advance, served,│ cut
 *                                 ├─▶ ( waiting )                for another, in the process: what that does moves it on
 *                                 │
 *                                 └── ends, throws, or is aborted ──▶ ( closed )
 * ```
 * What the director does takes it from one state at rest to the next, through `moving`:
 *
 * | from | by | to |
 * |---|---|---|
 * | new | advance | held, closed |
 * | held | advance | held, blocked, waiting, closed |
 * | waiting | advance | waiting |
 * | blocked | advance | held |
 * | blocked | settleIfServed | held, blocked |
 * | blocked | cut | held |
 * | held | cut | held |
 * | held | abort | closed |
 * | blocked | abort | closed |
 * | held | leave | closed |
 *
 * One that is held and has another read in the store beside that counts as held. Reads of other streams have no gates, so a
 * consumer that waits in one may also go from `blocked` to anywhere.
 *
 * One consumer moves at a time. What arrives while it is not moving (an append woke its read) enters the history only when the
 * director turns to it again: the order of events must not hang on which of two sockets was faster.
 *
 * A move is over when it has come to a gate or waits in the store, and has done what it does side by side with that. One that has
 * nothing to do after a release but to wait for its other call, which we hold, is idle: none of its calls is on its way, and
 * the microtasks have run dry. So is one that waits in the process for what another consumer does: it has no call at all, and there
 * is another that can move. What wakes it is a move of the other, and what it comes to then belongs to that.
 *
 * Everything on the way to a gate is a callback. Promises are what a schedule on the model spends its time on, so only what
 * the consumer itself awaits is one.
 */
import { setMaxListeners } from 'node:events'
import { alarm, heartbeat } from '../clock/clock.js'
import type { IdOrder, StreamId } from '../contract/stream-id.js'
import type { StreamEntry } from '../contract/stream-repository.js'
import type { RawCommand } from '../dialects/store.js'
import { type EventOf, FENCE, type HistoryEvent } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import type { AdvanceStep } from '../schedule/step.js'
import {
  type Call,
  type CommandCall,
  type Frame,
  type Holder,
  type MessageCall,
  type ReadCall,
  type SessionContext,
  type SessionStart,
  type Source,
  type TailCall,
  UnreadableFrame,
} from '../sources/source.js'
import type { HandedId } from './client.js'
import { Divergence } from './endings.js'
import { HandOver, type Patience } from './hand-over.js'
import { Holds, type Release, Wait, Waits } from './holds.js'
import { Frames, type Identified, type Values } from './values.js'

/** Frames that may pass without a gate: a consumer that hands out more of them runs away. */
const MAX_SILENT_FRAMES = 10_000

/** How long its other connections are waited for before a BLOCK ends, and how long once they were waited for in vain. */
const OUT_MS = 300
const GONE_MS = 25
/** One whose request has come is let through sooner or later. */
const QUEUED_MS = 10_000

/** How many more reads a consumer may begin after it was told to stop. */
const MAX_READS_AFTER_STOP = 20

/**
 * How many gates it may pass without being held: on its way to its end, once it was told to stop or its client has left it, and behind its
 * end. One that goes on for ever would let nobody else have a turn.
 */
const MAX_FREE_GATES = 10_000
const MAX_GATES_AFTER_LEAVING = 100

const GOES_ON = `what it has left behind came to ${MAX_FREE_GATES} gates`

/** What `abort()` would make anew for each session, with a stack trace that takes as long as several steps. */
const ABORTED = new DOMException('This operation was aborted', 'AbortError')

/** So many turns of the event loop one has nothing under way before it is taken for one that waits. */
const IDLE_TURNS = 8
/** As long as everybody waits, that is looked at again so often. */
const BEAT_MS = 5
/** So many beats an answer takes to come from the store. */
const PROMPT_BEATS = 10

const NOBODY = { record: () => undefined }

/** The states of the drawing. */
export type ActorState = 'new' | 'moving' | 'held' | 'blocked' | 'waiting' | 'closed'

export interface ActorOptions {
  readonly index: number
  /** Of those with this index, from 0. */
  readonly session: number
  readonly start: SessionStart
  readonly source: Source
  readonly context: SessionContext
  readonly recorder: Pick<Recorder, 'record'>
  readonly values: ConstructorParameters<typeof Frames>[0] & Pick<Values, 'identify' | 'owes' | 'appended'>
  readonly ids: IdOrder
  /** What its client was handed before, in the order of that. */
  readonly handed: readonly HandedId[]
  readonly patience: Patience | undefined
  /** With one that has nothing under way, and may yet come to something by itself. */
  readonly idling: Patience | undefined
  /** Is there another one that can move? Undefined where it has nobody to wait for in its process. */
  readonly othersMove: (() => boolean) | undefined
  /** Has an earlier session of this consumer promised to deliver what comes? */
  readonly promised: boolean
  /** Is a read of it that goes out now to meet something while it waits? Otherwise its time-out comes next. */
  readonly lingers: () => boolean
  readonly onError: (error: unknown) => void
}

type Settle<T> = (value: T) => void

export class Actor implements Holder {
  started = false
  closed = false
  /** Its client has left the iteration. */
  left = false
  /** Virtual milliseconds since its start. */
  now = 0
  /** The last gate that it came to. */
  at: HistoryEvent | undefined
  /** Those of this move: side by side it comes to several. */
  came: HistoryEvent[] = []
  /** Gates that it is held at, and that no step has brought it to: it came there with others, or another has woken it. */
  unnamed: HistoryEvent[] = []
  /** It waits in the process: nothing that it does is under way, and only another can move it on. */
  waitsInProcess = false
  /** How many gates it has come to. */
  gates = 0
  /** How often something new has come of it: it may ask in vain as often as it likes. */
  news = 0
  /** It has promised to deliver what comes, or an earlier session of its consumer has. */
  promised: boolean
  /** It has promised that itself. */
  promisedItself = false
  /** It has delivered the fence. */
  fenced = false
  /** Reads that were sent since the last `beginEpoch`, and have come back empty. */
  empties = 0
  /** Calls that were sent and have not come back; none of those that only ask for more of a read. */
  readonly unanswered = new Set<TailCall | ReadCall | CommandCall>()
  /** A call of its own has come to the stage. */
  hasCalled = false
  /** Something that it asked for has come back. */
  hadAnswer = false
  readonly index: number
  /** What its client has been handed, before this session too. */
  readonly handed: HandedId[]
  readonly signal: AbortSignal
  readonly holds: Holds
  readonly waits = new Waits()
  readonly handOver: HandOver
  readonly #options: ActorOptions
  #recorder: Pick<Recorder, 'record'>
  readonly #frames: Frames
  readonly #controller = new AbortController()
  #stopping = false
  /** So many more gates do not hold it, once it is stopping or closed. */
  #freeGates = 0
  #epoch = 0
  /** The epochs of reads that are under way. What they come back with says something only of what was appended before. */
  readonly #sentIn = new Map<number, number>()
  #reads = 0
  /** Calls that have not come back, and are not held. */
  #out = 0
  /** How many gates it had come to when this move began. */
  #mark = 0
  /** Frames since its last gate. */
  #silentFrames = 0
  /** Called when it comes to a gate, or is idle. */
  #next: (() => void) | undefined
  /** That is also called when it can only wait for another. */
  #mayWait = false
  #onArrival: (() => void) | undefined
  /** How often a read waited that was asked not to. */
  #unasked = 0
  /** So many others were waited for, and did not come. */
  #gone = 0
  /** What comes now is recorded at once; otherwise it is late. */
  #atOnce = false
  readonly #late: HistoryEvent[] = []
  /** Among what is late is the empty answer of a read that was blocked: nothing but its own time-out has ended it. */
  #timedOut = false

  constructor(options: ActorOptions) {
    this.#options = options
    this.#recorder = options.recorder
    this.#frames = new Frames(options.values)
    this.index = options.index
    this.handed = [...options.handed]
    this.promised = options.promised
    this.signal = this.#controller.signal
    // A consumer may hand its signal to any number of reads.
    setMaxListeners(0, this.signal)
    this.holds = new Holds(this.signal)
    const { index, patience, values, source } = options
    // What it is not owed is given to it, too, and never handed out.
    // The order of what comes from elsewhere is kept by its source.
    this.handOver = new HandOver(this, patience, source.inProcess && source.announces, (value) => values.owes(value, index))
  }

  get state(): ActorState {
    if (this.closed) return 'closed'
    if (!this.started) return 'new'
    if (this.held) return 'held'
    return this.blocked ? 'blocked' : this.waitsInProcess ? 'waiting' : 'moving'
  }

  /** Where it starts, or is to. */
  get start(): SessionStart {
    return this.#options.start
  }

  get held(): boolean {
    return this.holds.count > 0
  }

  get blocked(): boolean {
    return this.waits.count > 0
  }

  /** Its read waits without a time-out, and nothing that it does beside that is held. */
  get waitsForEver(): boolean {
    return this.waits.forEver && this.holds.gates === 0
  }

  /** How many things could go next: the gates that it is held at, and its time where a read or a pause of it waits for that. */
  get choices(): number {
    const { gates, count } = this.holds
    const timeMoves = count > gates || (this.blocked && !this.waits.forEver)
    return gates + (timeMoves ? 1 : 0)
  }

  /** A call of its own is under way that does not wait in the store. */
  get waitsElsewhere(): boolean {
    return this.#out > this.waits.count
  }

  /** It has come somewhere since it was turned to last. */
  get isLate(): boolean {
    return this.#late.length > 0
  }

  /** Does its client wait for a frame? */
  get asking(): boolean {
    return this.handOver.asked
  }

  set asking(asks: boolean) {
    this.handOver.asked = asks
  }

  /** Does its client do something with a frame, and will ask for the next? */
  get handlesFrame(): boolean {
    return this.started && !this.closed && !this.left && !this.asking
  }

  /** Is it at the gate that a step names, without having to move? */
  takes(step: AdvanceStep): boolean {
    const at = this.unnamed.findIndex((each) => isAt(each, step))
    if (at !== -1) this.unnamed = this.unnamed.slice(at + 1)
    return at !== -1
  }

  /** Another session of this consumer has begun: what still goes on here is no part of that, and of nothing else. */
  supersede(): void {
    this.#recorder = NOBODY
  }

  /** From now on `empties` counts anew. */
  beginEpoch(): void {
    this.#epoch++
    this.empties = 0
  }

  // ── moves: what the director does with it ────────────────────────────────────────────────────────────────────────────

  /**
   * To its next gate. Where only time can move it, the first of its pauses and its BLOCK to end does.
   * @param kept so many of the gates that it is held at, the oldest, stay held.
   */
  advance(kept = 0): Promise<void> {
    if (this.#timedOut) return this.#comeBack()
    this.#begin()
    if (!this.started) this.#start()
    else if (!this.holds.releaseGate(kept)) return this.#passTime()
    return this.settle()
  }

  /** After a producer's step: where it served a read of this consumer, the answer comes to its gate. */
  settleIfServed(): Promise<void> | undefined {
    if (this.waits.count > 0) return this.#settleServed()
    this.#flush()
    this.#atOnce = false
    return undefined
  }

  async #settleServed(): Promise<void> {
    for (const wait of this.waits.waiting) {
      if (wait.blocked === undefined) continue
      const waits = wait.blocked.stillBlocked()
      if (waits === true || (waits !== false && (await waits))) continue
      this.#begin()
      if (!this.waits.waiting.includes(wait)) continue
      wait.served()
      await this.settle()
    }
    this.#flush()
    this.#atOnce = false
  }

  /** Cuts the connection that it is blocked on, `commands` at once behind it. `settleCut` then lets it come back. */
  cut(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    this.#recorder.record({ type: 'disconnected', consumer: this.index })
    // What comes of it before the commands are done is late: it enters the history behind them.
    this.#mark = this.gates
    return this.waits.toCut!.cut(commands)
  }

  /** It comes back from its cut. */
  settleCut(): Promise<void> {
    this.#flush()
    this.#atOnce = true
    return this.settle()
  }

  /** Another has moved: where that has woken it, it comes to a gate. */
  async settleWoken(): Promise<void> {
    this.#flush()
    this.#atOnce = true
    await this.settle()
    this.unnamed = [...this.came]
  }

  /** The client goes away; waits until the consumer has closed. */
  async abort(): Promise<void> {
    this.#begin()
    this.#recorder.record({ type: 'aborted', consumer: this.index })
    this.#stop()
    while (!this.closed) await this.#arrival()
    this.#atOnce = false
    await new Promise<void>((resolve) => process.nextTick(resolve))
  }

  /**
   * Its client leaves the iteration; waits until the consumer has closed. What it does in the background it may end when its BLOCK is over,
   * or when another lets it. One that goes on all the same is none that a client can see.
   */
  async leave(): Promise<void> {
    this.#begin()
    this.#recorder.record({ type: 'aborted', consumer: this.index, by: 'return' })
    this.left = true
    this.#stopping = true
    this.#freeGates = MAX_GATES_AFTER_LEAVING
    this.holds.releaseAll()
    while (!this.closed && !this.waitsInProcess && !this.held) {
      const before = this.gates
      await new Promise<void>((resolve) => this.#onNext(resolve, true))
      if (this.gates !== before) continue
      if (this.waits.forEver) break
      await this.waits.first?.expire()
    }
    this.#atOnce = false
    await new Promise<void>((resolve) => process.nextTick(resolve))
  }

  /** Ends it when the run is over and nothing is recorded any more. False where it does not end. */
  async tearDown(): Promise<boolean> {
    if (!this.started || this.closed) return true
    this.#begin()
    if (this.blocked) {
      await this.waits.first!.expire()
      await this.settle()
    }
    this.#stop()
    for (let reads = 0; !this.closed && reads < MAX_READS_AFTER_STOP; reads++) {
      await this.#arrival()
      if (this.blocked) await this.waits.first!.expire()
    }
    return this.closed
  }

  /** Waits until it has come to its next gate, and what it does side by side with that is done: until then it is of this move. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      const dry = (tired?: true) => {
        const { handOver, at } = this
        // While the answer with its tail is held, nothing has come to it since it was waited for last.
        const comes =
          handOver.given > 0 ? handOver.isDue : handOver.announces && at?.type !== 'tail-returned' && handOver.mayAnnounceAt(at?.type)
        if (this.waits.untold > 0) this.#onNext(() => process.nextTick(dry))
        else if (comes && !tired) handOver.settle(() => dry(true), at?.type)
        else {
          this.#atOnce = false
          resolve()
        }
      }
      // Ticks come when no microtask is left, so whatever it does side by side with what brought it to its gate has been done,
      // however many turns it took; and they cost a tenth of a turn of the event loop.
      if (this.gates > this.#mark) process.nextTick(dry)
      else this.#onNext(() => void NOW.then(() => process.nextTick(dry)), true)
    })
  }

  /** Resolves when it next comes to a gate, whoever moved it. */
  comes(): Promise<void> {
    return new Promise((resolve) => (this.#onArrival = resolve))
  }

  /** It is at rest, as its silence tells: what comes of it from now on is late. */
  rest(): void {
    this.#next = undefined
    this.#atOnce = false
  }

  /** The time of its BLOCK was up before the schedule said so. It has moved no further than it would have by this. */
  #comeBack(): Promise<void> {
    this.came = [...this.#late]
    this.#flush()
    return NOW
  }

  /** Time passes when nothing else can happen: a call that is on its way comes first, however long it really takes. */
  #passTime(): Promise<void> {
    const { first } = this.waits
    if (this.waitsElsewhere || this.#othersMove || this.#handsOutByItself || first?.isUnasked) return this.#passTimeLater()
    const expired = this.#timeIsUp(first)
    return expired === undefined ? this.settle() : expired.then(() => this.settle())
  }

  /** An entry may be on its way that waits neither for a pause nor for a gate that is kept back. */
  get #handsOutByItself(): boolean {
    return this.handOver.isDue && this.holds.pausedUntil === 0 && this.holds.gates === 0
  }

  /** Does a connection of it still have something to do before its BLOCK ends? */
  get #othersMove(): boolean {
    const { source } = this.#options
    if (source.inProcess) return false
    const { out, isQueued } = source.whereabouts(this.index)
    return out > 0 || isQueued
  }

  /** Nobody's BLOCK ends while others of it are out: a pause of theirs takes real time. */
  async #othersComeIn(): Promise<void> {
    const { out, isQueued } = this.#options.source.whereabouts(this.index)
    const ms = isQueued ? QUEUED_MS : out > this.#gone ? OUT_MS : GONE_MS
    await new Promise<void>((resolve) => {
      const callOff = alarm(ms, resolve)
      this.#onArrival = () => {
        callOff()
        resolve()
      }
    })
    this.#gone = this.#arrived ? Math.max(0, Math.min(this.#gone, out - 1)) : out
  }

  async #passTimeLater(): Promise<void> {
    if (this.waitsElsewhere) await this.#arrival()
    if (!this.#arrived && this.#othersMove) await this.#othersComeIn()
    if (!this.#arrived && this.#handsOutByItself) await this.handOver.comesInTime()
    const { first } = this.waits
    const unasked = first?.isUnasked ? first : undefined
    // What waits may be a reader that the repository keeps for all: the answer of this read is on its way then, now or later.
    // Not as long each time: what takes a time of its own does not come at the end of both.
    for (let waits = unasked === undefined ? 0 : 1 + (this.#unasked++ % 2); waits > 0 && !this.#arrived; waits--)
      await this.#options.patience?.waitOnceMore(this)
    if (!this.#arrived) await this.#timeIsUp(this.waits.first)
    if (!this.#arrived && unasked !== undefined) await this.#sinceEnded(unasked)
    await this.settle()
  }

  /** The end of a read's own wait is answered at once, as fast as the store is. What comes later has another reason. */
  async #sinceEnded(wait: Wait): Promise<void> {
    let left = PROMPT_BEATS
    const soon = new Promise<void>((resolve) => {
      const stop = heartbeat(BEAT_MS, () => {
        if (!this.#arrived && --left > 0) return
        stop()
        resolve()
      })
    })
    await soon
    if (!this.#arrived) wait.late = true
  }

  /** The first of its pauses and its BLOCK to end does. */
  #timeIsUp(first: Wait | undefined): Promise<void> | undefined {
    if (this.holds.releasePause(first?.until) || first === undefined) return undefined
    this.now = Math.max(this.now, first.until)
    return first.expire()
  }

  #start(): void {
    this.started = true
    const { index: consumer, session, start, source, context, ids, values } = this.#options
    if (start.start === 'tail' && start.returns === undefined) this.handOver.earlier = new Set(values.appended)
    const { from, ...begins } = start
    this.#recorder.record({ type: 'session', consumer, session, ...begins, ...(from !== undefined && ids.isId(from) && { from }) })
    source.consume(this, context, start).then(
      (how) => this.#close(how),
      (error: unknown) => {
        if (error instanceof UnreadableFrame) this.#cannotRead(error)
        else this.#close(this.signal.aborted || this.left ? 'aborted' : 'threw', error)
      },
    )
  }

  #cannotRead(error: UnreadableFrame): void {
    this.#recorder.record({ type: 'unreadable', consumer: this.index, what: textOf(error) })
    this.#options.onError(error)
  }

  #close(how: 'ended' | 'threw' | 'aborted', error?: unknown): void {
    this.waits.unwatch()
    this.#arrive({ type: 'closed', consumer: this.index, how, ...(error === undefined ? {} : { error: textOf(error) }) })
    this.closed = true
    this.#freeGates = MAX_FREE_GATES
  }

  #stop(): void {
    this.#stopping = true
    this.#freeGates = MAX_FREE_GATES
    this.#controller.abort(ABORTED)
    this.holds.releaseAll()
  }

  // ── calls: what its source tells of it ───────────────────────────────────────────────────────────────────────────────

  hold(call: Call): Promise<never> {
    return new Promise((resolve, reject) => this.#take(call, resolve as Settle<unknown>, reject))
  }

  #take(call: Call, resolve: Settle<unknown>, reject: Settle<unknown>): void {
    this.hasCalled = true
    switch (call.kind) {
      case 'read':
        return this.#takeRead(call, resolve, reject)
      case 'tail':
        return this.#takeTail(call, resolve, reject)
      case 'command':
        return this.#takeCommand(call, resolve, reject)
      case 'message':
        return this.#takeMessage(call, resolve)
    }
  }

  #takeTail(call: TailCall, resolve: Settle<unknown>, reject: Settle<unknown>): void {
    const { index: consumer } = this
    if (!this.#isTold(call)) return this.#send(call, resolve, reject)
    this.#gate({ type: 'tail-called', consumer }, () => {
      this.#recorder.record({ type: 'tail-sent', consumer })
      this.#send(
        call,
        (id) => this.#gate({ type: 'tail-returned', consumer, id: id as string }, () => resolve(id)),
        (error) => this.#gate({ type: 'tail-returned', consumer, error: textOf(error) }, () => reject(error)),
      )
    })
  }

  #takeRead(call: ReadCall, resolve: Settle<unknown>, reject: Settle<unknown>): void {
    const { index: consumer } = this
    if (!this.#isTold(call)) return this.#sendUntold(call, resolve, reject)
    const { cursor, timeoutMs, count, acknowledges } = call
    const read = ++this.#reads
    call.number = read
    this.#gate({ type: 'read-called', consumer, read, cursor, timeoutMs, count, ...(acknowledges && { acknowledges }) }, () => {
      this.#recorder.record({ type: 'read-sent', consumer, read })
      const wait = this.#waitFor(call, true)
      this.#send(
        call,
        (answer) => this.#gate(this.#returned(wait, call.isEmpty(answer) ? 'empty' : 'batch'), () => resolve(answer)),
        (error) => this.#gate(this.#returned(wait, 'error', error), () => reject(error)),
      )
    })
  }

  #returned(wait: Wait, outcome: 'empty' | 'batch' | 'error', error?: unknown): HistoryEvent {
    const { call } = wait
    const early = wait.isEarly
    if (wait.blocked !== undefined && !this.#atOnce && outcome === 'empty' && !early && !call.aborted() && !this.#stopping) {
      this.#timedOut = true
      if (wait.told) this.#late.push({ type: 'expired', consumer: this.index, read: call.number })
    }
    this.waits.remove(wait)
    const event: { -readonly [K in keyof EventOf<'read-returned'>]: EventOf<'read-returned'>[K] } = {
      type: 'read-returned',
      consumer: this.index,
      read: call.number,
      outcome,
    }
    // Member by member: at every gate a spread costs more than all the rest of the event.
    if (call.aborted()) event.aborted = true
    if (outcome === 'error') event.error = textOf(error)
    if (early && outcome === 'empty' && !event.aborted && !this.#stopping) event.early = true
    if (wait.late) event.late = true
    return event
  }

  #sendUntold(call: ReadCall, resolve: Settle<unknown>, reject: Settle<unknown>): void {
    const wait = this.#waitFor(call, false)
    const back = (settle: Settle<unknown>) => (value: unknown) => {
      this.waits.remove(wait)
      this.#tell()
      settle(value)
    }
    this.#send(call, back(resolve), back(reject))
  }

  #waitFor(call: ReadCall, told: boolean): Wait {
    const wait = new Wait(call, told, this.#options.source, this.waits, this)
    if (told && !wait.looksBack) this.#sentIn.set(call.number, this.#epoch)
    this.waits.add(wait)
    wait.sent(this.now)
    return wait
  }

  onBlocked(wait: Wait, when: 'first' | 'again' | 'in slices'): void {
    if (when === 'in slices') return
    if (when === 'again' || !wait.told) this.#tell()
    else this.#arrive({ type: 'blocked', consumer: this.index, read: wait.call.number })
  }

  onExpired({ call, told }: Wait): void {
    if (told) this.#recorder.record({ type: 'expired', consumer: this.index, read: call.number })
  }

  onError(error: unknown): void {
    this.#options.onError(error)
  }

  #takeCommand(call: CommandCall, resolve: Settle<unknown>, reject: Settle<unknown>): void {
    const { name: command, does, stream = this.#options.context.topic } = call
    if (!this.#isTold({ stream })) return this.#send(call, resolve, reject)
    const about = { consumer: this.index, command, ...(does === undefined ? {} : { does }) }
    this.#gate({ type: 'command-called', ...about }, () =>
      this.#send(
        call,
        (answer) => {
          const gave = this.#valuesOf(call.gave?.(answer) ?? [])
          this.#gate({ type: 'command-returned', ...about, ...(gave.length === 0 ? {} : { gave }) }, () => resolve(answer))
        },
        (error) => this.#gate({ type: 'command-returned', ...about, error: textOf(error) }, () => reject(error)),
      ),
    )
  }

  #takeMessage({ entry }: MessageCall, resolve: Settle<unknown>): void {
    const value = entry === undefined ? undefined : this.#options.values.identify({ id: entry }).value
    this.#gate({ type: 'notified', consumer: this.index, ...(value === undefined ? {} : { value }) }, () => resolve(undefined))
  }

  /** Is it about the stream under test? Calls on others are not held, and nothing is told of them. */
  #isTold({ stream }: { readonly stream: string }): boolean {
    return stream === this.#options.context.topic
  }

  #send(call: TailCall | ReadCall | CommandCall, resolve: Settle<unknown>, reject: Settle<unknown>): void {
    this.asked()
    this.unanswered.add(call)
    let sent: Promise<unknown>
    try {
      sent = Promise.resolve(call.send(this.#options.lingers))
    } catch (error) {
      this.unanswered.delete(call)
      this.answered()
      return reject(error)
    }
    const back = (settle: Settle<unknown>, value: unknown) => {
      this.unanswered.delete(call)
      this.hadAnswer = true
      this.answered()
      settle(value)
    }
    sent.then(
      (answer) => back(resolve, answer),
      (error: unknown) => back(reject, error),
    )
  }

  asked(): void {
    this.#out++
  }

  answered(): void {
    this.#out--
    if (this.#next !== undefined) this.#look()
  }

  entry({ number: read }: ReadCall, entry: StreamEntry): void {
    if (read === 0) return
    const { values } = this.#options
    const { id, undecodable } = entry
    const event: HistoryEvent = undecodable
      ? { type: 'read-entry', consumer: this.index, read, id, undecodable: true }
      : { type: 'read-entry', consumer: this.index, read, ...values.identify(entry), id }
    this.handOver.look(event)
    this.#recorder.record(event)
  }

  ended({ number: read }: ReadCall, how: 'done' | 'left' | 'error', error?: unknown, ids: readonly StreamId[] = []): void {
    if (read === 0) return
    const failed = how === 'error' ? { error: textOf(error) } : {}
    const gave = this.#valuesOf(ids)
    this.#recorder.record({
      type: 'read-ended',
      consumer: this.index,
      read,
      how,
      ...(gave.length === 0 ? {} : { gave }),
      ...failed,
    })
  }

  #valuesOf(ids: readonly StreamId[]): readonly string[] {
    return ids.flatMap((id) => this.#options.values.identify({ id }).value ?? [])
  }

  /** A pause of the consumer's own. One that it gives up takes no time. */
  pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || this.signal.aborted) return NOW
    const until = this.now + ms
    return new Promise((resolve) => {
      const over = (cancelled?: boolean) => {
        if (!cancelled) this.now = Math.max(this.now, until)
        resolve()
      }
      this.#gate({ type: 'paused', consumer: this.index, ms }, over, until, signal)
    })
  }

  frame({ announces, signals, entries, resumeId }: Frame): Promise<void> | undefined {
    const { index: consumer, handed } = this
    if (signals) this.#recorder.record({ type: 'signalled', consumer })
    const carried = announces ? [] : this.#frames.carriedBy(entries)
    for (const { id } of carried) if (id !== undefined) handed.push({ of: 'entry', id })
    if (resumeId !== undefined) handed.push({ of: 'frame', id: resumeId })
    if (!announces && carried.length === 0) {
      if (entries.length > 0) this.#recorder.record({ type: 'part', consumer })
      if (++this.#silentFrames > MAX_SILENT_FRAMES)
        throw new Error(`the consumer handed out ${MAX_SILENT_FRAMES} frames without coming to a gate`)
      return undefined
    }
    const delivered = (entry: Identified): HistoryEvent => ({ type: 'delivered', consumer, ...entry })
    // What came in one frame came at once: the client is held behind all of it.
    const events = announces ? [{ type: 'announced', consumer } as const] : carried.map(delivered)
    if (events.length > 1) this.unnamed = events.slice(1)
    for (let i = 0; i < events.length - 1; i++) this.#arrive(events[i]!)
    return new Promise((resolve) => this.#gate(events.at(-1)!, () => resolve()))
  }

  // ── gates ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Comes to a gate; `release` is called when it may go on. */
  #gate(event: HistoryEvent, release: Release, until?: number, signal?: AbortSignal): void {
    const passes = (this.#stopping || this.closed) && this.#freeGates-- > 0
    // What others wait for may be in there, and nobody moves it any more.
    if (this.closed && !passes) this.#options.onError(new Divergence(`consumer ${this.index} at rest behind its end`, GOES_ON))
    if (!passes) this.holds.hold(release, until, signal)
    this.#arrive(event)
    if (passes) release()
  }

  #arrive(event: HistoryEvent): void {
    this.at = event
    this.came.push(event)
    if (event.type === 'delivered' || event.type === 'announced') this.handOver.look(event)
    // Nobody turns to one that has closed any more.
    if (this.#atOnce || this.closed) this.#record(event)
    else this.#late.push(event)
    this.#tell()
  }

  #record(event: HistoryEvent): void {
    this.#recorder.record(event)
    const { inProcess, announces } = this.#options.source
    if (!inProcess && isNews(event)) this.news++
    const { type } = event
    this.promisedItself ||= announces ? type === 'announced' : promises(event)
    this.promised ||= this.promisedItself
    if (type === 'delivered') this.fenced ||= event.value === FENCE
    else if (type === 'read-returned') {
      if (event.outcome === 'empty' && this.#sentIn.get(event.read) === this.#epoch) this.empties++
      this.#sentIn.delete(event.read)
    }
  }

  #flush(): void {
    while (this.#late.length > 0) this.#record(this.#late.shift()!)
    this.#timedOut = false
  }

  // ── when a move is over ──────────────────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    if (this.#late.length > 0) this.#flush()
    this.came = []
    this.unnamed = []
    this.#atOnce = true
    this.#mark = this.gates
  }

  /** Has it come anywhere in this move? */
  get #arrived(): boolean {
    return this.gates > this.#mark
  }

  /** It has come somewhere. */
  #tell(): void {
    this.gates++
    this.waitsInProcess = false
    this.#silentFrames = 0
    this.#onArrival?.()
    this.#onArrival = undefined
    const next = this.#next
    this.#next = undefined
    next?.()
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => this.#onNext(resolve))
  }

  /** Calls back when it comes somewhere, or is idle. @param mayWait also when it can only wait for another. */
  #onNext(over: () => void, mayWait = false): void {
    this.#next = over
    this.#mayWait = mayWait && this.#options.othersMove !== undefined
    if (this.#mayWait || this.holds.count > 0 || this.waits.count > 0) this.#look()
  }

  /** Something has changed that may have made it idle: two turns of the event loop on, what was on its way has arrived. */
  #look(): void {
    const over = this.#next
    const { holds, waits } = this
    if (over === undefined || this.#out > waits.count) return
    if (holds.count === 0 && waits.count === 0) {
      if (this.#mayWait) this.#lookForOthers(over, IDLE_TURNS)
      return
    }
    setImmediate(() =>
      setImmediate(() => {
        if (this.#next !== over || (holds.count === 0 && waits.count === 0) || this.#out > waits.count) return
        this.#next = undefined
        over()
      }),
    )
  }

  /** Nothing of it is under way: it waits for another, unless it comes to something by itself, as one with timers of its own does. */
  #lookForOthers(over: () => void, turns: number): void {
    const isIdle = () => this.#next === over && this.#out === 0
    if (!isIdle()) return
    if (turns > 0) return void setImmediate(() => this.#lookForOthers(over, turns - 1))
    // Where all of them wait, one may still come to something by itself.
    if (!this.#options.othersMove!()) return void alarm(BEAT_MS, () => this.#lookForOthers(over, 0))
    void this.#waitForOthers(over, isIdle)
  }

  async #waitForOthers(over: () => void, isIdle: () => boolean): Promise<void> {
    await this.#options.idling?.wait(this)
    if (!isIdle()) return
    this.#next = undefined
    this.waitsInProcess = true
    over()
  }
}

const NOW = Promise.resolve()

/** Of one that announces nothing: from here on it is owed what comes. */
const promises = (event: HistoryEvent): boolean =>
  event.type === 'announced' ||
  event.type === 'blocked' ||
  ((event.type === 'tail-returned' || event.type === 'read-returned') && event.error === undefined)

function isNews(at: HistoryEvent): boolean {
  switch (at.type) {
    case 'announced':
    case 'delivered':
    case 'notified':
    case 'closed':
      return true
    case 'read-returned':
      return at.outcome !== 'empty'
    case 'command-returned':
      return at.does?.includes('listen') === true
    default:
      return false
  }
}

/** What is shown of an error: its message, on one line. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replace(/\s+/g, ' ').trim()
}

/** A transaction is told of by all of its commands. */
const isCommand = ({ command }: { readonly command: string }, name: string): boolean => command.split(' ').includes(name)

/** Is this the gate that a step names? */
export const isAt = (at: HistoryEvent | undefined, step: AdvanceStep): boolean =>
  at?.type === step.to &&
  (step.outcome === undefined || (at as EventOf<'read-returned'>).outcome === step.outcome) &&
  (step.command === undefined || isCommand(at as EventOf<'command-called'>, step.command))

/** Where it is, in words. */
export const whereabouts = ({ at }: Actor): string => (at === undefined ? 'its start' : describeGate(at))

export function describeGate(at: HistoryEvent): string {
  if (at.type === 'read-returned') return `read-returned (${at.outcome})`
  if (at.type === 'closed') return `closed (${at.how}${at.error === undefined ? '' : `: ${at.error}`})`
  if (at.type === 'command-called' || at.type === 'command-returned') return `${at.type} (${at.command})`
  return at.type
}
