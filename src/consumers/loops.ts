/**
 * The reference loops, and the parts that they are made of: where a session starts, one read cycle, the loop around it, and what
 * a loop does after the store failed.
 *
 * ```
 *   snapshot ─▶ connected ─▶ read ─▶ hand over, then move ─▶ read …      (a batch: at once)
 *                             ▲────── 100 ms ◀── empty: the cursor stays
 *                             ▲────── back-off ◀─ error: the cursor stays
 * ```
 * The cursor moves entry by entry, and only when the client asks for the next frame: a client that leaves in between has
 * not seen it moved past what it never took.
 */
import { LATEST } from '../contract/stream-id.js'
import type { StreamEntry } from '../contract/stream-repository.js'
import type { ConsumeContext, FrameEntry } from '../subject/subject.js'

/**
 * What the reference consumers hand to their client, one by one: told apart by `type`. `toSse` writes one as a server-sent event;
 * `entryOf` and `isAnnouncement` read one for a `SubjectDefinition`.
 */
export type Frame =
  /**
   * The promise: every entry above `cursor` will come. The cursor travels with it, so that a client which is cut off
   * before its first entry can resume from there instead of from a later tail.
   */
  | { readonly type: 'connected'; readonly cursor: string }
  | { readonly type: 'entry'; readonly id: string; readonly data: unknown }
  /** An entry that did not decode: the cursor has moved past it, and the client is told. */
  | { readonly type: 'undecodable'; readonly id: string; readonly reason: string }
  | { readonly type: 'ping' }
  /** The store failed; the loop keeps its cursor and asks again after `retryInMs` milliseconds. */
  | { readonly type: 'error'; readonly message: string; readonly retryInMs: number }
  /** The stream is over, and everything that was due has been handed over. */
  | { readonly type: 'end'; readonly reason: EndReason }

/** What ended a stream: an entry that says so (`terminal`), or the status of its producer (`status`). */
export type EndReason = 'terminal' | 'status'

/** The frame that hands this entry out. */
export const frameOfEntry = ({ id, data, undecodable }: StreamEntry): Frame =>
  undecodable === undefined ? { type: 'entry', id, data } : { type: 'undecodable', id, reason: undecodable.message }

/**
 * `entryOf` of a `SubjectDefinition` whose consumer hands out the frames of the reference consumers. An entry that could not be
 * decoded was reported to the client, not delivered: it gives undefined, as every frame without an entry does.
 */
export const entryOf = (frame: Frame): FrameEntry | undefined => (frame.type === 'entry' ? { id: frame.id, data: frame.data } : undefined)

/** `isAnnouncement` of a `SubjectDefinition` whose consumer hands out the frames of the reference consumers: is it `connected`? */
export const isAnnouncement = (frame: Frame): boolean => frame.type === 'connected'

/**
 * `resumeIdOf` of a `SubjectDefinition` whose consumer hands out the frames of the reference consumers: what `toSse` writes as their `id:`.
 * `connected` has one, so that a client which is cut off before its first entry has something to come back with.
 */
export function resumeIdOf(frame: Frame): string | undefined {
  if (frame.type === 'connected') return NO_PLACE.has(frame.cursor) ? undefined : frame.cursor
  return frame.type === 'entry' || frame.type === 'undecodable' ? frame.id : undefined
}

/** Sent back, these would be no place in the stream. */
const NO_PLACE: ReadonlySet<string> = new Set(['', LATEST])

/** The pause after an empty read, as in the system that this comes from. With `$` as the cursor it is the gap. */
export const EMPTY_PAUSE_MS = 100

const BACK_OFF_CAP_MS = 30_000

/** 1, 2, 4, 8, 16, 30, 30 … seconds. */
export const backOffMs = (failuresBefore: number): number => Math.min(1000 * 2 ** failuresBefore, BACK_OFF_CAP_MS)

/** What a loop does after the store failed: it tells the client, waits, and lets the loop try again. */
export class BackOff {
  #failures = 0

  constructor(readonly context: Pick<ConsumeContext, 'clock' | 'signal'>) {}

  /** The store has answered in full. */
  reset(): void {
    this.#failures = 0
  }

  /** Reports `error` and waits. An abort is no failure, although some adapters throw for it: then it ends at once. */
  async *after(error: unknown): AsyncGenerator<Frame, void, undefined> {
    const { clock, signal } = this.context
    if (signal.aborted) return
    const retryInMs = backOffMs(this.#failures++)
    yield { type: 'error', message: error instanceof Error ? error.message : String(error), retryInMs }
    await clock.sleep(retryInMs, signal)
  }
}

/** The last entry handed over. Shared by the parts of one session, never by two sessions. */
export interface Cursor {
  id: string
}

/**
 * Where the session starts: above `from`, or else above the tail of now. While the tail cannot be had nothing has been
 * promised yet, so asking again is safe. Undefined when the session was aborted before that.
 */
export async function* start(context: ConsumeContext, backOff: BackOff): AsyncGenerator<Frame, Cursor | undefined, undefined> {
  const { repository, topic, signal, from } = context
  while (!signal.aborted) {
    try {
      const id = from ?? (await repository.getStreamTailId(topic))
      backOff.reset()
      return isAborted(signal) ? undefined : { id }
    } catch (error) {
      yield* backOff.after(error)
    }
  }
  return undefined
}

/** One read cycle. Resolves with the number of entries that the store gave. */
export async function* readOnce(context: ConsumeContext, cursor: Cursor): AsyncGenerator<Frame, number, undefined> {
  const { repository, topic, signal, read } = context
  let entries = 0
  for await (const entry of repository.readMessages(topic, cursor.id, { timeoutMs: read.timeoutMs, count: read.count, signal })) {
    if (signal.aborted) break
    entries++
    yield frameOfEntry(entry)
    cursor.id = entry.id
  }
  return entries
}

/** Reads on and on, until it is aborted. */
export async function* follow(context: ConsumeContext, cursor: Cursor, backOff: BackOff): AsyncGenerator<Frame, void, undefined> {
  const { clock, signal } = context
  while (!signal.aborted) {
    try {
      const entries = yield* readOnce(context, cursor)
      backOff.reset()
      if (entries === 0) await clock.sleep(EMPTY_PAUSE_MS, signal)
    } catch (error) {
      yield* backOff.after(error)
    }
  }
}

/**
 * The reference consumer that is right, a `consume` for a `SubjectDefinition`: one concrete cursor, taken before the client is told
 * that it is connected, and moved by entries alone. Whatever is appended from then on lies above it, in whichever gap it falls.
 *
 * It ends when `context.signal` aborts. Errors of the repository are not thrown: they become a frame `error`, and a wait of 1 s,
 * 2 s … 30 s.
 */
export async function* snapshotCursor(context: ConsumeContext): AsyncGenerator<Frame, void, undefined> {
  const backOff = new BackOff(context)
  const cursor = yield* start(context, backOff)
  if (cursor === undefined) return
  yield { type: 'connected', cursor: cursor.id }
  yield* follow(context, cursor, backOff)
}

/**
 * The bug, kept for demonstration: the cursor starts as `$` and is moved by entries alone, so that until the first one
 * every read asks for "what comes after now", and each has its own now. An entry appended while no read waits (before
 * the first, in the pause after an empty one, in a back-off) is behind the next and never comes.
 *
 * All else is as in `snapshotCursor`: the difference between the two is where the cursor comes from.
 */
export async function* literalDollar(context: ConsumeContext): AsyncGenerator<Frame, void, undefined> {
  if (context.signal.aborted) return
  const cursor = { id: context.from ?? LATEST }
  yield { type: 'connected', cursor: cursor.id }
  yield* follow(context, cursor, new BackOff(context))
}

/** Read anew: the compiler takes a signal that was not aborted before an `await` for one that still is not. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted
