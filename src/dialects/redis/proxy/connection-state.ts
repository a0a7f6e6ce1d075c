/**
 * What the commands of a connection have made of it, and how many replies each of them gets.
 *
 * Everything here is as of the reply that was read last: a server handles the requests of a connection one after the
 * other, so when a request's turn to be answered comes, what it meets is known. What is told when it is sent would be a
 * guess: CLIENT REPLY OFF fails while something is subscribed, MULTI within MULTI does nothing.
 *
 * Not followed: CLIENT REPLY within MULTI, where Redis leaves elements out of the reply to EXEC; and CLIENT REPLY that is
 * refused (NOAUTH, NOPERM).
 */
import type { Exchange } from './sides.js'
import { sliceOf } from '../resp/framing.js'
import type { Protocol, Reply, RespValue } from '../resp/reply.js'
import type { Request } from '../resp/request.js'

/** What the connection gets for a request: nothing, one reply, or a confirmation for each channel, or nothing instead. */
export type Expected = 'nothing' | 'reply' | 'confirmations' | 'confirmations, perhaps'

const LASTING = new Set(['SELECT', 'CLIENT', 'HELLO', 'RESET', 'MONITOR'])
/** What Redis does at once, also within MULTI. */
export const NEVER_QUEUED: ReadonlySet<string> = new Set(['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'RESET', 'QUIT'])
const MONITORED = /^\+\d+\.\d+ \[/

export class ConnectionState {
  protocol: Protocol = 2
  db = 0
  /** As given by CLIENT SETNAME or HELLO … SETNAME; empty without. */
  name = ''
  inTransaction = false
  readonly #pubSub = new PubSub()
  #monitors = false
  #silent = false
  #skips = false
  /** What is lasting of the commands that MULTI has queued, at their places. */
  #queued: (Exchange | undefined)[] = []
  /** Confirmations that the request in turn still waits for; undefined before the first. */
  #confirmations: number | undefined

  /** Is a channel, or a pattern of them, subscribed? */
  get listens(): boolean {
    return this.#pubSub.active
  }

  /** It is the turn of `exchange` to be answered. */
  expects(exchange: Exchange): Expected {
    const { request, command } = exchange
    if (command === 'RESET') this.#silent = false
    const silenced = this.#silent || this.#skips
    this.#skips = false
    if (request.argCount === 0) return 'nothing'
    if (command === 'CLIENT' && request.argCount === 3 && word(request, 1) === 'REPLY' && !this.inTransaction && !this.#restricted) {
      const expected = this.#replyMode(word(request, 2))
      if (expected) return expected
    }
    // Redis confirms subscriptions even where it is told to be silent (from 7.0 on).
    if (isPubSub(command) && !this.inTransaction) return silenced ? 'confirmations, perhaps' : 'confirmations'
    if (!silenced) return 'reply'
    if (!this.#restricted || command === 'RESET') this.#unseen(exchange)
    return 'nothing'
  }

  /** Whether `reply` comes by itself, `turn` being the exchange that is to be answered next. */
  isPush(reply: Reply, turn: Exchange | undefined): boolean {
    if (reply.type === '+') return this.#monitors && MONITORED.test(sliceOf(reply.raw, 0, Math.min(reply.size, 40)).toString('latin1'))
    if (reply.type !== '>' && (this.protocol === 3 || !this.#pubSub.active)) return false
    return this.#pubSub.isPush(reply, turn && isPubSub(turn.command) ? turn.command : undefined)
  }

  /** Takes note of a push: a server may end a subscription by itself. */
  pushed(reply: Reply): void {
    if (reply.type !== '+' && this.#pubSub.isConfirmation(reply)) this.#pubSub.confirmed(reply.value())
  }

  /** Whether `reply` is one that `exchange` can get when it may get confirmations or nothing. */
  confirms(exchange: Exchange, reply: Reply): boolean {
    return this.#pubSub.isConfirmation(reply, exchange.command)
  }

  /** Takes note of a reply to `exchange`, and tells whether it is the last one. */
  received(exchange: Exchange, reply: Reply): boolean {
    const { command } = exchange
    if ((reply.type === '*' || reply.type === '>') && isPubSub(command)) {
      this.#confirmations ??= this.#pubSub.expected(exchange.request)
      this.#pubSub.confirmed(reply.value())
      if (--this.#confirmations > 0) return false
      this.#confirmations = undefined
    } else if (command === 'EXEC' || command === 'DISCARD') this.#endTransaction(command, reply)
    else if (reply.isError) return true
    else if (command === 'MULTI') this.inTransaction = true
    else if (this.inTransaction && !NEVER_QUEUED.has(command)) this.#queued.push(isLasting(exchange) ? exchange : undefined)
    else if (LASTING.has(command)) this.#apply(exchange.request)
    return true
  }

  /** While something is subscribed, RESP2 has room for hardly anything else: Redis refuses it. */
  get #restricted(): boolean {
    return this.protocol === 2 && this.#pubSub.active
  }

  /** EXEC and DISCARD end a transaction, also where they fail. */
  #endTransaction(command: string, reply: Reply | undefined): void {
    const queued = this.#queued
    this.#queued = []
    this.inTransaction = false
    if (command === 'DISCARD' || reply?.isError || queued.every((exchange) => exchange === undefined)) return
    const value = reply?.value()
    if (value && value.type !== 'array') return
    for (const [index, exchange] of queued.entries()) {
      const item = value?.items[index]
      if (exchange === undefined || item?.type === 'error') continue
      if (!isPubSub(exchange.command)) this.#apply(exchange.request)
      else if (item) this.#pubSub.confirmed(item)
    }
  }

  /** Nobody says whether it worked: taken for granted. */
  #unseen(exchange: Exchange): void {
    const { command } = exchange
    if (command === 'MULTI') this.inTransaction = true
    else if (command === 'EXEC' || command === 'DISCARD') this.#endTransaction(command, undefined)
    else if (this.inTransaction && !NEVER_QUEUED.has(command)) this.#queued.push(isLasting(exchange) ? exchange : undefined)
    else if (LASTING.has(command)) this.#apply(exchange.request)
  }

  #replyMode(mode: string): Expected | undefined {
    if (mode === 'ON') this.#silent = false
    else if (mode === 'OFF') this.#silent = true
    else if (mode === 'SKIP') this.#skips = !this.#silent
    else return undefined
    return mode === 'ON' ? 'reply' : 'nothing'
  }

  #apply(request: Request): void {
    const command = request.name
    if (command === 'SELECT') this.db = Number(request.arg(1).toString('latin1'))
    else if (command === 'MONITOR') this.#monitors = true
    else if (command === 'CLIENT' && word(request, 1) === 'SETNAME') this.name = request.arg(2).toString()
    else if (command === 'HELLO') this.#hello(request)
    else if (command === 'RESET') {
      this.protocol = 2
      this.db = 0
      this.name = ''
      this.inTransaction = false
      this.#monitors = false
      this.#queued = []
      this.#pubSub.reset()
    }
  }

  #hello(request: Request): void {
    if (request.argCount > 1) {
      const version = word(request, 1)
      // It fails, which is not seen where the server is silenced.
      if (version !== '2' && version !== '3') return
      this.protocol = version === '3' ? 3 : 2
    }
    for (let index = 2; index < request.argCount; ) {
      const option = word(request, index)
      if (option === 'SETNAME') this.name = request.arg(index + 1).toString()
      index += option === 'AUTH' ? 3 : 2
    }
  }
}

const word = (request: Request, index: number) => request.arg(index).toString('latin1').toUpperCase()

const isLasting = ({ command }: Exchange) => LASTING.has(command) || isPubSub(command)

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

const isPubSub = (command: string): boolean => COMMANDS.has(command)

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
class PubSub {
  readonly #subscribed: Readonly<Record<Family, Set<string>>> = { channels: new Set(), patterns: new Set(), shards: new Set() }

  /** Is anything subscribed? */
  active = false

  reset(): void {
    for (const set of Object.values(this.#subscribed)) set.clear()
    this.active = false
  }

  /** `command`: that of the request which is to be answered next, if it is one of pub/sub. */
  isPush(reply: Reply, command: string | undefined): boolean {
    if (reply.type === '>') return command === undefined || wordOf(reply) !== command.toLowerCase()
    if (reply.type !== '*') return false
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
    const { channels, patterns, shards } = this.#subscribed
    this.active = channels.size + patterns.size + shards.size > 0
  }
}

function wordOf(reply: Reply): string | undefined {
  return FIRST_WORD.exec(sliceOf(reply.raw, 0, Math.min(reply.size, FIRST_WORD_SIZE)).toString('latin1'))?.[1]
}
