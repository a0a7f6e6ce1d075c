/** What the server answered to a command, as far as the rules want to know. */
import type { StreamId } from '../../../contract/stream-id.js'
import { isStreamId } from '../../../contract/stream-id.js'
import type { RespValue } from '../resp/value.js'
import { answerTo } from '../wire/replies.js'
import { ALL } from '../wire/requests.js'
import type { StreamCommand } from './stream-command.js'

export interface Given {
  readonly key: string
  readonly id: StreamId
}

export type Outcome =
  | { readonly is: 'error' }
  /** Entries with what they hold; of those that are only named (JUSTID) the program has learned nothing. */
  | { readonly is: 'entries'; readonly entries: readonly Given[] }
  | { readonly is: 'added'; readonly id: StreamId }
  /** Acknowledged, pending, deleted … */
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'done' }

export function outcomeOf(command: StreamCommand, reply: RespValue): Outcome {
  if (reply.type === 'error') return { is: 'error' }
  switch (command.name) {
    case 'XREAD':
    case 'XREADGROUP':
      return entries(answerTo({ kind: 'read', ...command }, reply))
    case 'XRANGE':
    case 'XREVRANGE':
    case 'XCLAIM':
      return entriesOf(command.key, reply)
    case 'XAUTOCLAIM':
      return entriesOf(command.key, (reply.type === 'array' && reply.items[1]) || { type: 'null' })
    case 'XADD': {
      const id = reply.type === 'bulk' ? reply.bytes.toString() : ''
      return isStreamId(id) ? { is: 'added', id } : { is: 'done' }
    }
    case 'XPENDING':
      return { is: 'number', value: pending(reply) }
    default:
      return reply.type === 'integer' ? { is: 'number', value: Number(reply.value) } : { is: 'done' }
  }
}

const entriesOf = (key: string, reply: RespValue): Outcome =>
  entries(answerTo({ kind: 'read', keys: [key], cursors: [], count: ALL, timeoutMs: 0, range: true }, reply))

const entries = (answer: ReturnType<typeof answerTo>): Outcome =>
  answer.kind === 'entries' ? { is: 'entries', entries: answer.entries.map(({ key, id }) => ({ key, id })) } : { is: 'done' }

/** A summary begins with their number; otherwise it is a list of them. */
function pending(reply: RespValue): number {
  if (reply.type !== 'array') return 0
  const [first] = reply.items
  return first?.type === 'integer' ? Number(first.value) : reply.items.length
}
