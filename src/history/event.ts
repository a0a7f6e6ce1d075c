/**
 * A history: what happened, in order. It is all that the checker sees, and holds no wall-clock time.
 *
 * Values are the names of appended entries: `s1`, `s2` … in the order of their appends, and `fence` for the entry that
 * the harness adds at quiescence. Ids are normalised (see recorder.ts) where a store gives others in each run.
 * An event's place in the list is its time: exactly one actor moves at a time, so the order is total.
 */
import type { StreamId } from '../contract/stream-id.js'
import type { ReadOutcome } from '../schedule/gate.js'

/** What a command of a consumer's own does, whatever the store calls it. A transaction may do several of these. `drop` removes the whole topic. */
export const COMMAND_EFFECTS = ['append', 'acknowledge', 'remove', 'drop', 'listen', 'publish', 'claim'] as const

/** What a command of a consumer does to the stream, or to a channel about it. */
export type CommandEffect = (typeof COMMAND_EFFECTS)[number]

/** Where a session starts: at the tail of now, at the beginning, or above an id that its client sent. */
export type SessionStart = 'tail' | 'beginning' | 'id'

/** One event of a history, told apart by `type`. Its place in the history is its time. */
export type HistoryEvent =
  // ── consumers: every one of these but session, …-sent, read-entry, read-ended, signalled and part is a gate
  /**
   * `from`: the id that its client came back with, where it is one of the store's. `returns`: it came back without one, and is the same
   * client. `forgot`: the highest id that it had, where a later frame took that back. `known`: where what it came back with is
   * none of the store's, the highest id that it had when it was given the text before that. `back`: the client chose an older id than its last,
   * so many different ones before that.
   */
  | {
      readonly type: 'session'
      readonly consumer: number
      readonly session: number
      readonly start: SessionStart
      readonly from?: StreamId
      readonly returns?: true
      readonly forgot?: StreamId
      readonly known?: StreamId
      readonly back?: number
    }
  | { readonly type: 'tail-called'; readonly consumer: number }
  | { readonly type: 'tail-sent'; readonly consumer: number }
  /** `id` is what came back, checked for nothing: it may be `$` or no id at all. */
  | { readonly type: 'tail-returned'; readonly consumer: number; readonly id?: string; readonly error?: string }
  | { readonly type: 'announced'; readonly consumer: number }
  /** `acknowledges`: what it is given counts as acknowledged at once. */
  | {
      readonly type: 'read-called'
      readonly consumer: number
      readonly read: number
      readonly cursor: string
      readonly timeoutMs: number
      readonly count: number
      readonly acknowledges?: true
    }
  /** The read was let through to the store. */
  | { readonly type: 'read-sent'; readonly consumer: number; readonly read: number }
  | { readonly type: 'blocked'; readonly consumer: number; readonly read: number }
  | { readonly type: 'expired'; readonly consumer: number; readonly read: number }
  /**
   * `early`: empty without having waited, although it was asked to. `late`: asked not to wait, it came back otherwise than by the end of
   * the wait that was seen, which need not have been its own. `aborted`: its caller had given it up.
   */
  | {
      readonly type: 'read-returned'
      readonly consumer: number
      readonly read: number
      readonly outcome: ReadOutcome
      readonly early?: true
      readonly late?: true
      readonly aborted?: true
      readonly error?: string
    }
  /** One entry of a batch reached the consumer. `got` is the data where it is not what was appended. */
  | {
      readonly type: 'read-entry'
      readonly consumer: number
      readonly read: number
      readonly id: string
      readonly value?: string
      readonly got?: string
      readonly undecodable?: true
    }
  /**
   * `done`: the read ended by itself; `left`: the consumer left the iteration early. `gave`: the entries in the store's answer, where that
   * is known to have been lost on its way to the consumer.
   */
  | {
      readonly type: 'read-ended'
      readonly consumer: number
      readonly read: number
      readonly how: 'done' | 'left' | 'error'
      readonly gave?: readonly string[]
      readonly error?: string
    }
  | { readonly type: 'delivered'; readonly consumer: number; readonly id?: string; readonly value?: string; readonly got?: string }
  /** It told its client that entries it was owed are gone: trimmed away, or the topic was made anew. */
  | { readonly type: 'signalled'; readonly consumer: number }
  /** A frame came that carries a part of an entry, and not the last. */
  | { readonly type: 'part'; readonly consumer: number }
  | { readonly type: 'paused'; readonly consumer: number; readonly ms: number }
  /** A command of its own that is neither a read nor a question for the tail, by its name and by what it does. */
  | { readonly type: 'command-called'; readonly consumer: number; readonly command: string; readonly does?: readonly CommandEffect[] }
  /** `gave`: the entries that it was answered with, as a claim is. */
  | {
      readonly type: 'command-returned'
      readonly consumer: number
      readonly command: string
      readonly does?: readonly CommandEffect[]
      readonly gave?: readonly string[]
      readonly error?: string
    }
  /** A message of a channel is on its way to it, about this entry where it can be told. */
  | { readonly type: 'notified'; readonly consumer: number; readonly value?: string }
  /** Its client has gone away. `by`: not with the signal, but with `return()` of the iteration, as `break` does. */
  | { readonly type: 'aborted'; readonly consumer: number; readonly by?: 'return' }
  | { readonly type: 'closed'; readonly consumer: number; readonly how: 'ended' | 'threw' | 'aborted'; readonly error?: string }
  // ── producer
  /** `withheldFrom`: consumers that it must not be handed to, by what the subject owes; `optionalFor`: to these it may be. */
  | {
      readonly type: 'append-called'
      readonly value: string
      readonly explicitId?: StreamId
      readonly withheldFrom?: readonly number[]
      readonly optionalFor?: readonly number[]
    }
  | {
      readonly type: 'append-returned'
      readonly value: string
      readonly outcome: 'ok' | 'fail' | 'info'
      readonly id?: string
      readonly error?: string
    }
  /** A channel was told of this entry. */
  | { readonly type: 'notification'; readonly value: string }
  /** An entry was added to another topic, which is nobody's business here. */
  | { readonly type: 'elsewhere'; readonly value: string }
  | { readonly type: 'poisoned'; readonly id: StreamId }
  | { readonly type: 'removed'; readonly how: 'trim' | 'delete' | 'drop'; readonly ids: readonly StreamId[] }
  | { readonly type: 'finished' }
  // ── faults
  | { readonly type: 'disconnected'; readonly consumer: number }
  | {
      readonly type: 'fault-armed'
      readonly what: 'read' | 'append' | 'tail'
      readonly times: number
      readonly after?: number
      readonly by?: 'store'
    }
  /** In words, and whom it concerns. */
  | { readonly type: 'wire-fault'; readonly consumer: number; readonly what: string }
  // ── the harness
  | { readonly type: 'step'; readonly index: number }
  | { readonly type: 'drain' }
  /**
   * An empty read, called after the last append, has come back: what is missing now is lost. `silent`: no read tells, and nothing came
   * of it any more. What it delivers behind that it was woken for by what came next. `withinMs`: something is missing that a timer of its
   * own may bring, and nothing came of it for so many milliseconds.
   */
  | { readonly type: 'quiescent'; readonly consumer: number; readonly silent?: true; readonly withinMs?: number }
  /** It did not come to rest within so many gates. */
  | { readonly type: 'restless'; readonly consumer: number; readonly gates: number }
  /** What its frames carry cannot be told: what is missing is not lost. */
  | { readonly type: 'unreadable'; readonly consumer: number; readonly what: string }
  /** `who` never returned from `what` within the watchdog. */
  | { readonly type: 'stalled'; readonly consumer?: number; readonly what: string }
  /**
   * These are pending in their group: given to a member, and not acknowledged. `claims`, of entries that nobody has delivered: no
   * claim came (`none`) in so many milliseconds, or those that came when it was time for it did not take them (`missed`).
   */
  | { readonly type: 'pending'; readonly values: readonly string[]; readonly claims?: 'none' | 'missed'; readonly withinMs?: number }
  | { readonly type: 'witness'; readonly entries: readonly WitnessEntry[] }

/** An entry of the full scan at the end. `value` where it could be told which append it is. */
export interface WitnessEntry {
  readonly id: StreamId
  readonly value?: string
}

/** What happened in one run, in order. The same schedule on the same subject gives the same history, byte for byte. */
export type History = readonly HistoryEvent[]

export type EventOf<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>

/** Whose event it is, where it is a consumer's. Quicker than `in`, which histories are gone through too often for. */
export const consumerOf = (event: HistoryEvent): number | undefined => (event as { readonly consumer?: number }).consumer

/** The name of the entry that the harness adds at quiescence, while the consumers are blocked. */
export const FENCE = 'fence'

/** The time-out of a read that has none (`BLOCK 0`): it waits until something comes. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER

/** The cursor of a read of what a member of a group has been given before: that there is nothing says nothing of what is new. */
export const PENDING = 'pending'

/** The cursor of a read of what nobody in its group has been given yet: the group keeps the place. */
export const NEW_IN_GROUP = '>'

/** What the error of every fault begins with that a schedule has let happen. */
export const INJECTED = 'injected by the schedule'

/** Is it the error of such a fault, whatever was put around it? */
export const isInjected = (error: string | undefined): boolean => error?.includes(INJECTED) === true
