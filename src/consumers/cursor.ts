/**
 * The parts that the reference loops are made of: where a session starts, one read cycle, and the loop around it.
 *
 * ```
 *   snapshot ─▶ connected ─▶ read ─▶ hand over, then move ─▶ read …      (a batch: at once)
 *                             ▲────── 100 ms ◀── empty: the cursor stays
 *                             ▲────── back-off ◀─ error: the cursor stays
 * ```
 * The cursor moves entry by entry, and only when the client asks for the next frame: a client that leaves in between has
 * not seen it moved past what it never took.
 */
import type { ConsumeContext } from '../subject/subject.js'
import type { BackOff } from './back-off.js'
import { type Frame, frameOfEntry } from './frame.js'

/** The pause after an empty read, as in the system that this comes from. With `$` as the cursor it is the gap. */
export const EMPTY_PAUSE_MS = 100

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

/** Read anew: the compiler takes a signal that was not aborted before an `await` for one that still is not. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted
