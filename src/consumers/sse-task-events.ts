/**
 * The events of one task as servers send them to a browser: `snapshotCursor`, and what a life cycle adds to it.
 *
 *  1. Keep-alive: after an empty read, a ping where the client has heard nothing for `keepAliveMs`. A read that waits
 *     longer than that delays it, and so does a back-off.
 *  2. The end, told by a terminal entry or by the status of the producer (asked for after an empty read). Both are signals
 *     that arrive beside the log, not behind its last entry. So the tail is asked for *after* the signal, and the session
 *     ends only when that tail has been handed over, however many reads it takes, and through errors too.
 */
import { isAfter, isStreamId } from '../contract/stream-id.js'
import type { ConsumeContext } from '../subject/subject.js'
import { BackOff } from './back-off.js'
import { type Cursor, EMPTY_PAUSE_MS, readOnce, start } from './cursor.js'
import type { EndReason, Frame } from './frame.js'

export interface SseTaskEventsOptions {
  /** Default 15 s. */
  readonly keepAliveMs?: number
  /** Does an entry with this data say that the task is over? Default: its `type` is `done` or `error`. */
  readonly isTerminal?: (data: unknown) => boolean
  /** Ask for the status at most this often. Default 0: after every empty read. */
  readonly statusCheckMs?: number
}

export type SseTaskEvents = (context: ConsumeContext) => AsyncGenerator<Frame, void, undefined>

export function sseTaskEvents(options: SseTaskEventsOptions = {}): SseTaskEvents {
  const { keepAliveMs = 15_000, isTerminal = isTerminalEvent, statusCheckMs = 0 } = options

  return async function* (context) {
    const { clock, signal, status } = context
    const backOff = new BackOff(context)
    const cursor = yield* start(context, backOff)
    if (cursor === undefined) return
    let heardAt = clock.now()
    let statusAt = -Infinity
    let ending: EndReason | undefined
    yield { type: 'connected', cursor: cursor.id }

    while (!signal.aborted) {
      try {
        if (ending !== undefined) {
          yield* drain(context, cursor)
          if (!signal.aborted) yield { type: 'end', reason: ending }
          return
        }
        let entries = 0
        for await (const frame of readOnce(context, cursor)) {
          entries++
          heardAt = clock.now()
          // Noted before the frame is handed over: should the read fail later in this batch, it is not forgotten.
          if (frame.type === 'entry' && isTerminal(frame.data)) ending = 'terminal'
          yield frame
        }
        backOff.reset()
        if (entries > 0 || signal.aborted) continue
        if (clock.now() - statusAt >= statusCheckMs) {
          statusAt = clock.now()
          if ((await status()) === 'done') {
            ending = 'status'
            continue
          }
        }
        if (clock.now() - heardAt >= keepAliveMs) {
          heardAt = clock.now()
          yield { type: 'ping' }
        }
        await clock.sleep(EMPTY_PAUSE_MS, signal)
      } catch (error) {
        heardAt = clock.now()
        yield* backOff.after(error)
      }
    }
  }
}

/**
 * Hands over everything up to the tail of now. Bounded by that tail, so that a producer which goes on for ever does not
 * keep a finished session open; an empty read ends it too, because then what the tail named is gone from the log.
 */
async function* drain(context: ConsumeContext, cursor: Cursor): AsyncGenerator<Frame, void, undefined> {
  const { repository, topic, signal } = context
  const tail = await repository.getStreamTailId(topic)
  while (!signal.aborted && !hasReached(cursor.id, tail)) {
    if ((yield* readOnce(context, cursor)) === 0) return
  }
}

/** A repository under test may answer with what is no id; then only an empty read tells that nothing is left. */
const hasReached = (cursor: string, tail: string): boolean =>
  isStreamId(cursor) && isStreamId(tail) ? !isAfter(tail, cursor) : cursor === tail

/** `{ type: 'done' }` or `{ type: 'error' }`, with whatever else is in it. */
export function isTerminalEvent(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && (data.type === 'done' || data.type === 'error')
}
