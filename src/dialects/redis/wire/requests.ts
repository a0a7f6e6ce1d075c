/**
 * What a command means to a stream consumer: a read cycle, a question for the tail, a look back, or nothing of interest.
 *
 * | command | gate |
 * |---|---|
 * | `XREAD`, `XREADGROUP` | `read-called` … `read-returned` |
 * | `XRANGE`, and `XREVRANGE` without `COUNT 1` | the same: a read that never waits |
 * | `XREVRANGE key + - COUNT 1`, `XINFO STREAM` | `tail-called`, `tail-returned` |
 * | `XADD`, `XACK`, `XDEL`, `XTRIM`, `DEL`, `SUBSCRIBE`, `PUBLISH` and their like | `command-called`, `command-returned` |
 *
 * Source: the Redis commands of these names (https://redis.io/docs/latest/commands/).
 */
import { LATEST, ORIGIN } from '../../../contract/stream-id.js'
import { FOR_EVER } from '../../../history/event.js'

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
  /** A look back (XRANGE) and no wait for what comes. */
  readonly range?: true
  /** Made by a script, whose answer may have any form. */
  readonly script?: true
}

export interface TailRequest {
  readonly kind: 'tail'
  readonly keys: readonly [string]
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

/** Undefined for every command that is no read of a stream, and for one that the server will refuse. */
export function streamRequest(args: readonly Buffer[]): ReadRequest | TailRequest | undefined {
  switch (text(args[0]).toUpperCase()) {
    case 'XREAD':
    case 'XREADGROUP':
      return readRequest(args)
    case 'XRANGE':
      return rangeRequest(args, text(args[2]))
    case 'XREVRANGE':
      return countOf(args) === 1 && text(args[2]) === '+' ? tailRequest(args[1]) : rangeRequest(args, text(args[3]))
    case 'XINFO':
      return text(args[1]).toUpperCase() === 'STREAM' ? tailRequest(args[2]) : undefined
    default:
      return undefined
  }
}

/** What a consumer does on the topic, or on a channel about it, beside reading. */
export function commandRequest(args: readonly Buffer[]): CommandRequest | undefined {
  const name = text(args[0]).toUpperCase()
  switch (name) {
    case 'XADD':
    case 'XACK':
    case 'XDEL':
    case 'XTRIM':
    case 'XACKDEL':
    case 'XDELEX':
      return { kind: 'command', name, keys: [text(args[1])], channels: [] }
    case 'DEL':
    case 'UNLINK':
      return { kind: 'command', name, keys: args.slice(1).map(text), channels: [] }
    case 'SUBSCRIBE':
    case 'PSUBSCRIBE':
    case 'SSUBSCRIBE':
      return { kind: 'command', name, keys: [], channels: args.slice(1).map(text) }
    case 'PUBLISH':
    case 'SPUBLISH':
      return { kind: 'command', name, keys: [], channels: [text(args[1])] }
    default:
      return undefined
  }
}

const tailRequest = (key: Buffer | undefined): TailRequest => ({ kind: 'tail', keys: [text(key)] })

/** The options in any order, as the server takes them. */
function readRequest(args: readonly Buffer[]): ReadRequest | undefined {
  let count = ALL
  let timeoutMs = 0
  let group: string | undefined
  for (let at = 1; at < args.length; at++) {
    const option = text(args[at]).toUpperCase()
    if (option === 'COUNT') count = positive(text(args[++at])) ?? ALL
    else if (option === 'BLOCK') timeoutMs = Number(text(args[++at])) || FOR_EVER
    else if (option === 'GROUP') {
      group = text(args[at + 1])
      // Behind it the consumer's name, which may be any word.
      at += 2
    } else if (option === 'STREAMS') {
      const names = args.slice(at + 1).map(text)
      if (names.length === 0 || names.length % 2 !== 0) return undefined
      const keys = names.slice(0, names.length / 2)
      const cursors = names.slice(keys.length)
      // What a member of a group was given before is looked up without any wait.
      if (group !== undefined && cursors.some((cursor) => cursor !== '>')) timeoutMs = 0
      return { kind: 'read', keys, cursors, count, timeoutMs, ...(group === undefined ? {} : { group }) }
    }
  }
  return undefined
}

const positive = (number: string): number | undefined => (Number(number) > 0 ? Number(number) : undefined)

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
