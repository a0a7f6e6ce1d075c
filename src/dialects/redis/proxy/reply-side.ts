/**
 * From the server to the client. Turns are taken in the order of the requests: a turn is either an exchange that the
 * server is to answer, or an answer of the probe's own, which waits until all turns before it are through.
 */
import type { Connection } from './connection.js'
import type { Exchange } from './exchange.js'
import type { Interceptor, ReplyDecision } from './interceptor.js'
import type { Link } from './link.js'
import { Queue } from './queue.js'
import { sliceOf } from '../resp/bytes.js'
import type { Reply } from '../resp/reply.js'
import type { Expected } from './session.js'

type Turn =
  | { readonly exchange: Exchange; readonly answer?: undefined }
  | { readonly exchange?: undefined; readonly answer: Buffer; readonly after: number | undefined }

export class ReplySide {
  readonly #connection: Connection
  readonly #interceptor: Interceptor
  readonly #link: Link
  readonly #turns = new Queue<Turn>()
  /** Read, and not yet looked at: behind the one that is held. */
  readonly #waiting = new Queue<Reply>()
  #waitingSize = 0
  #held = false
  #out: Buffer[] = []
  #atEnd: (() => void) | undefined
  #strayed = false
  /** What the exchange gets whose turn it is; undefined before that was asked. */
  #expected: Expected | undefined

  constructor(connection: Connection, interceptor: Interceptor, link: Link) {
    this.#connection = connection
    this.#interceptor = interceptor
    this.#link = link
  }

  /** Bytes that wait behind a held reply. */
  get backlog(): number {
    return this.#waitingSize
  }

  /** The server is asked: its replies, if it gives any, have this turn. */
  expect(exchange: Exchange): void {
    this.#turns.push({ exchange })
  }

  /** The server is not asked: the client gets `answer` in this turn, or the first bytes of it and no more. */
  answer(answer: Buffer, after?: number): void {
    this.#turns.push({ answer, after })
    this.#go()
  }

  push(replies: readonly Reply[]): void {
    for (const reply of replies) {
      this.#waiting.push(reply)
      this.#waitingSize += reply.size
    }
    this.#go()
  }

  /** Does `last` when everything that the server said has gone to the client. */
  end(last: () => void): void {
    this.#atEnd = last
    this.#go()
  }

  #go(): void {
    while (!this.#held && this.#connection.open) {
      this.#take()
      const reply = this.#waiting.shift()
      if (reply === undefined) break
      this.#waitingSize -= reply.size
      this.#consider(reply)
    }
    if (!this.#connection.open) return
    this.#flush()
    if (!this.#held && this.#waiting.length === 0) this.#atEnd?.()
  }

  /** Goes over the turns that nothing is to be waited for, to the first one that the server is to answer. */
  #take(): void {
    for (let turn = this.#turns.peek(); turn && !this.#expected; turn = this.#turns.peek()) {
      if (turn.answer && turn.after !== undefined) return this.#cut([turn.answer], turn.after)
      if (turn.answer) this.#out.push(turn.answer)
      else {
        const expected = this.#connection.session.expects(turn.exchange)
        if (expected !== 'nothing') this.#expected = expected
      }
      if (!this.#expected) this.#turns.shift()
    }
  }

  #next(): void {
    this.#turns.shift()
    this.#expected = undefined
  }

  #consider(reply: Reply): void {
    const { session } = this.#connection
    const exchange = this.#turns.peek()?.exchange
    if (session.isPush(reply, exchange)) {
      session.pushed(reply)
      const passed = this.#interceptor.push?.(this.#connection, reply)
      return passed instanceof Promise ? this.#hold(reply, passed) : this.#forward(reply)
    }
    if (exchange === undefined) return this.#stray(reply)
    if (this.#expected === 'confirmations, perhaps' && exchange.replies === 0 && !session.confirms(exchange, reply)) {
      // It was not confirmed, after all: this answers the next one.
      this.#next()
      this.#take()
      return this.#consider(reply)
    }
    exchange.replies++
    if (session.received(exchange, reply)) this.#next()
    const decision = this.#interceptor.reply?.(exchange, reply)
    if (decision === undefined) this.#forward(reply)
    else if (decision instanceof Promise) this.#hold(reply, decision)
    else this.#decided(reply, decision)
  }

  #hold(reply: Reply, decision: Promise<ReplyDecision | undefined | void>): void {
    this.#held = true
    const release = (made: ReplyDecision | undefined | void) => {
      if (!this.#connection.open) return
      this.#held = false
      this.#decided(reply, made ?? undefined)
      this.#go()
      this.#connection.flow()
    }
    decision.then(release).catch((error: unknown) => this.#connection.interceptorFailed(error))
  }

  #decided(reply: Reply, decision: ReplyDecision | undefined): void {
    switch (decision?.action) {
      case undefined:
      case 'forward':
        return this.#forward(reply)
      case 'replace':
        return void this.#out.push(decision.reply)
      case 'cut':
        return this.#cut(reply.raw, Math.min(decision.after, reply.size))
    }
  }

  #cut(raw: readonly Buffer[], after: number): void {
    if (after > 0) this.#out.push(sliceOf(raw, 0, after))
    this.#flush()
    this.#connection.finish()
  }

  /** A reply that we expected none for. The bytes are the client's all the same. */
  #stray(reply: Reply): void {
    if (!this.#strayed) this.#connection.log(`a reply of type '${reply.type}' that answers no request: passed on`)
    this.#strayed = true
    this.#forward(reply)
  }

  #forward(reply: Reply): void {
    for (const piece of reply.raw) this.#out.push(piece)
  }

  #flush(): void {
    if (this.#out.length === 0) return
    const out = this.#out
    this.#out = []
    this.#link.write(out)
  }
}
