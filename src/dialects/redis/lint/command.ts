/** What a program says about streams, and what the server answers, as data. Every other command is nothing to us, and is not looked into. */
import { type StreamId, isStreamId } from '../../../contract/stream-id.js'
import type { RespValue } from '../resp/reply.js'
import { type GivenEntry, type ReadRequest, classify, entriesOf, streamsOf } from '../wire/classification.js'

export interface Read extends Pick<ReadRequest, 'keys' | 'cursors' | 'count' | 'timeoutMs'> {
  readonly name: 'XREAD'
}

export interface GroupRead extends Omit<Read, 'name'> {
  readonly name: 'XREADGROUP'
  readonly group: string
  readonly consumer: string
  readonly noAck: boolean
  /** It is also given what has been pending for long (CLAIM). */
  readonly claims: boolean
}

export interface MaxLen {
  readonly count: number
  /** `~`: the server may keep some more. */
  readonly approximate: boolean
}

export type StreamCommand =
  | Read
  | GroupRead
  | { readonly name: 'XADD' | 'XTRIM'; readonly key: string; readonly maxLen?: MaxLen }
  | { readonly name: 'XDEL' | 'XRANGE' | 'XREVRANGE'; readonly key: string }
  | { readonly name: 'XACK'; readonly key: string; readonly group: string; readonly ids: readonly string[] }
  | { readonly name: 'XPENDING' | 'XCLAIM' | 'XAUTOCLAIM'; readonly key: string; readonly group: string }
  | { readonly name: 'XGROUP CREATE' | 'XGROUP SETID'; readonly key: string; readonly group: string; readonly id: string }
  | { readonly name: 'XGROUP DELCONSUMER'; readonly key: string; readonly group: string }

const text = (argument: Buffer | undefined): string => argument?.toString() ?? ''
const word = (argument: Buffer | undefined): string => text(argument).toUpperCase()

/** Undefined for what is not looked at. `name` is the command in capitals. */
export function streamCommand(name: string, args: readonly Buffer[]): StreamCommand | undefined {
  switch (name) {
    case 'XREAD':
    case 'XREADGROUP':
      return read(name, args)
    case 'XADD':
    case 'XTRIM':
      return trimming(name, args)
    case 'XDEL':
    case 'XRANGE':
    case 'XREVRANGE':
      return { name, key: text(args[1]) }
    case 'XACK':
      return { name, key: text(args[1]), group: text(args[2]), ids: args.slice(3).map(text) }
    case 'XPENDING':
    case 'XCLAIM':
    case 'XAUTOCLAIM':
      return { name, key: text(args[1]), group: text(args[2]) }
    case 'XGROUP':
      return groupCommand(args)
    default:
      return undefined
  }
}

function read(name: string, args: readonly Buffer[]): Read | GroupRead | undefined {
  const request = classify({ name, args })
  if (request?.kind !== 'read') return undefined
  const { keys, cursors, count, timeoutMs, group, claims = false } = request
  const common = { keys, cursors, count, timeoutMs }
  if (group === undefined) return { name: 'XREAD', ...common }
  const options = args.slice(4, args.length - 2 * keys.length)
  return {
    name: 'XREADGROUP',
    ...common,
    group,
    consumer: text(args[3]),
    claims,
    noAck: options.some((option) => word(option) === 'NOACK'),
  }
}

/** The options of XADD and XTRIM, which come in any order, and how many arguments follow each. A length or an id follows an operator, too. */
const OPTIONS: Readonly<Record<string, number>> = {
  NOMKSTREAM: 0,
  KEEPREF: 0,
  DELREF: 0,
  ACKED: 0,
  IDMPAUTO: 1,
  IDMP: 2,
  LIMIT: 1,
  MAXLEN: 1,
  MINID: 1,
}
const TRIMS = new Set(['MAXLEN', 'MINID'])

/** `XADD key [option …] id field value …`, `XTRIM key option …`. */
function trimming(name: 'XADD' | 'XTRIM', args: readonly Buffer[]): StreamCommand {
  const key = text(args[1])
  let maxLen: MaxLen | undefined
  for (let at = 2; at < args.length; ) {
    const option = word(args[at++])
    const following = OPTIONS[option]
    if (following === undefined) break
    const operator = TRIMS.has(option) && /^[=~]$/.test(text(args[at])) ? text(args[at++]) : ''
    const count = Number(text(args[at]))
    if (option === 'MAXLEN' && !Number.isNaN(count)) maxLen = { count, approximate: operator === '~' }
    at += following
  }
  return maxLen === undefined ? { name, key } : { name, key, maxLen }
}

function groupCommand(args: readonly Buffer[]): StreamCommand | undefined {
  const key = text(args[2])
  const group = text(args[3])
  const subcommand = word(args[1])
  if (subcommand === 'CREATE' || subcommand === 'SETID') return { name: `XGROUP ${subcommand}`, key, group, id: text(args[4]) }
  return subcommand === 'DELCONSUMER' ? { name: 'XGROUP DELCONSUMER', key, group } : undefined
}

/** `XREAD BLOCK`. Without its time-out, which some programs reckon anew for each read. */
export const readWords = ({ name, timeoutMs }: Read | GroupRead): string => (timeoutMs === 0 ? name : `${name} BLOCK`)

/** `XADD MAXLEN ~ 10`. */
export const trimWords = (name: string, { count, approximate }: MaxLen): string => `${name} MAXLEN ${approximate ? '~ ' : ''}${count}`

// ── What the server answered, as far as the rules want to know

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
      return given(streamsOf(reply))
    case 'XRANGE':
    case 'XREVRANGE':
    case 'XCLAIM':
      return given(entriesOf(command.key, reply))
    case 'XAUTOCLAIM':
      return given(entriesOf(command.key, (reply.type === 'array' && reply.items[1]) || { type: 'null' }))
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

const given = (entries: readonly GivenEntry[]): Outcome => ({ is: 'entries', entries: entries.map(({ key, id }) => ({ key, id })) })

/** A summary begins with their number; otherwise it is a list of them. */
function pending(reply: RespValue): number {
  if (reply.type !== 'array') return 0
  const [first] = reply.items
  return first?.type === 'integer' ? Number(first.value) : reply.items.length
}

/** Several names as one key of a map. */
export const pair = (...names: readonly string[]): string => JSON.stringify(names)
