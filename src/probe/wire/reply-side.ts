/**
 * From the server to the client. Turns are taken in the order of the requests: a turn is either an exchange that the
 * server is to answer, or an answer of the probe's own, which waits until all turns before it are through.
 */
import type { Connection } from './connection.js'
import type { Exchange } from './exchange.js'
import type { Interceptor, ReplyDecision } from './interceptor.js'
import type { Link } from './link.js'
import { Queue } from './queue.js'
import { sliceOf } from './resp/bytes.js'
import type { Reply } from './resp/reply.js'

type Turn = { readonly exchange: Exchange; readonly answer?: undefined } | { readonly exchange?: undefined; readonly answer: Buffer }

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

  constructor(connection: Connection, interceptor: Interceptor, link: Link) {
    this.#connection = connection
    this.#interceptor = interceptor
    this.#link = link
  }

  /** Bytes that wait behind a held reply. */
  get backlog(): number {
    return this.#waitingSize
  }

  /** The server is asked: its reply has this turn. */
  expect(exchange: Exchange): void {
    this.#turns.push({ exchange })
  }

  /** The server is not asked: the client gets `answer` in this turn. */
  answer(answer: Buffer): void {
    this.#turns.push({ answer })
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
      for (let turn = this.#turns.peek(); turn?.answer; turn = this.#turns.peek()) {
        this.#out.push(turn.answer)
        this.#turns.shift()
      }
      const reply = this.#waiting.shift()
      if (reply === undefined) break
      this.#waitingSize -= reply.size
      this.#consider(reply)
    }
    if (!this.#connection.open) return
    this.#flush()
    if (!this.#held && this.#waiting.length === 0) this.#atEnd?.()
  }

  #consider(reply: Reply): void {
    const { session } = this.#connection
    const exchange = this.#turns.peek()?.exchange
    if (session.isPush(reply, exchange)) {
      session.pushed(reply)
      this.#interceptor.push?.(this.#connection, reply)
      return this.#forward(reply)
    }
    if (exchange === undefined) return this.#stray(reply)
    exchange.replies++
    if (session.received(exchange, reply)) this.#turns.shift()
    const decision = this.#interceptor.reply?.(exchange, reply)
    if (decision === undefined) this.#forward(reply)
    else if (decision instanceof Promise) this.#hold(reply, decision)
    else this.#decided(reply, decision)
  }

  #hold(reply: Reply, decision: Promise<ReplyDecision | undefined>): void {
    this.#held = true
    const release = (made: ReplyDecision | undefined) => {
      if (!this.#connection.open) return
      this.#held = false
      this.#decided(reply, made)
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
        if (decision.after > 0) this.#out.push(sliceOf(reply.raw, 0, Math.min(decision.after, reply.size)))
        this.#flush()
        return this.#connection.finish()
    }
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
