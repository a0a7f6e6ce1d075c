/**
 * What is tested, as a user describes it: how to open the repository, and, where they bring one, the consumer that
 * loops over it and how to read what it hands out.
 */
import type { Clock } from '../clock/clock.js'
import type { Capabilities } from '../contract/capabilities.js'
import type { Json, StreamEntry, StreamRepository } from '../contract/stream-repository.js'
import type { MemoryStream } from '../model/memory-stream.js'
import type { ScheduleReadOptions } from '../schedule/schedule.js'

/**
 * Where a subject's streams live, by the name of the dialect that is spoken there: the in-memory model, a Redis, or wherever the
 * repository itself has them.
 */
export type DialectName = 'memory' | 'redis' | 'own'

/** What a subject's `open` is given. */
export interface OpenContext {
  /** Where the Redis listens: `redis://…` or `unix://…`. Empty for any other store. */
  readonly url: string
  /** The in-memory log, for `store: 'memory'`. */
  readonly memory: MemoryStream
}

/** What a subject's `consume` is given for one session. */
export interface ConsumeContext {
  /** What `open` returned, with its reads and its tail held at gates. */
  readonly repository: StreamRepository
  /** The topic to subscribe to. */
  readonly topic: string
  /** Which consumer of the schedule it is, from 0. Set in a run. */
  readonly consumer?: number
  /** For the consumer's own pauses: a sleep is a gate, and takes no time. */
  readonly clock: Clock
  /** Aborts when the client goes away. The consumer then has to end; it may end by throwing. */
  readonly signal: AbortSignal
  /** What to read with. A consumer that has its own options ignores it. */
  readonly read: ScheduleReadOptions
  /** Set where the session resumes: the id that its client comes back with, which is the last that a frame gave it (`resumeIdOf`). */
  readonly from?: string
  /** What the system says of the producer. Becomes `done` with the step `{ finish: true }`. */
  readonly status: () => Promise<'running' | 'done'>
  /** For what it does beside reading, such as XACK: gates, too, where it says so. Set in a run. */
  readonly gates?: CommandGates
}

/** Gates of a consumer that does more than read: it brings its own commands, and messages of a channel, to them. */
export interface CommandGates {
  /** A command of its own, such as `XACK`: held before `send` is called, and once more before its answer is seen. */
  command<T>(name: string, send: () => Promise<T>): Promise<T>
  /** A message of a channel has come: resolves when the consumer may see it. `entry`: the id of the entry that it is about. */
  notified(entry?: string): Promise<void>
}

/**
 * What a frame carries: an entry by its id, by its data, or both. What `entryOf` of a subject returns, or a list of these.
 *
 * A frame may join entries. Give a list of them, or one with the data of all, in a list or a text: each payload in it counts as an
 * entry, and `id` is that of the last.
 */
export interface FrameEntry {
  readonly id?: string
  /** Holds what was appended, unaltered: as it is, as JSON text, or as a part of something larger. */
  readonly data?: unknown
  /**
   * False where this frame holds a part of the entry, and later frames hold the rest: it counts as delivered with the last of them. Its
   * frames are told by their `id`, or, where they have none, by their order; texts, lists and objects are put together. Default true.
   */
  readonly complete?: boolean
}

/**
 * A subject: what is tested. A repository alone, or with `consume` the consumer that loops over it. `Frame` is what the consumer
 * hands to its client.
 */
export interface SubjectDefinition<Frame = unknown> {
  /** As reports show it, and `--subject` names it. Unique in a configuration. */
  readonly name: string
  /**
   * The source file that implements it, relative to the working directory: annotations in CI are put there. Without one
   * they are put where the configuration names the subject.
   */
  readonly file?: string
  readonly store: DialectName
  /**
   * Opens the repository, anew for each run of a schedule or for several in turn. Where it throws or rejects, the subject could not
   * be run: exit code 2. With `store: 'own'` it is called twice each time, and both repositories have to see the same entries.
   */
  open(context: OpenContext): StreamRepository | Promise<StreamRepository>
  /**
   * The key of a topic on the Redis, where it is not the topic's name and does not contain it: a hash of it, say. Every other
   * scheme (a prefix, `task:{id}:events`, another database) is learnt from an append, once for each time that the subject is opened.
   */
  key?(topic: string): string
  /**
   * The order of ids, for `store: 'own'`: negative, zero or positive, as `a` is below, the same as or above `b`. Without it, entries are
   * in the order in which they are read from the beginning.
   */
  compareIds?(a: string, b: string): number
  /** The consumer's loop. Without one, the harness brings its reference loop, and the repository is what is tested. */
  consume?(context: ConsumeContext): AsyncIterable<Frame>
  /** Which entry a frame carries, or which entries, if any. Where it throws, or gives anything else, nothing is judged: exit code 2. */
  entryOf?(frame: Frame): FrameEntry | readonly FrameEntry[] | undefined
  /** Is this the frame that promises delivery (SSE `connected`)? */
  isAnnouncement?(frame: Frame): boolean
  /**
   * Is this the frame that tells of a gap: entries that were trimmed away, or dropped for want of room, or a topic made anew? What was
   * appended before it and not handed out is then not lost in silence.
   */
  isTruncation?(frame: Frame): boolean
  /**
   * The id that a client which was handed this frame sends back when it returns (`Last-Event-ID`): on an entry, an announcement, a
   * keep-alive. Undefined where the frame changes nothing, empty where the client has no id any more. Asked once for each frame. Without
   * it a frame's `id` counts where it is a text and an id of the store, as that of a server-sent event does ("0" is the beginning, an empty one
   * takes the last back), and else the id of the entry that it carries. Where it throws, or gives anything else, nothing is judged: exit code 2.
   */
  resumeIdOf?(frame: Frame): string | undefined
  /** Where a session starts. Default `tail`. */
  readonly startsAt?: 'tail' | 'beginning'
  /** Within a session. Default `exactly-once`: a repeat is an anomaly. */
  readonly delivery?: 'exactly-once' | 'at-least-once'
  /** What it offers beyond what is required of everybody. Default: nothing. */
  readonly capabilities?: Capabilities
  /**
   * `system` where the consumer calls `setTimeout` itself instead of the clock it is handed: within its calls the
   * timers are then virtual, and each is a pause. Default `clock`.
   */
  readonly timers?: 'clock' | 'system'
  /** What to append: must hold `token` somewhere in it. Default `{ sentinel: token, body }`. */
  payload?(token: string, body: Json): Json
  /**
   * Is this entry, as it was appended, for this consumer of the schedule (from 0)? Given by a subject that hands out a part of the log: a
   * filter, a tenant's share, all but one's own echo. What is not (`false`) must not be handed out; `undefined` leaves it open. Asked once
   * for each append and consumer, so it has to be a matter of the two alone. Default: everything is owed to everybody.
   */
  owes?(entry: { readonly data: Json }, consumer: number): boolean | undefined
  /** As `payload`, for entries that are not owed to every consumer: with it they are appended between the others. Goes with `owes`. */
  foreign?(token: string, body: Json): Json
}

/** A subject with everything that may be left out filled in: what the stage runs. */
export type Subject = Required<Pick<SubjectDefinition, 'name' | 'consume' | 'entryOf'>> & SubjectDefinition

/** Where the consumer hands out the entries themselves, or lists of them. */
export const entryOfStreamEntry = (frame: unknown): FrameEntry | FrameEntry[] | undefined => {
  if (Array.isArray(frame)) return frame.flatMap((each) => entryOfStreamEntry(each) ?? [])
  const entry = frame as Partial<StreamEntry> | null | undefined
  return typeof entry === 'object' && entry !== null && typeof entry.id === 'string' ? { id: entry.id, data: entry.data } : undefined
}

/**
 * A subject with its types: `Frame` is inferred from `consume`, and `entryOf` and the others are checked against it. Returns what it
 * is given; nothing is checked at run time.
 */
export const defineSubject = <Frame>(subject: SubjectDefinition<Frame>): SubjectDefinition<Frame> => subject
