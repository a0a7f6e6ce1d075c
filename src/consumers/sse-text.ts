/**
 * Frames as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * Entries are plain messages; everything else is a named event, so that a page's `onmessage` sees entries alone. The name
 * of a failure is `stream-error`: `error` is what `EventSource` itself calls a broken connection.
 *
 * `id:` is what the browser sends back as `Last-Event-ID`. Each frame that tells where the cursor is carries it: `connected`
 * too, or a client that is cut off before its first entry would come back to a later tail; and undecodable entries, or it
 * would come back to them.
 */
import { isStreamId } from '../contract/stream-id.js'
import type { Frame } from './frame.js'

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
