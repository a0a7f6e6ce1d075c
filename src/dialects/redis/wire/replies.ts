/** What the server answered to a request on a stream, in RESP2 (arrays) and RESP3 (maps) alike. */
import { ORIGIN, isStreamId, parseStreamId } from '../../../contract/stream-id.js'
import type { RespValue } from '../resp/value.js'
import type { Answer, WireEntry } from './exchange.js'
import type { ReadRequest, StreamRequest } from './requests.js'

export function answerTo(request: StreamRequest, reply: RespValue): Answer {
  if (reply.type === 'error') return { kind: 'error', message: reply.text }
  if (request.kind === 'tail') return { kind: 'tail', id: tailOf(reply) }
  if (request.kind === 'command') return { kind: 'done' }
  return { kind: 'entries', entries: readBy(request, reply) }
}

/** XRANGE answers with the entries, XREAD with streams of them, and a script as it likes. */
function readBy(request: ReadRequest, reply: RespValue): readonly WireEntry[] {
  if (request.script) return request.keys.flatMap((key) => within(key, reply))
  return request.range ? entriesOf(request.keys[0]!, reply) : streamsOf(reply)
}

/** Entries, however deep they lie. */
function within(key: string, reply: RespValue): readonly WireEntry[] {
  if (reply.type !== 'array') return []
  const [id, fields] = reply.items
  const isEntry = reply.items.length === 2 && isStreamId(text(id)) && fields?.type === 'array'
  return isEntry ? entriesOf(key, { type: 'array', items: [reply] }) : reply.items.flatMap((item) => within(key, item))
}

function streamsOf(reply: RespValue): readonly WireEntry[] {
  if (reply.type === 'map') return reply.entries.flatMap(([key, entries]) => entriesOf(text(key), entries))
  if (reply.type !== 'array') return []
  return reply.items.flatMap((stream) =>
    stream.type === 'array' && stream.items.length === 2 ? entriesOf(text(stream.items[0]), stream.items[1]!) : [],
  )
}

function entriesOf(key: string, entries: RespValue): readonly WireEntry[] {
  if (entries.type !== 'array') return []
  return entries.items.flatMap((entry) => {
    if (entry.type !== 'array' || !isStreamId(text(entry.items[0]))) return []
    const fields = entry.items[1]
    return [{ key, id: parseStreamId(text(entry.items[0])), fields: fields?.type === 'array' ? fields.items.flatMap(bytes) : [] }]
  })
}

/** Of `XREVRANGE … COUNT 1` the id of the entry, of `XINFO STREAM` the last that was generated. */
function tailOf(reply: RespValue): string {
  if (reply.type === 'map') return text(reply.entries.find(([name]) => text(name) === 'last-generated-id')?.[1])
  if (reply.type !== 'array') return ORIGIN
  const [first] = reply.items
  if (first === undefined) return ORIGIN
  if (first.type === 'array') return text(first.items[0])
  const at = reply.items.findIndex((item) => text(item) === 'last-generated-id')
  return text(reply.items[at + 1])
}

const bytes = (value: RespValue): Buffer[] => (value.type === 'bulk' ? [value.bytes] : [])

const text = (value: RespValue | undefined): string =>
  value?.type === 'bulk' ? value.bytes.toString() : value?.type === 'simple' ? value.text : ''
