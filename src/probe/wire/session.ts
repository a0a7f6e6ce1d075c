/**
 * What the commands of a connection have made of it, and how many replies each of them gets.
 *
 * Two clocks. Whether a request is answered at all (CLIENT REPLY), and whether it is within MULTI, must be known when it is
 * sent. Everything else changes when the server says that it has: `protocol`, `db` and `name` are as of the last reply.
 */
import type { Exchange } from './exchange.js'
import { PubSub, isPubSub } from './pub-sub.js'
import { sliceOf } from './resp/bytes.js'
import type { Protocol } from './resp/encode.js'
import type { Reply } from './resp/reply.js'
import type { Request } from './resp/request.js'

/** What the connection gets for a request: nothing, one reply, or a confirmation for each channel. */
export type Expected = 'nothing' | 'reply' | 'confirmations'

const LASTING = new Set(['SELECT', 'CLIENT', 'HELLO', 'RESET', 'MONITOR'])
const MONITORED = /^\+\d+\.\d+ \[/

export class Session {
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

  /** `request` goes to the server now. */
  sent(request: Request): Expected {
    if (request.argCount === 0) return 'nothing'
    const silenced = this.#silent || this.#skips
    this.#skips = false
    const command = request.name
    if (command === 'MULTI') this.inTransaction = true
    else if (command === 'EXEC' || command === 'DISCARD') this.inTransaction = false
    else if (command === 'RESET') {
      this.inTransaction = false
      this.#silent = false
    } else if (command === 'CLIENT' && !this.inTransaction && request.argCount === 3 && word(request, 1) === 'REPLY') {
      const expected = this.#replyMode(word(request, 2))
      if (expected) return expected
    }
    if (silenced) return 'nothing'
    return isPubSub(command) ? 'confirmations' : 'reply'
  }

  /** Whether `reply` comes by itself, `turn` being the exchange that is to be answered next. */
  isPush(reply: Reply, turn: Exchange | undefined): boolean {
    if (reply.type === '+') return this.#monitors && MONITORED.test(sliceOf(reply.raw, 0, Math.min(reply.size, 40)).toString('latin1'))
    return this.#pubSub.isPush(reply, this.protocol, turn && isPubSub(turn.command) ? turn.command : undefined)
  }

  /** Takes note of a push: a server may end a subscription by itself. */
  pushed(reply: Reply): void {
    if (reply.type !== '+') this.#pubSub.confirmed(reply)
  }

  /** Takes note of a reply to `exchange`, and tells whether it is the last one. */
  received(exchange: Exchange, reply: Reply): boolean {
    if ((reply.type === '*' || reply.type === '>') && isPubSub(exchange.command)) {
      this.#confirmations ??= this.#pubSub.expected(exchange.request)
      this.#pubSub.confirmed(reply)
      if (--this.#confirmations > 0) return false
      this.#confirmations = undefined
    } else if (exchange.queued && reply.type === '+') this.#queued.push(isLasting(exchange) ? exchange : undefined)
    else if (exchange.command === 'EXEC') this.#executed(reply)
    else if (exchange.command === 'DISCARD') this.#queued = []
    else if (!reply.isError && LASTING.has(exchange.command)) this.#apply(exchange.request)
    return true
  }

  #executed(reply: Reply): void {
    const queued = this.#queued
    this.#queued = []
    if (queued.every((exchange) => exchange === undefined)) return
    const value = reply.value()
    if (value.type !== 'array') return
    for (const [index, exchange] of queued.entries()) {
      if (exchange === undefined || value.items[index]?.type === 'error') continue
      if (isPubSub(exchange.command)) this.#pubSub.loseTrack()
      else this.#apply(exchange.request)
    }
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
      this.#monitors = false
      this.#queued = []
      this.#pubSub.reset()
    }
  }

  #hello(request: Request): void {
    if (request.argCount > 1) this.protocol = word(request, 1) === '3' ? 3 : 2
    for (let index = 2; index < request.argCount; ) {
      const option = word(request, index)
      if (option === 'SETNAME') this.name = request.arg(index + 1).toString()
      index += option === 'AUTH' ? 3 : 2
    }
  }
}

const word = (request: Request, index: number) => request.arg(index).toString('latin1').toUpperCase()

const isLasting = ({ command }: Exchange) => LASTING.has(command) || isPubSub(command)
