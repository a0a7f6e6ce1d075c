/**
 * Which messages of a server answer a request, and which come by themselves.
 *
 * RESP3 marks the latter (`>`), and the confirmations of SUBSCRIBE and its like too, though they are replies. RESP2 marks
 * nothing: there the first word tells, but only while something is subscribed, because the reply to an LRANGE may look
 * the same. A server handles the requests of a connection one after the other, so what is subscribed when a message
 * comes is known from the messages before it.
 *
 * Not followed: SUBSCRIBE to several channels within MULTI, for which Redis breaks its own framing of EXEC.
 */
import { sliceOf } from '../resp/bytes.js'
import type { Reply } from '../resp/reply.js'
import type { Request } from '../resp/request.js'
import type { RespValue } from '../resp/value.js'

type Family = 'channels' | 'patterns' | 'shards'

const CONFIRMATIONS: Readonly<Record<string, { readonly family: Family; readonly adds: boolean }>> = {
  subscribe: { family: 'channels', adds: true },
  unsubscribe: { family: 'channels', adds: false },
  psubscribe: { family: 'patterns', adds: true },
  punsubscribe: { family: 'patterns', adds: false },
  ssubscribe: { family: 'shards', adds: true },
  sunsubscribe: { family: 'shards', adds: false },
}
const MESSAGES = new Set(['message', 'pmessage', 'smessage'])
/** `*3`, then the first element, a short bulk. */
const FIRST_WORD = /^[*>]\d+\r\n\$\d+\r\n([a-z]+)\r\n/
const FIRST_WORD_SIZE = 48

/** Asked for every message: no new string for it. */
const COMMANDS = new Set(Object.keys(CONFIRMATIONS).map((word) => word.toUpperCase()))

export const isPubSub = (command: string): boolean => COMMANDS.has(command)

export class PubSub {
  readonly #subscribed: Readonly<Record<Family, Set<string>>> = { channels: new Set(), patterns: new Set(), shards: new Set() }

  get active(): boolean {
    const { channels, patterns, shards } = this.#subscribed
    return channels.size + patterns.size + shards.size > 0
  }

  reset(): void {
    for (const set of Object.values(this.#subscribed)) set.clear()
  }

  /** `command`: that of the request which is to be answered next, if it is one of pub/sub. */
  isPush(reply: Reply, protocol: 2 | 3, command: string | undefined): boolean {
    if (reply.type === '>') return command === undefined || wordOf(reply) !== command.toLowerCase()
    if (reply.type !== '*' || protocol === 3 || !this.active) return false
    const word = wordOf(reply)
    return word !== undefined && (MESSAGES.has(word) || (word in CONFIRMATIONS && word !== command?.toLowerCase()))
  }

  /** How many confirmations `request` gets, as things stand before the first of them. */
  expected(request: Request): number {
    if (request.argCount > 1) return request.argCount - 1
    const { family } = CONFIRMATIONS[request.name.toLowerCase()]!
    return Math.max(1, this.#subscribed[family].size)
  }

  /** Whether it confirms a subscription or its end: that of `command`, where one is named. */
  isConfirmation(reply: Reply, command?: string): boolean {
    if (reply.type !== '*' && reply.type !== '>') return false
    const word = wordOf(reply)
    return word !== undefined && (command === undefined ? word in CONFIRMATIONS : word === command.toLowerCase())
  }

  /** Takes note of what a confirmation says, asked for or not. */
  confirmed(value: RespValue): void {
    if (value.type !== 'array' && value.type !== 'push') return
    const [word, channel] = value.items
    const confirmation = word?.type === 'bulk' ? CONFIRMATIONS[word.bytes.toString('latin1')] : undefined
    if (!confirmation || channel?.type !== 'bulk') return
    const set = this.#subscribed[confirmation.family]
    if (confirmation.adds) set.add(channel.bytes.toString('latin1'))
    else set.delete(channel.bytes.toString('latin1'))
  }
}

function wordOf(reply: Reply): string | undefined {
  return FIRST_WORD.exec(sliceOf(reply.raw, 0, Math.min(reply.size, FIRST_WORD_SIZE)).toString('latin1'))?.[1]
}
