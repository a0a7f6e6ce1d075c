/**
 * Where the calls of a consumer come from, and what the stage is to them.
 *
 * There are two sources of calls, equal to the stage: the wrapper around a `StreamRepository` (`repository/`), and the probe on the
 * wire (`wire/`). Either runs the consumer and hands every call that it makes to `hold`; what comes back is the answer, once
 * the stage lets the consumer have it.
 *
 * ```
 *   consumer ── call ──▶ source ── hold(call) ──▶ stage:  ○ called … send() ──▶ store … ○ returned ──▶ answer to the consumer
 * ```
 */
import type { StreamId } from '../contract/stream-id.js'
import type { Json, StreamEntry } from '../contract/stream-repository.js'
import type { BlockedReader } from '../dialects/store.js'
import type { CommandEffect } from '../history/event.js'
import type { ScheduleReadOptions } from '../schedule/schedule.js'
import type { FailStep, WireStep } from '../schedule/step.js'
import type { FrameEntry } from '../subject/subject.js'

/** Asks for the tail of a stream. Gates `tail-called` and `tail-returned`. */
export interface TailCall {
  readonly kind: 'tail'
  readonly stream: string
  /** Lets it through to the store. */
  send(): Promise<string>
}

/** One read of a stream. Gates `read-called`, `blocked` and `read-returned`. */
export interface ReadCall<Answer = unknown> {
  readonly kind: 'read'
  readonly stream: string
  readonly cursor: string
  readonly timeoutMs: number
  readonly count: number
  /** What it is given counts as acknowledged at once, so that nothing of it stays pending in a group. */
  readonly acknowledges?: true
  /** Given by the stage when the call comes to it, from 1 in each session. 0 before, and for streams that are not under test. */
  number: number
  /** How long the store was really asked to wait, in milliseconds, where that is less than the consumer asked for. */
  readonly askedMs?: number
  /** It was asked for less, and yet for long enough that what comes next meets it while it waits. */
  readonly lingers?: boolean
  /** Has its caller given it up? */
  aborted(): boolean
  /**
   * Lets it through to the store.
   * @param lingers is what comes next to meet it while it waits, so that its time must not be up before? Otherwise its time-out comes next.
   */
  send(lingers: () => boolean): Promise<Answer>
  /** Is there nothing in this answer? */
  isEmpty(answer: Answer): boolean
}

/** What a consumer does beside reading, such as an acknowledgement. Gates `command-called` and `command-returned`. */
export interface CommandCall<Answer = unknown> {
  readonly kind: 'command'
  /** As the user knows it: `XACK`. */
  readonly name: string
  /** What it does, where that is known. */
  readonly does?: readonly CommandEffect[] | undefined
  /** What it is about, where that is known: a command on another stream has no gates. */
  readonly stream?: string
  send(): Promise<Answer>
  /** The entries of the stream that it was answered with, as a claim is. Default: none. */
  gave?(answer: Answer): readonly StreamId[]
}

/** A message of a channel that comes to the consumer. Gate `notified`. */
export interface MessageCall {
  readonly kind: 'message'
  /** The id of the entry that it is about. */
  readonly entry?: string | undefined
}

export type Call = TailCall | ReadCall | CommandCall | MessageCall

/** What a consumer hands out. */
export interface Frame {
  /** It promises delivery. */
  readonly announces: boolean
  /** It tells of entries that cannot be had any more. */
  readonly signals: boolean
  readonly entries: readonly FrameEntry[]
  /** What its client sends back from now on when it returns; empty where that is nothing any more. Undefined leaves it as it was. */
  readonly resumeId?: string | undefined
}

/** What a frame says cannot be told, so nothing can be said of the consumer: its `consume` rejects with this. */
export class UnreadableFrame extends Error {}

/** The stage, as one session of a consumer sees it. */
export interface Holder {
  /** Of its consumer, from 0. */
  readonly index: number
  /** Aborts when its client goes away. */
  readonly signal: AbortSignal
  /** Virtual milliseconds since its start. */
  readonly now: number
  /** Takes a call through its gates. Rejects with what `send` rejects with, once the consumer may see that. */
  hold<Answer>(call: Call & { send(lingers: () => boolean): Promise<Answer> }): Promise<Answer>
  hold(call: MessageCall): Promise<void>
  /** An entry of this read goes to the consumer. */
  entry(read: ReadCall, entry: StreamEntry): void
  /**
   * Nothing more comes of this read. `left`: the consumer did not take all of it.
   * @param gave the entries in the store's answer, where that is known to have been lost on its way.
   */
  ended(read: ReadCall, how: 'done' | 'left' | 'error', error?: unknown, gave?: readonly StreamId[]): void
  /** The repository is asked for something else of this read, and has answered. */
  asked(): void
  answered(): void
  /** Resolves when the consumer may go on; undefined where the frame brought it to no gate. @throws where nothing else comes of it any more. */
  frame(frame: Frame): Promise<unknown> | undefined
  /** A pause of the consumer's own: resolves when it is over, or its signal aborts. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Does the client wait for a frame? */
  asking: boolean
  /** The client has left the iteration, without the signal. */
  readonly left: boolean
}

/** Where a session starts. */
export interface SessionStart {
  readonly start: 'tail' | 'beginning' | 'id'
  /** The id that the client comes back with, as a frame gave it. */
  readonly from?: string
  /** The client comes back, and has no id to send. */
  readonly returns?: true
  /** The highest id that the client had, where a later frame took it back. */
  readonly forgot?: StreamId
  /** Where that is no id of the store: the highest id that the client had when it was given the one before. */
  readonly known?: StreamId
  /** The client comes back with an older id than its last: so many different ones before that. */
  readonly back?: number
}

/** What one run gives to the sessions of its consumers. */
export interface SessionContext {
  readonly topic: string
  readonly read: ScheduleReadOptions
  readonly status: () => Promise<'running' | 'done'>
}

/** What can be said of a consumer that has come to no gate. */
export interface Whereabouts {
  /** It waits for messages of a channel, without asking for anything. */
  readonly listens: boolean
  /** A request of it is under way, or held, or its answer is withheld. */
  readonly asks: boolean
  /** Only its silence tells that it is at rest: it is told of entries by a channel, or has asked for no stream at all. */
  readonly restsUntold: boolean
  /** It has no other connection on which something may be under way. */
  readonly isAlone: boolean
  /** How many of its connections that read have their answers, and have not asked again: it is their turn, and not that of time. */
  readonly out: number
  /** Another connection of it has read, and has not asked again since something was appended: it may, when a timer of its own rings. */
  readonly isBehind: boolean
  /** A request of it has come, and waits for something else of it before it comes to its gate. */
  readonly isQueued: boolean
  /** It may be reading all the same: why, in words. */
  readonly unheld: string | undefined
  /** What there was to see of one that has not been held at all, in words. Undefined where its calls cannot pass us by. */
  readonly unseen: string | undefined
}

/** What the calls of a subject are named, where something has to be said of one that does not settle. */
export interface CallNames {
  /** Its publisher's append. */
  readonly append: string
  /** Its publisher's call that tells a channel. */
  readonly notify: string
  /**
   * Its consumer's question for the tail, and its read. Undefined where its consumer is a program of its own: what that waits for,
   * beside its server, cannot be seen.
   */
  readonly consumer: { readonly tail: string; readonly read: string } | undefined
}

/** What a step of a schedule expected, in words, and what came in its place. */
export interface Mismatch {
  readonly expected: string
  readonly came: string
}

/**
 * What members of groups were given and have not acknowledged. It is owed to the group, not lost, as long as a live member may
 * still claim it: a claim is due when the entry is old enough for it.
 */
export interface GroupDebts {
  /** Those of the stream under test that are pending now, and still in it. */
  pending(): Promise<readonly StreamId[]>
  /**
   * Lets time pass for these: the youngest are made as old as the next age that the program asks for. False where they are old
   * enough for whatever it asks.
   */
  age(ids: ReadonlySet<StreamId>): Promise<boolean>
  /** How often the program has looked for what is pending, and was answered. */
  readonly lookBacks: number
  /** A claim was waited for in real time, and never came: of this subject nothing else is to be expected. */
  waitedInVain: boolean
}

/** A subject that is open, as the stage drives it. At most one schedule runs on it at a time. */
export interface Source {
  /** Runs one session: resolves with how it ended, rejects with what the consumer threw. */
  consume(holder: Holder, context: SessionContext, start: SessionStart): Promise<'ended' | 'aborted'>
  /** Appends as the subject's publisher does, faults included. Resolves with the entry's id. */
  append(stream: string, data: Json): Promise<string>
  /** The same, and no fault meets it. */
  write(stream: string, data: Json): Promise<string>
  /** Arms a fault, for the calls on this stream that pass next. Gives why it cannot, where this source has no such fault. */
  arm(step: FailStep | WireStep, stream: string): Mismatch | undefined | void
  /** A fault that nothing has met. */
  unmet(): Mismatch | undefined
  /** Calls back once when a read that is under way waits in the store. Gives a function that stops watching. */
  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void
  /** Can it be told whether a command waits behind a blocked read? */
  readonly tellsQueued: boolean
  /** Commands of the subject that wait behind one of its own blocked reads on the same connection, in words; undefined where there are none. */
  queuedBehindRead(): Promise<string | undefined>
  whereabouts(consumer: number): Whereabouts
  readonly names: CallNames
  /** Why a connection of the subject's could not be made, or was refused its login, in words; undefined where none is known to. */
  failedToConnect(): Promise<string | undefined>
  /** Do its consumers run in this process, where one may wait for another without anybody seeing it? */
  readonly inProcess: boolean
  /** Does it promise delivery with a frame, and by nothing that it did before? */
  readonly announces: boolean
  /** Do its frames say which id a client sends back? Otherwise those of entries count, too. */
  readonly saysResumeIds: boolean
  /** Missing where nothing is read in groups that could be looked into. */
  readonly debts?: GroupDebts | undefined
  /** Does its publisher tell a channel of what it appends? */
  readonly notifies: boolean
  /** Tells it. */
  notify(id: string): Promise<void>
  /** Can entries that hold the same be told apart? */
  readonly tellsEqualApart: boolean
  /** In this run several things were asked at once, on connections of the subject's own: which of them was first is not ours to say. */
  readonly asksSideBySide: boolean
  /** Why nothing can be said of this run: two consumers may have been taken for each other. Undefined where they were not. */
  readonly confused?: string | undefined
  /** Why blocking reads cannot be told; undefined where they can. Real time-outs are then waited for. */
  readonly blind: string | undefined
  /** Closes the subject. Resolves with what it left open, in words, or undefined. */
  close(): Promise<string | undefined>
}
