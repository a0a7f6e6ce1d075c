/**
 * The events of one task as servers send them to a browser: `snapshotCursor` and what a life cycle adds to it, and the text of its
 * frames.
 *
 *  1. Keep-alive: after an empty read, a ping where the client has heard nothing for `keepAliveMs`. A read that waits
 *     longer than that delays it, and so does a back-off.
 *  2. The end, told by a terminal entry or by the status of the producer (asked for after an empty read). Both are signals
 *     that arrive beside the log, not behind its last entry. So the tail is asked for *after* the signal, and the session
 *     ends only when that tail has been handed over, however many reads it takes, and through errors too.
 */
import { isAfter, isStreamId } from '../contract/stream-id.js'
import type { ConsumeContext } from '../subject/subject.js'
import { BackOff, type Cursor, EMPTY_PAUSE_MS, type EndReason, type Frame, readOnce, start } from './loops.js'

/** Options of `sseTaskEvents`. */
export interface SseTaskEventsOptions {
  /** A ping comes after an empty read once the client has heard nothing for so many milliseconds. Default 15000. */
  readonly keepAliveMs?: number
  /** Does an entry with this data say that the task is over? Default: its `type` is `done` or `error`. */
  readonly isTerminal?: (data: unknown) => boolean
  /** The status is asked for at most once in so many milliseconds. Default 0: after every empty read. */
  readonly statusCheckMs?: number
}

/** A `consume` for a `SubjectDefinition`: what `sseTaskEvents` makes. */
export type SseTaskEvents = (context: ConsumeContext) => AsyncGenerator<Frame, void, undefined>

/**
 * Makes the reference consumer for one task's events: `snapshotCursor` that also pings, and ends by itself after a terminal entry
 * or once `context.status()` says `done`, when everything up to the tail of that moment has been handed over.
 *
 * Errors of the repository, and of `status`, are not thrown: they become a frame `error`, and a wait of 1 s, 2 s … 30 s.
 */
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

/**
 * A frame as the text of a server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html), the empty line at its
 * end included.
 *
 * Entries are plain messages; everything else is a named event, so that a page's `onmessage` sees entries alone. The name
 * of a failure is `stream-error`: `error` is what `EventSource` itself calls a broken connection.
 *
 * `id:` is what the browser sends back as `Last-Event-ID`. Each frame that tells where the cursor is carries it: `connected`
 * too, or a client that is cut off before its first entry would come back to a later tail; and undecodable entries, or it
 * would come back to them.
 */
export function toSse(frame: Frame): string {
  switch (frame.type) {
    case 'connected':
      return event('connected', {}, frame.cursor)
    case 'entry':
      return event(undefined, frame.data, frame.id)
    case 'undecodable':
      return event('undecodable', { reason: frame.reason }, frame.id)
    case 'ping':
      return ': ping\n\n'
    case 'error':
      return event('stream-error', { message: frame.message, retryInMs: frame.retryInMs })
    case 'end':
      return event('end', { reason: frame.reason })
  }
}

/**
 * `$` and whatever else is no id is left out: sent back, it would be a cursor that nobody can resume from.
 * JSON escapes line breaks inside strings, so `data:` is one line; what has no JSON (undefined) becomes `null`.
 */
function event(name: string | undefined, data: unknown, id?: string): string {
  const lines = [`data: ${(JSON.stringify(data) as string | undefined) ?? 'null'}`]
  if (name !== undefined) lines.unshift(`event: ${name}`)
  if (isStreamId(id)) lines.unshift(`id: ${id}`)
  return `${lines.join('\n')}\n\n`
}
