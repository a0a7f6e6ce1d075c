/**
 * A stage that holds nothing unless it is told to: calls pass it, and whoever extends it sees them at their gates. For tests by
 * hand, where there is no schedule.
 */
import type { StreamEntry } from '../contract/stream-repository.js'
import type { ReadOutcome } from '../schedule/gate.js'
import type { Call, Holder, ReadCall } from './source.js'

/** A call at a gate. */
export type Signal =
  | { readonly gate: 'tail-called' }
  | { readonly gate: 'tail-returned'; readonly id?: string; readonly error?: unknown }
  | { readonly gate: 'read-called'; readonly read: number; readonly cursor: string; readonly timeoutMs: number; readonly count: number }
  /** `aborted`: its caller had given it up, so what it came back with says nothing. */
  | {
      readonly gate: 'read-returned'
      readonly read: number
      readonly outcome: ReadOutcome
      readonly aborted?: true
      readonly error?: unknown
    }
  | { readonly gate: 'command-called'; readonly command: string }
  | { readonly gate: 'command-returned'; readonly command: string; readonly error?: unknown }
  /** `entry`: the id of the one that the message is about. */
  | { readonly gate: 'notified'; readonly entry?: string }

export class Passing implements Holder {
  readonly index = 0
  readonly signal = new AbortController().signal
  readonly now = 0
  asking = false
  gates = 0
  #reads = 0

  /** A call has come to a gate. It is held there until the promise resolves; undefined lets it through. */
  gate(_signal: Signal): Promise<unknown> | undefined {
    return undefined
  }

  async hold(call: Call): Promise<never> {
    const called = this.#at(calledSignal(call, call.kind === 'read' ? (call.number = ++this.#reads) : 0))
    if (called !== undefined) await called
    if (call.kind === 'message') return undefined as never
    this.sent(call)
    let answer: unknown
    try {
      answer = await call.send()
    } catch (error) {
      const failed = this.#at(returnedSignal(call, { error }))
      if (failed !== undefined) await failed
      throw error
    }
    const returned = this.#at(returnedSignal(call, { answer }))
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

  #at(signal: Signal): Promise<unknown> | undefined {
    this.gates++
    return this.gate(signal)
  }
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
