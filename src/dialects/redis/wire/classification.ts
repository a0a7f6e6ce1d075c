/**
 * What a command means to a stream consumer: a read cycle, a question for the tail, a look back, or nothing of interest.
 *
 * | command | gate |
 * |---|---|
 * | `XREAD`, `XREADGROUP` | `read-called` … `read-returned` |
 * | `XRANGE`, and `XREVRANGE` without `COUNT 1` | the same: a read that never waits |
 * | `XREVRANGE key + - COUNT 1`, `XINFO STREAM`, `XREAD` from `+` that does not wait | `tail-called`, `tail-returned` |
 * | `XADD`, `XACK`, `XDEL`, `XTRIM`, `DEL`, `SUBSCRIBE`, `PUBLISH` and their like | `command-called`, `command-returned` |
 *
 * Source: the Redis commands of these names (https://redis.io/docs/latest/commands/).
 */
import { createHash } from 'node:crypto'
import { LATEST, ORIGIN, type StreamId, isStreamId } from '../../../contract/stream-id.js'
import { FOR_EVER, PENDING } from '../../../history/event.js'
import { randomId } from '../../../random/random.js'
import { ELSEWHERE } from '../../../schedule/step.js'
import type { Connection } from '../proxy/proxy.js'
import type { Exchange } from '../proxy/sides.js'
import type { RespValue } from '../resp/reply.js'
import type { Request } from '../resp/request.js'

/** No `COUNT`: as many as there are. */
export const ALL = Number.MAX_SAFE_INTEGER

export interface ReadRequest {
  readonly kind: 'read'
  readonly keys: readonly string[]
  /** Where each key is read from: an id, `$`, or `>` in a group. */
  readonly cursors: readonly string[]
  readonly count: number
  /** 0 does not wait. */
  readonly timeoutMs: number
  readonly group?: string
  /** It is also given what is pending for so long, whosever it is (`XREADGROUP … CLAIM`). */
  readonly claims?: true
  /** What it is given counts as acknowledged (`XREADGROUP … NOACK`). */
  readonly noAck?: true
  /** A look back (XRANGE) and no wait for what comes. */
  readonly range?: true
  /** Made by a script, whose answer may have any form. */
  readonly script?: true
}

export interface TailRequest {
  readonly kind: 'tail'
  readonly keys: readonly string[]
  /** By a read from `+`, whose answer is one of streams. */
  readonly read?: true
}

export interface CommandRequest {
  readonly kind: 'command'
  /** In upper case. */
  readonly name: string
  readonly keys: readonly string[]
  readonly channels: readonly string[]
}

export type StreamRequest = ReadRequest | TailRequest | CommandRequest

const text = (argument: Buffer | undefined): string => argument?.toString() ?? ''

/** A command, as much of it as says what it means. Its arguments are looked at only where they may concern a stream. */
export type Command = Pick<Request, 'name' | 'args'>

/** Undefined for every command that concerns no stream and no channel, and for one that the server will refuse. */
export function classify(command: Command): StreamRequest | undefined {
  const { name } = command
  switch (name) {
    case 'XREAD':
    case 'XREADGROUP':
      return readRequest(command.args)
    case 'XRANGE':
      return rangeRequest(command.args, text(command.args[2]))
    case 'XREVRANGE': {
      const { args } = command
      return countOf(args) === 1 && text(args[2]) === '+' ? tailRequest(args[1]) : rangeRequest(args, text(args[3]))
    }
    case 'XINFO':
      return text(command.args[1]).toUpperCase() === 'STREAM' ? tailRequest(command.args[2]) : undefined
    case 'XADD':
    case 'XACK':
    case 'XDEL':
    case 'XTRIM':
    case 'XACKDEL':
    case 'XDELEX':
      return { kind: 'command', name, keys: [text(command.args[1])], channels: [] }
    case 'DEL':
    case 'UNLINK':
      return { kind: 'command', name, keys: command.args.slice(1).map(text), channels: [] }
    case 'SUBSCRIBE':
    case 'PSUBSCRIBE':
    case 'SSUBSCRIBE':
      return { kind: 'command', name, keys: [], channels: command.args.slice(1).map(text) }
    case 'PUBLISH':
    case 'SPUBLISH':
      return { kind: 'command', name, keys: [], channels: [text(command.args[1])] }
    default:
      return undefined
  }
}

const tailRequest = (key: Buffer | undefined): TailRequest => ({ kind: 'tail', keys: [text(key)] })

/** The options in any order, as the server takes them. */
function readRequest(args: readonly Buffer[]): ReadRequest | TailRequest | undefined {
  const words = args.map(String)
  let count = ALL
  let timeoutMs = 0
  let group: string | undefined
  let claims = false
  let noAck = false
  for (let at = 1; at < words.length; at++) {
    const option = words[at]!.toUpperCase()
    if (option === 'COUNT') count = positive(words[++at]) ?? ALL
    else if (option === 'BLOCK') timeoutMs = Number(words[++at]) || FOR_EVER
    else if (option === 'GROUP') {
      group = words[at + 1] ?? ''
      // Behind it the consumer's name, which may be any word.
      at += 2
    } else if (option === 'CLAIM') {
      claims = true
      at++
    } else if (option === 'NOACK') noAck = true
    else if (option === 'STREAMS') {
      const names = words.slice(at + 1)
      if (names.length === 0 || names.length % 2 !== 0) return undefined
      const keys = names.slice(0, names.length / 2)
      const cursors = names.slice(keys.length)
      // Of an empty stream it waits for the first entry, so that one with a time-out is a read like any other.
      if (group === undefined && timeoutMs === 0 && cursors.every((cursor) => cursor === '+')) return { kind: 'tail', keys, read: true }
      // What a member of a group was given before is looked up without any wait.
      if (group !== undefined && cursors.some((cursor) => cursor !== '>')) timeoutMs = 0
      const ofGroup = group === undefined ? {} : { group, ...(claims && { claims }), ...(noAck && { noAck }) }
      return { kind: 'read', keys, cursors, count, timeoutMs, ...ofGroup }
    }
  }
  return undefined
}

const positive = (number: string | undefined): number | undefined => (Number(number) > 0 ? Number(number) : undefined)

/** Where a look back starts, as a cursor: the id that lies below all that it asks for. */
function rangeRequest(args: readonly Buffer[], start: string): ReadRequest {
  return { kind: 'read', keys: [text(args[1])], cursors: [below(start)], count: countOf(args) ?? ALL, timeoutMs: 0, range: true }
}

function countOf(args: readonly Buffer[]): number | undefined {
  return text(args.at(-2)).toUpperCase() === 'COUNT' ? Number(text(args.at(-1))) : undefined
}

function below(start: string): string {
  if (start === '-' || start === '') return ORIGIN
  if (start.startsWith('(')) return start.includes('-') ? start.slice(1) : `${start.slice(1)}-0`
  const [ms = '0', seq = '0'] = start.split('-')
  if (!/^\d+$/.test(ms) || !/^\d+$/.test(seq)) return LATEST
  if (BigInt(seq) > 0n) return `${ms}-${BigInt(seq) - 1n}`
  return BigInt(ms) > 0n ? `${BigInt(ms) - 1n}-18446744073709551615` : ORIGIN
}

/** Where this key is read from, as a history says it. */
export function cursorOf({ keys, cursors, group }: ReadRequest, key: string): string {
  const cursor = cursors[keys.indexOf(key)]!
  return group !== undefined && cursor !== '>' ? PENDING : cursor
}

// ── What the server answered, in RESP2 (arrays) and RESP3 (maps) alike

/** An entry as the server gave it. */
export interface GivenEntry {
  readonly key: string
  readonly id: StreamId
  readonly fields: readonly Buffer[]
}

export type StreamAnswer =
  | { readonly kind: 'entries'; readonly entries: readonly GivenEntry[] }
  | { readonly kind: 'tail'; readonly id: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly message: string }

/** @param key the topic, where several were asked about. */
export function answerTo(request: StreamRequest, reply: RespValue, key = request.keys[0]): StreamAnswer {
  if (reply.type === 'error') return { kind: 'error', message: reply.text }
  if (request.kind === 'tail') {
    const id = request.read ? streamsOf(reply).findLast((entry) => entry.key === key)?.id : tailOf(reply)
    return { kind: 'tail', id: id ?? ORIGIN }
  }
  if (request.kind === 'command') return { kind: 'done' }
  return { kind: 'entries', entries: readBy(request, reply) }
}

/** XRANGE answers with the entries, XREAD with streams of them, and a script as it likes. */
function readBy(request: ReadRequest, reply: RespValue): readonly GivenEntry[] {
  if (request.script) return request.keys.flatMap((key) => within(key, reply))
  return request.range ? entriesOf(request.keys[0]!, reply) : streamsOf(reply)
}

/** Entries, however deep they lie. */
function within(key: string, reply: RespValue): readonly GivenEntry[] {
  if (reply.type !== 'array') return []
  const [id, fields] = reply.items
  // Behind the fields of one that was claimed stands how long it was pending, and how often it was given out.
  const isEntry = isStreamId(textOf(id)) && fields?.type === 'array'
  return isEntry ? entriesOf(key, { type: 'array', items: [reply] }) : reply.items.flatMap((item) => within(key, item))
}

/** The entries of several streams, as a read is answered with them. */
export function streamsOf(reply: RespValue): readonly GivenEntry[] {
  if (reply.type === 'map') return reply.entries.flatMap(([key, entries]) => entriesOf(textOf(key), entries))
  if (reply.type !== 'array') return []
  return reply.items.flatMap((stream) =>
    stream.type === 'array' && stream.items.length === 2 ? entriesOf(textOf(stream.items[0]), stream.items[1]!) : [],
  )
}

export function entriesOf(key: string, entries: RespValue): readonly GivenEntry[] {
  if (entries.type !== 'array') return []
  return entries.items.flatMap((entry) => {
    if (entry.type !== 'array') return []
    const [first, fields] = entry.items
    const id = textOf(first)
    return isStreamId(id) ? [{ key, id, fields: fields?.type === 'array' ? fields.items.flatMap(bytes) : [] }] : []
  })
}

/** Of `XREVRANGE … COUNT 1` the id of the entry, of `XINFO STREAM` the last that was generated. */
function tailOf(reply: RespValue): string {
  if (reply.type === 'map') return textOf(reply.entries.find(([name]) => textOf(name) === 'last-generated-id')?.[1])
  if (reply.type !== 'array') return ORIGIN
  const [first] = reply.items
  if (first === undefined) return ORIGIN
  if (first.type === 'array') return textOf(first.items[0])
  const at = reply.items.findIndex((item) => textOf(item) === 'last-generated-id')
  return textOf(reply.items[at + 1])
}

const bytes = (value: RespValue): Buffer[] => (value.type === 'bulk' ? [value.bytes] : [])

const textOf = (value: RespValue | undefined): string =>
  value?.type === 'bulk' ? value.bytes.toString() : value?.type === 'simple' ? value.text : ''

const SCRIPTING = /^(?:SCRIPT|FUNCTION|EVAL|FCALL)/
const CALL_BY_NAME = /^(EVALSHA|FCALL)(?:_RO)?$/
const READS = /\bX(READ|READGROUP|RANGE|REVRANGE)\b/i
/** In the text of a library: `redis.register_function('name'` or `{ function_name = 'name'`. */
const FUNCTION = /(?:register_function\s*\(\s*|function_name\s*=\s*)['"]([^'"]+)['"]/g

/**
 * Scripts that read streams: told by their text, which passes the probe with EVAL, SCRIPT LOAD or FUNCTION LOAD.
 *
 * A call of one is a read that never waits. Where it reads from is the first of its arguments that looks like a cursor.
 */
export class Scripts {
  /** By digest, or name of a function: does it read? */
  readonly #known = new Map<string, boolean>()

  /** The read that this command is; undefined where it is none, or calls a script that is not known to read. */
  request(command: Command): ReadRequest | undefined {
    const { name } = command
    if (!SCRIPTING.test(name)) return undefined
    const { args } = command
    switch (name) {
      case 'SCRIPT':
      case 'FUNCTION':
        if (text(args[1]).toUpperCase() === 'LOAD') this.#learn(name, text(args.at(-1)))
        return undefined
      case 'EVAL':
      case 'EVAL_RO':
        this.#learn('SCRIPT', text(args[1]))
        return READS.test(text(args[1])) ? call(args) : undefined
      case 'EVALSHA':
      case 'EVALSHA_RO':
        return this.#known.get(text(args[1]).toLowerCase()) ? call(args) : undefined
      case 'FCALL':
      case 'FCALL_RO':
        return this.#known.get(text(args[1])) ? call(args) : undefined
      default:
        return undefined
    }
  }

  /** The keys of a script that is called, and whose text has not passed. */
  unknown(command: Command): readonly string[] {
    const [, kind] = CALL_BY_NAME.exec(command.name) ?? []
    if (kind === undefined) return []
    const { args } = command
    const name = text(args[1])
    return this.#known.has(kind === 'FCALL' ? name : name.toLowerCase()) ? [] : call(args).keys
  }

  #learn(kind: 'SCRIPT' | 'FUNCTION', body: string): void {
    const reads = READS.test(body)
    if (kind === 'SCRIPT') this.#known.set(createHash('sha1').update(body).digest('hex'), reads)
    else for (const [, name] of body.matchAll(FUNCTION)) this.#known.set(name!, reads)
  }
}

/** `EVAL text numkeys key … argument …` */
function call(args: readonly Buffer[]): ReadRequest {
  const rest = args.slice(3).map(text)
  const keys = rest.slice(0, Number(text(args[2])) || 0)
  const cursor = rest.slice(keys.length).find((argument) => argument === LATEST || isStreamId(argument)) ?? '?'
  return { kind: 'read', keys, cursors: keys.map(() => cursor), count: ALL, timeoutMs: 0, script: true }
}

/** What a command is to the topic. */
export interface Classified {
  readonly request: StreamRequest
  /** Which of its keys is the topic. */
  readonly key: string
  /** Of its answer in that to EXEC. Missing outside of a transaction. */
  readonly place?: number
}

/** Whatever they answer, no transaction is open behind them. */
export const ENDS_TRANSACTION: ReadonlySet<string> = new Set(['EXEC', 'DISCARD', 'RESET'])

const WEIGHT = { read: 0, tail: 1, command: 2 } as const

/**
 * Transactions: commands behind MULTI are queued, and what they do is done when EXEC comes. EXEC is then held for the one of
 * them that matters most: a read, else a question for the tail, else what it does beside reading.
 */
export class Transactions {
  readonly #open = new WeakMap<Connection, { commands: number; readonly asked: Classified[] }>()

  /** A command that is queued. `asks`: what it asks of the topic, if anything. */
  queue({ connection }: Exchange, asks: Classified | undefined): void {
    const transaction = this.#open.get(connection) ?? { commands: 0, asked: [] }
    this.#open.set(connection, transaction)
    const place = transaction.commands++
    if (asks === undefined) return
    const { request } = asks
    // Nothing in a transaction waits.
    transaction.asked.push({ ...asks, place, request: request.kind === 'read' ? { ...request, timeoutMs: 0 } : request })
  }

  /** What EXEC stands for, or another command that ends a transaction. Undefined where nothing is asked of the topic. */
  ended({ command, connection }: Exchange): Classified | undefined {
    const { asked = [] } = this.#open.get(connection) ?? {}
    this.#open.delete(connection)
    const [first] = command === 'EXEC' ? asked.toSorted((a, b) => WEIGHT[a.request.kind] - WEIGHT[b.request.kind]) : []
    if (first?.request.kind !== 'command') return first
    const names = new Set(asked.map(({ request }) => (request as CommandRequest).name))
    return { ...first, request: { ...first.request, name: [...names].join(' ') } }
  }
}

/**
 * Topics and keys. A topic is the name that a run knows; the key is what the program reads. With `*` in the pattern each
 * run has a topic of its own; a program with a mind of its own reads another key that fits, and is followed there.
 *
 * Of several keys in one read the last is the topic, since whoever forgets a stream forgets one that is not the first. The
 * first is then what schedules call another topic.
 */
export class Topics {
  readonly #pattern: string
  readonly #fits: RegExp
  readonly #session = randomId()
  #topics = 0
  #topic = ''
  #followed: string | undefined
  #beside: string | undefined

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#fits = new RegExp(`^${pattern.split('*').map(escape).join('.*')}$`, 's')
  }

  /** The key of the run's topic. */
  get key(): string {
    return this.#followed ?? this.#topic
  }

  /** The topic of the next run. */
  next(): string {
    const before = this.#topic
    this.#topic = this.#pattern.replaceAll('*', `tailrace-${this.#session}-${++this.#topics}`)
    // Names that the program makes from the topic are made from the next one, too.
    const again = (key: string | undefined) => (before !== '' && key?.startsWith(before) ? this.#topic + key.slice(before.length) : key)
    this.#followed = again(this.#followed)
    this.#beside = again(this.#beside)
    return this.#topic
  }

  /** The program reads several streams at once. */
  get several(): boolean {
    return this.#beside !== undefined
  }

  /** Which of the keys of a request is the topic, if any. */
  among(keys: readonly string[]): string | undefined {
    const fitting = keys.filter((key) => key === this.#topic || this.#fits.test(key))
    const [first, last] = [fitting[0], fitting.at(-1)]
    if (first !== last) this.#beside = first
    // What it asks of the other stream alone says nothing of the topic.
    else if (first !== undefined && first === this.#beside && first !== this.key) return undefined
    const known = fitting.find((key) => key === this.key)
    if (known !== undefined && first === last) return known
    if (last !== undefined) this.#followed = last
    return last
  }

  /** Is one of them the topic, as far as can be told? Nothing is followed there. */
  includes(keys: readonly string[]): boolean {
    return keys.some((key) => key === this.key || this.#fits.test(key))
  }

  /** Is this command about the topic, or a channel about it? It is followed to no other key. */
  concerns({ keys, channels }: CommandRequest): boolean {
    return keys.includes(this.key) || channels.some((channel) => this.isAbout(channel))
  }

  /** A channel's name is the key, or made from it, or fits where the key would; so is that of a pattern of channels. */
  isAbout(channel: string): boolean {
    return channel.includes(this.key) || this.#fits.test(channel)
  }

  /** The key of a topic, or of a name that begins with it. */
  keyOf(topic: string): string {
    if (this.#beside !== undefined && topic === this.#topic + ELSEWHERE) return this.#beside
    return this.#followed !== undefined && topic.startsWith(this.#topic) ? this.#followed + topic.slice(this.#topic.length) : topic
  }
}

const escape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
