/**
 * Calls of a `StreamRepository`, as a source: the one wrapper between a consumer and its repository.
 *
 * ```
 *            tail-called ─ held ─▶ store ─▶ tail-returned ─ held ─▶ consumer
 *            read-called ─ held ─▶ store ─▶ read-returned ─ held ─▶ consumer ─▶ entries, one by one
 * ```
 * A read counts as called when its first entry is asked for: that is when a generator starts to run. Entries after the
 * first pass without a gate: what can happen between them is what the consumer does, and `delivered` holds it there.
 *
 * The wrapper holds calls, makes them as the subject's own (see `OpenedRepository.within`), and lets those fail that a schedule wants to fail.
 */
import { inspect } from 'node:util'
import { type Json, type ReadOptions, type StreamEntry, type StreamRepository } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import type { OpenedRepository } from '../../dialects/store.js'
import type { CommandGates, ConsumeContext, FrameEntry, Subject } from '../../subject/subject.js'
import { Faults, InjectedFault, appendThrough } from '../faults.js'
import {
  type CallNames,
  type Frame,
  type Holder,
  type Mismatch,
  type ReadCall,
  type SessionContext,
  type SessionStart,
  type Source,
  UnreadableFrame,
  type Whereabouts,
} from '../source.js'
import { outsideVirtualTimers, withVirtualTimers } from './virtual-timers.js'

/** What the wrapper needs of an opened repository. */
export type Wrapped = Pick<OpenedRepository, 'repository' | 'within' | 'settle' | 'asksFor'> & {
  /** Set by the first call, or the first command at a gate. */
  used?: boolean
  /** Calls of its consumers that come to no gate, and have not settled. */
  readonly passing?: Set<string>
}

/** A repository shows all that its consumer does. */
const IN_SIGHT: Whereabouts = {
  listens: false,
  asks: false,
  restsUntold: false,
  isAlone: true,
  out: 0,
  isBehind: false,
  isQueued: false,
  unheld: undefined,
  unseen: undefined,
}

/** Nothing that it does can be seen. */
const OUT_OF_SIGHT: Whereabouts = {
  ...IN_SIGHT,
  unheld:
    'it never called the repository that it was given, so nothing of what it does can be held (one with a client of its own is for tailrace wire)',
}

const NAMES: CallNames = { append: 'sendData()', notify: '', consumer: { tail: 'getStreamTailId()', read: 'readMessages()' } }

const NO_WIRE: Mismatch = { expected: 'a subject behind the wire probe', came: 'this one is called directly' }

/** The source for one run of `subject` on an opened repository. */
export function repositorySource(opened: OpenedRepository, subject: Subject): Source {
  const faults = new Faults()
  const ownTimers = subject.timers === 'system'
  const { within, settle, watch } = ownTimers ? outsideTimers(opened) : opened
  const passing = new Set<string>()
  const wrapped: Wrapped = { repository: opened.repository, within, settle, passing, ...(opened.asksFor && { asksFor: opened.asksFor }) }
  const { publisher = opened.repository } = opened
  const write = (stream: string, data: Json) => within(() => publisher.sendData(stream, data))
  const sessionFrom = ({ start, from }: SessionStart) => from ?? (start === 'beginning' ? opened.dialect.ids.origin : undefined)
  const gatesOf = (holder: Holder): CommandGates => ({
    command: (name, send) => {
      wrapped.used = true
      return holder.hold({ kind: 'command', name, does: opened.dialect.effectsOf(name), send })
    },
    notified: (entry) => {
      wrapped.used = true
      return holder.hold({ kind: 'message', entry })
    },
  })
  return {
    consume: (holder, context, start) => {
      const consume = () => subject.consume(contextOf(holder, wrap(wrapped, holder, faults), gatesOf(holder), context, sessionFrom(start)))
      return pull(ownTimers ? withVirtualTimers(holder, consume) : consume(), holder, subject)
    },
    append: (stream, data) => appendThrough(faults, stream, () => write(stream, data)),
    write,
    arm: (step, stream) => ('fail' in step ? faults.arm(step.fail, step.times, step.after, stream) : NO_WIRE),
    unmet: () => faults.unmet,
    watch,
    tellsQueued: opened.tellsQueued,
    queuedBehindRead: () => opened.queuedBehindRead(),
    whereabouts: () => {
      if (!wrapped.used) return OUT_OF_SIGHT
      const [unsettled] = passing
      return unsettled === undefined ? IN_SIGHT : { ...IN_SIGHT, unheld: `its ${unsettled} has not settled` }
    },
    names: NAMES,
    failedToConnect: () => opened.failedToConnect(),
    inProcess: true,
    announces: subject.isAnnouncement !== undefined,
    saysResumeIds: subject.resumeIdOf !== undefined,
    notifies: false,
    notify: async () => undefined,
    tellsEqualApart: true,
    asksSideBySide: false,
    get blind() {
      return opened.blind
    },
    close: () => opened.close(),
  }
}

/** What the harness does for a consumer under control of whose timers that consumer is. */
const outsideTimers = (opened: OpenedRepository): Pick<OpenedRepository, 'within' | 'settle' | 'watch'> => ({
  within: (call) => outsideVirtualTimers(() => opened.within(call)),
  settle: (answer) => outsideVirtualTimers(() => opened.settle(answer)),
  watch: (...args) => outsideVirtualTimers(() => opened.watch(...args)),
})

// ── the consumer ─────────────────────────────────────────────────────────────────────────────────────────────────────

function contextOf(
  holder: Holder,
  repository: StreamRepository,
  gates: CommandGates,
  { topic, read, status }: SessionContext,
  from: string | undefined,
): ConsumeContext {
  return {
    repository,
    topic,
    consumer: holder.index,
    clock: { now: () => holder.now, sleep: (ms, signal) => holder.pause(ms, signal) },
    signal: holder.signal,
    read,
    status,
    gates,
    ...(from === undefined ? {} : { from }),
  }
}

/** Pulls a consumer frame by frame, as its client would. Resolves with how it ended; rejects with what it threw. */
async function pull(frames: AsyncIterable<unknown>, holder: Holder, subject: Subject): Promise<'ended' | 'aborted'> {
  const { signal } = holder
  const iterator = frames[Symbol.asyncIterator]()
  for (;;) {
    holder.asking = true
    const result = await iterator.next()
    holder.asking = false
    if (result.done) return signal.aborted ? 'aborted' : 'ended'
    const held = holder.frame(readFrame(subject, result.value))
    if (held !== undefined) await held
    if (!signal.aborted && !holder.left) continue
    await iterator.return?.()
    return 'aborted'
  }
}

// ── its frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const NONE: readonly FrameEntry[] = []

/**
 * What a frame says, by the functions that the subject declares for it. They are the user's, so what they give is looked at.
 * @throws UnreadableFrame
 */
export function readFrame(subject: Subject, frame: unknown): Frame {
  const signals = subject.isTruncation !== undefined && asked('isTruncation', frame, subject.isTruncation)
  const announces = subject.isAnnouncement !== undefined && asked('isAnnouncement', frame, subject.isAnnouncement)
  const entries = announces ? NONE : entriesOf(asked('entryOf', frame, subject.entryOf), frame)
  const { resumeIdOf } = subject
  const resumeId = resumeIdOf === undefined ? eventIdOf(frame, entries) : resumeIdIn(asked('resumeIdOf', frame, resumeIdOf), frame)
  return { announces, signals, entries, resumeId }
}

function resumeIdIn(given: unknown, frame: unknown): string | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given === 'string') return given
  throw new UnreadableFrame(`resumeIdOf gave ${shown(given)} for the frame ${shown(frame)}. It may give an id (a string), or undefined`)
}

/**
 * Its `id`, as a server-sent event has one: a text. A number is how a consumer counts its frames. With a part of an entry it says nothing, for
 * a client that leaves then has to get the rest; nor does a 0 beside an entry that has another id.
 */
function eventIdOf(frame: unknown, entries: readonly FrameEntry[]): string | undefined {
  if (typeof frame !== 'object' || frame === null) return undefined
  const { id } = frame as { readonly id?: unknown }
  if (typeof id !== 'string' || entries.some(({ complete }) => complete === false)) return undefined
  return id === '0' && entries.some((entry) => entry.id !== undefined && entry.id !== id) ? undefined : id
}

function asked<T>(name: string, frame: unknown, of: (frame: unknown) => T): T {
  try {
    return of(frame)
  } catch (error) {
    throw new UnreadableFrame(`${name} threw for the frame ${shown(frame)}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function entriesOf(given: unknown, frame: unknown): readonly FrameEntry[] {
  if (given === undefined || given === null) return NONE
  const entries: readonly unknown[] = Array.isArray(given) ? given : [given]
  for (const entry of entries) {
    const fault = faultOf(entry)
    if (fault !== undefined) throw new UnreadableFrame(`entryOf gave ${shown(given)} for the frame ${shown(frame)}${fault}. ${MAY_GIVE}`)
  }
  return entries as readonly FrameEntry[]
}

const MAY_GIVE = 'It may give { id, data, complete }, with an id (a string), data or both; a list of these; or undefined'

/** What is wrong with it, to go on a sentence with; undefined where nothing is. */
function faultOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return ''
  const { id, data, complete } = entry as Readonly<Record<keyof FrameEntry, unknown>>
  if (id !== undefined && typeof id !== 'string') return `, and the id ${shown(id)} is no string`
  if (complete !== undefined && typeof complete !== 'boolean') return `, and complete is ${shown(complete)}, which is no boolean`
  return id === undefined && data === undefined ? ', which has neither an id nor data' : undefined
}

const LONGEST = 100

/** As code shows it, on one line. */
function shown(value: unknown): string {
  const text = inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY, maxStringLength: LONGEST }).replace(/\s+/g, ' ')
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}

// ── the wrapper ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The repository as its consumer gets it. Members other than those of the contract are as they were. */
export function wrap<R extends StreamRepository>(wrapped: Wrapped & { readonly repository: R }, holder: Holder, faults = new Faults()): R {
  const { repository, within } = wrapped
  const write = (stream: string, data: Json) => within(() => repository.sendData(stream, data))
  return withMembers<R, Pick<StreamRepository, 'readMessages' | 'getStreamTailId' | 'sendData' | 'cleanupStream'>>(repository, {
    readMessages: (stream, cursor, options) => {
      wrapped.used = true
      const read = new Read(wrapped, holder, faults, stream, cursor, options)
      return { [Symbol.asyncIterator]: () => read }
    },
    getStreamTailId: (stream) => {
      wrapped.used = true
      const send = () =>
        faults.take('tail', stream) === undefined
          ? within(() => repository.getStreamTailId(stream))
          : Promise.reject<string>(new InjectedFault('tail'))
      return holder.hold({ kind: 'tail', stream, send })
    },
    sendData: (stream, data) => {
      wrapped.used = true
      return passes(wrapped, 'sendData()', () => appendThrough(faults, stream, () => write(stream, data)))
    },
    cleanupStream: (stream) => {
      wrapped.used = true
      const send = () => passes(wrapped, 'cleanupStream()', () => within(() => repository.cleanupStream(stream)))
      return holder.hold({ kind: 'command', name: 'cleanupStream', does: ['drop'], stream, send })
    },
  })
}

/** A call that comes to no gate. */
function passes<T>({ passing }: Wrapped, name: string, call: () => Promise<T>): Promise<T> {
  const called = call()
  passing?.add(name)
  const settled = () => void passing?.delete(name)
  Promise.resolve(called).then(settled, settled)
  return called
}

/** One read: the call, until its first answer is in, and then the iteration over its entries. */
class Read implements AsyncIterator<StreamEntry, void>, ReadCall<IteratorResult<StreamEntry, void>> {
  readonly kind = 'read'
  readonly timeoutMs: number
  readonly count: number
  number = 0
  lingers = false
  askedMs?: number
  #inner: AsyncIterator<StreamEntry, void> | undefined
  #called = false
  /** Its signal had aborted when it was called. */
  #abortedBefore = false
  #ended = false
  /** Answers that were asked for and are not in. */
  #asks = 0
  /** The last of them. */
  #turn: Promise<IteratorResult<StreamEntry, void>> | undefined

  constructor(
    readonly wrapped: Wrapped,
    readonly holder: Holder,
    readonly faults: Faults,
    readonly stream: string,
    readonly cursor: string,
    readonly options: ReadOptions,
  ) {
    this.timeoutMs = options.timeoutMs
    this.count = options.count
  }

  aborted(): boolean {
    return this.options.signal?.aborted === true
  }

  send(lingers: () => boolean): Promise<IteratorResult<StreamEntry, void>> {
    const { repository, asksFor } = this.wrapped
    const { stream, cursor } = this
    // An adapter that listens to its signal from the call on would have heard of it, had we not held the call.
    if (this.options.signal?.aborted && !this.#abortedBefore) return this.#ask(() => Promise.resolve({ done: true, value: undefined }))
    const after = this.faults.take('read', stream)
    const options = asksFor === undefined ? this.options : this.#asked(asksFor, lingers())
    const read = () => repository.readMessages(stream, cursor, options)
    return this.#ask(() => {
      this.#inner = iteratorOf(after === undefined ? read() : failing(read, after))
      return this.#inner.next()
    })
  }

  /** Where nobody can end a wait, it is asked for no longer than the schedule needs it. */
  #asked(asksFor: NonNullable<Wrapped['asksFor']>, lingers: boolean): ReadOptions {
    const { options, timeoutMs } = this
    const ms = asksFor(timeoutMs, lingers)
    if (ms === timeoutMs) return options
    this.askedMs = ms
    this.lingers = lingers
    return { ...options, timeoutMs: ms }
  }

  isEmpty(answer: IteratorResult<StreamEntry, void>): boolean {
    return answer.done === true
  }

  /** As of an async generator: who asks before the last answer is in has its turn after that. */
  next(): Promise<IteratorResult<StreamEntry, void>> {
    this.#turn =
      this.#asks++ === 0
        ? this.#next()
        : this.#turn!.then(
            () => this.#next(),
            () => this.#next(),
          )
    return this.#turn
  }

  #next(): Promise<IteratorResult<StreamEntry, void>> {
    if (this.#ended) {
      this.#asks--
      return Promise.resolve({ done: true, value: undefined })
    }
    if (this.#called) return this.#more()
    this.#called = true
    this.#abortedBefore = this.options.signal?.aborted === true
    return this.holder.hold<IteratorResult<StreamEntry, void>>(this).then(
      (result) => this.#took(result),
      (error: unknown) => this.#failed(error),
    )
  }

  async return(): Promise<IteratorResult<StreamEntry, void>> {
    if (!this.#ended) {
      this.#end('left')
      const inner = this.#inner
      if (inner?.return !== undefined) {
        this.holder.asked()
        try {
          await this.#ask(() => inner.return!())
        } finally {
          this.holder.answered()
        }
      }
    }
    return { done: true, value: undefined }
  }

  #more(): Promise<IteratorResult<StreamEntry, void>> {
    this.holder.asked()
    const failed = (error: unknown) => {
      this.holder.answered()
      return this.#failed(error)
    }
    try {
      return this.#ask(() => this.#inner!.next()).then((result) => {
        this.holder.answered()
        return this.#took(result)
      }, failed)
    } catch (error) {
      // One that throws where it should reject.
      return Promise.resolve().then(() => failed(error))
    }
  }

  #took(result: IteratorResult<StreamEntry, void>): IteratorResult<StreamEntry, void> {
    this.#asks--
    if (result.done) return this.#end('done')
    this.holder.entry(this, result.value)
    return result
  }

  #failed(error: unknown): never {
    this.#asks--
    this.#end('error', error)
    throw error
  }

  #end(how: 'done' | 'left' | 'error', error?: unknown): IteratorResult<StreamEntry, void> {
    this.#ended = true
    this.holder.ended(this, how, error)
    return { done: true, value: undefined }
  }

  /** A generator runs in the context of whoever asks it for the next entry, so each call has to be made within the subject's. */
  #ask(call: () => Promise<IteratorResult<StreamEntry, void>>): Promise<IteratorResult<StreamEntry, void>> {
    const { within, settle } = this.wrapped
    return settle(Promise.resolve(within(call)))
  }
}

/** The user's, so what it gives is looked at. */
function iteratorOf(read: AsyncIterable<StreamEntry>): AsyncIterator<StreamEntry, void> {
  if (typeof read?.[Symbol.asyncIterator] !== 'function')
    throw new TypeError(`readMessages must return an async iterable (an async generator will do); it returned ${describe(read)}`)
  return read[Symbol.asyncIterator]() as AsyncIterator<StreamEntry, void>
}

const describe = (value: unknown) => (value instanceof Promise ? 'a promise' : Array.isArray(value) ? 'an array' : String(value))

/** A read that hands out so many entries, and then fails. */
async function* failing(read: () => AsyncIterable<StreamEntry>, after: number): AsyncGenerator<StreamEntry, void> {
  let handedOut = 0
  if (after > 0) {
    for await (const entry of read()) {
      yield entry
      if (++handedOut === after) break
    }
  }
  throw new InjectedFault('read')
}
