/**
 * The probe by hand, for a test of one's own: hold a consumer at a gate, do something meanwhile, let it go.
 *
 * ```ts
 * const probe = instrument(repository)
 * const delivered = probe.collect(consume(probe.repository))
 * await probe.signal('read-returned', { outcome: 'empty' }) // the consumer is held here, inside the gap
 * await repository.sendData(topic, sentinel)
 * probe.release()
 * await expectNothingLost(delivered, [sentinel])
 * ```
 */
import { isDeepStrictEqual } from 'node:util'
import type { StreamEntry, StreamRepository } from '../contract/stream-repository.js'
import type { ReadOutcome } from '../schedule/gate.js'
import { wrap } from '../sources/repository/source.js'
import type { Call, Holder, ReadCall } from '../sources/source.js'

/** A call that has come to a gate and is held there, told apart by `gate`: what `signal` of an instrumented repository resolves with. */
export type ProbeSignal =
  /** Before the question for the tail reaches the store. */
  | { readonly gate: 'tail-called' }
  /** The tail is known, or the error that it failed with, and the consumer has not seen it. */
  | { readonly gate: 'tail-returned'; readonly id?: string; readonly error?: unknown }
  /** Before a read reaches the store. Reads are counted from 1. */
  | { readonly gate: 'read-called'; readonly read: number; readonly cursor: string; readonly timeoutMs: number; readonly count: number }
  /** The read has come back, and the consumer has not seen it. `aborted`: its caller had given it up by then. */
  | {
      readonly gate: 'read-returned'
      readonly read: number
      readonly outcome: ReadOutcome
      readonly aborted?: true
      readonly error?: unknown
    }

/** The gates at which `instrument` can hold a call of a repository. */
export type ProbeGate = ProbeSignal['gate']

/** Options of `signal` of an instrumented repository. */
export interface SignalOptions {
  /** With `read-returned`: passes by reads that come back otherwise. */
  readonly outcome?: ReadOutcome
}

/** A repository whose calls a test can hold: what `instrument` makes. */
export interface Instrumented<R extends StreamRepository> {
  /** The repository to hand to the consumer. With no signal awaited it behaves as the one inside. */
  readonly repository: R
  /**
   * Resolves when the next call comes to this gate. The call is held there until `release`. Ask before the consumer can get there: one
   * that has passed is not seen. Never rejects; where no call comes, it never resolves.
   */
  signal<G extends ProbeGate>(gate: G, options?: SignalOptions): Promise<Extract<ProbeSignal, { gate: G }>>
  /** Lets go of everything that is held. */
  release(): void
  /** Pulls a consumer in the background, from now on, and keeps what it hands out. */
  collect<Frame>(frames: AsyncIterable<Frame>): Delivered<Frame>
}

/** What a consumer has handed out so far: what `collect` of an instrumented repository gives. */
export interface Delivered<Frame = unknown> {
  /** In order; grows as frames come. */
  readonly frames: readonly Frame[]
  /** Ends the collecting: the consumer's iteration is left, and waited for. A read that is under way has to end for that: abort it. */
  stop(): Promise<void>
  /**
   * Resolves true once a frame satisfies `wanted`; false when that can no more come: the consumer ended, or two reads
   * that were called after this came back empty. Rejects with what the consumer threw, where it threw.
   */
  until(wanted: (frames: readonly Frame[]) => boolean): Promise<boolean>
}

/** All that a repository's calls come to; the other gates are of consumers that do more than read. */
const isOfRepository = (signal: Signal): signal is ProbeSignal => /^(?:tail|read)-/.test(signal.gate)

interface Waiting {
  readonly matches: (signal: ProbeSignal) => boolean
  readonly resolve: (signal: never) => void
}

/**
 * Wraps a repository so that a test can hold its consumer at a gate, do something meanwhile, and let it go. The wrapped one behaves as
 * the one inside, errors included, as long as no signal is awaited.
 */
export function instrument<R extends StreamRepository>(repository: R): Instrumented<R> {
  const waiting: Waiting[] = []
  const listeners = new Set<(signal: ProbeSignal) => void>()
  let held: (() => void)[] = []

  class Held extends Passing {
    override gate(signal: Signal): Promise<void> | undefined {
      if (!isOfRepository(signal)) return undefined
      for (const listener of listeners) listener(signal)
      const index = waiting.findIndex(({ matches }) => matches(signal))
      if (index === -1) return undefined
      const [first] = waiting.splice(index, 1)
      return new Promise((release) => {
        held.push(release)
        first!.resolve(signal as never)
      })
    }
  }

  return {
    repository: wrap({ repository, within: (call) => call(), settle: (answer) => answer }, new Held()),
    signal: (wanted, { outcome } = {}) =>
      new Promise((resolve) => {
        const matches = (signal: ProbeSignal) =>
          signal.gate === wanted && (outcome === undefined || (signal.gate === 'read-returned' && signal.outcome === outcome))
        waiting.push({ matches, resolve })
      }),
    release: () => {
      const releases = held
      held = []
      for (const release of releases) release()
    },
    collect: (frames) => collect(frames, listeners),
  }
}

function collect<Frame>(iterable: AsyncIterable<Frame>, listeners: Set<(signal: ProbeSignal) => void>): Delivered<Frame> {
  const frames: Frame[] = []
  const iterator = iterable[Symbol.asyncIterator]()
  const changed = new Set<() => void>()
  let ended = false
  let failure: Error | undefined
  const tell = () => {
    for (const notify of changed) notify()
  }
  const pull = async () => {
    for (let result = await iterator.next(); !result.done && !ended; result = await iterator.next()) {
      frames.push(result.value)
      tell()
    }
  }
  const finished = pull()
    .catch((error: unknown) => (failure = error instanceof Error ? error : new Error(String(error))))
    .finally(() => {
      ended = true
      tell()
    })

  const until = (wanted: (frames: readonly Frame[]) => boolean): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const called = new Set<number>()
      let empties = 0
      const listen = (signal: ProbeSignal) => {
        if (signal.gate === 'read-called') called.add(signal.read)
        if (signal.gate === 'read-returned' && signal.outcome === 'empty' && called.has(signal.read)) empties++
        look()
      }
      const look = () => {
        const there = wanted(frames)
        if (!there && !ended && empties < 2) return
        listeners.delete(listen)
        changed.delete(look)
        if (!there && failure !== undefined) reject(failure)
        else resolve(there)
      }
      listeners.add(listen)
      changed.add(look)
      look()
    })

  return {
    frames,
    until,
    stop: async () => {
      ended = true
      await iterator.return?.()
      await finished
    },
  }
}

/**
 * Resolves when every sentinel was delivered: when it is a frame, or stands somewhere in one (JSON text included), or in the text of several
 * that follow each other. Nothing sleeps: it
 * rejects as soon as it is certain that one will not come, because two reads that were called after this came back empty.
 *
 * Rejects with an Error that has `expected` (the sentinels) and `actual` (those that were delivered), as test runners show them; where
 * the consumer threw, with what it threw.
 */
export async function expectNothingLost(delivered: Delivered, sentinels: readonly unknown[]): Promise<void> {
  const arrived = () => {
    // An entry may have come in several frames of text.
    const text = delivered.frames.filter((frame) => typeof frame === 'string').join('')
    return sentinels.filter((sentinel) => [...delivered.frames, text].some((frame) => contains(frame, sentinel)))
  }
  if (await delivered.until(() => arrived().length === sentinels.length)) return
  const missing = sentinels.length - arrived().length
  const error = new Error(
    `${missing} of ${sentinels.length} sentinels lost: two reads called after the appends came back empty, and ${missing === 1 ? 'it was' : 'they were'} never delivered`,
  )
  throw Object.assign(error, { expected: sentinels, actual: arrived() })
}

/** Is `wanted` this frame, or somewhere in it? A frame of text may hold it as JSON. */
function contains(frame: unknown, wanted: unknown): boolean {
  if (isDeepStrictEqual(frame, wanted)) return true
  if (typeof frame === 'string') return frame.includes(typeof wanted === 'string' ? wanted : JSON.stringify(wanted))
  return typeof frame === 'object' && frame !== null && Object.values(frame).some((value) => contains(value, wanted))
}

// ── A stage that holds nothing unless it is told to: calls pass it, and whoever extends it sees them at their gates. For tests by
// hand, where there is no schedule.

/** A call at a gate, held there or not. */
export type Signal =
  | ProbeSignal
  | { readonly gate: 'command-called'; readonly command: string }
  | { readonly gate: 'command-returned'; readonly command: string; readonly error?: unknown }
  /** `entry`: the id of the one that the message is about. */
  | { readonly gate: 'notified'; readonly entry?: string }

export class Passing implements Holder {
  readonly index = 0
  readonly signal = new AbortController().signal
  readonly now = 0
  readonly left = false
  asking = false
  #reads = 0

  /** A call has come to a gate. It is held there until the promise resolves; undefined lets it through. */
  gate(_signal: Signal): Promise<unknown> | undefined {
    return undefined
  }

  async hold(call: Call): Promise<never> {
    const called = this.gate(calledSignal(call, call.kind === 'read' ? (call.number = ++this.#reads) : 0))
    if (called !== undefined) await called
    if (call.kind === 'message') return undefined as never
    this.sent(call)
    let answer: unknown
    try {
      // Nothing is made shorter here, so it is never asked.
      answer = await call.send(() => false)
    } catch (error) {
      const failed = this.gate(returnedSignal(call, { error }))
      if (failed !== undefined) await failed
      throw error
    }
    const returned = this.gate(returnedSignal(call, { answer }))
    if (returned !== undefined) await returned
    return answer as never
  }

  /** A call goes to the store. */
  sent(_call: Call): void {}

  entry(_read: ReadCall, _entry: StreamEntry): void {}

  ended(_read: ReadCall, _how: 'done' | 'left' | 'error', _error?: unknown): void {}

  asked(): void {}

  answered(): void {}

  frame(): undefined {
    return undefined
  }

  async pause(): Promise<void> {}
}

function calledSignal(call: Call, read: number): Signal {
  if (call.kind === 'tail') return { gate: 'tail-called' }
  if (call.kind === 'command') return { gate: 'command-called', command: call.name }
  if (call.kind === 'message') return { gate: 'notified', ...(call.entry === undefined ? {} : { entry: call.entry }) }
  const { cursor, timeoutMs, count } = call
  return { gate: 'read-called', read, cursor, timeoutMs, count }
}

type Back = { readonly answer: unknown } | { readonly error: unknown }

function returnedSignal(call: Exclude<Call, { readonly kind: 'message' }>, back: Back): Signal {
  const failed = 'error' in back ? { error: back.error } : {}
  if (call.kind === 'command') return { gate: 'command-returned', command: call.name, ...failed }
  if (call.kind === 'tail') return { gate: 'tail-returned', ...('answer' in back ? { id: back.answer as string } : failed) }
  const outcome = 'error' in back ? 'error' : call.isEmpty(back.answer) ? 'empty' : 'batch'
  const aborted = call.aborted() ? ({ aborted: true } as const) : {}
  return { gate: 'read-returned', read: call.number, outcome, ...aborted, ...failed }
}
