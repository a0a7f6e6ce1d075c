/**
 * The two directions of a connection, and what goes through them in order.
 *
 * Requests: each in its turn, decided before the next one is looked at. Replies: turns are taken in the order of the requests;
 * a turn is either an exchange that the server is to answer, or an answer of the probe's own, which waits until all turns
 * before it are through.
 */
import type { Connection } from './proxy.js'
import { type Expected, NEVER_QUEUED } from './connection-state.js'
import type { Interceptor, ReplyDecision, RequestDecision } from './interceptor.js'
import type { Link } from './proxy.js'
import { sliceOf } from '../resp/framing.js'
import type { Reply } from '../resp/reply.js'
import type { Request } from '../resp/request.js'

/** A request of a client, and what became of it. No interceptor sees one of an empty request (a blank line), which nobody answers. */
export class Exchange {
  /** How many replies the server has given: `SUBSCRIBE a b` has two. */
  replies = 0
  /** In capitals. */
  readonly command: string

  constructor(
    readonly connection: Connection,
    readonly request: Request,
    /** Its place among the requests of the connection, from 1. */
    readonly index: number,
    /** Sent between MULTI and EXEC: the server will say `QUEUED` or refuse it, and what it did in the reply to EXEC. */
    readonly queued: boolean,
  ) {
    this.command = request.name
  }
}

/** From the client to the server. */
export class RequestSide {
  readonly #connection: Connection
  readonly #interceptor: Interceptor
  readonly #link: Link
  readonly #replies: ReplySide
  /** Read, and not yet looked at: behind the one that is held. */
  readonly #waiting = new Queue<Request>()
  /** Bytes that wait behind a held request. */
  backlog = 0
  #held = false
  #count = 0
  /** Between MULTI and EXEC, if the server takes them as they are meant. */
  #multi = false
  /** Decided, and to be written before anything else happens. */
  #out: Buffer[] = []
  #atEnd: (() => void) | undefined

  constructor(connection: Connection, interceptor: Interceptor, link: Link, replies: ReplySide) {
    this.#connection = connection
    this.#interceptor = interceptor
    this.#link = link
    this.#replies = replies
  }

  push(requests: readonly Request[]): void {
    for (const request of requests) {
      if (this.#held || !this.#connection.open) {
        this.#waiting.push(request)
        this.backlog += request.size
      } else this.#consider(request)
    }
    this.#settled()
  }

  /** Does `last` when everything that was read has gone to the server, or never will. */
  end(last: () => void): void {
    this.#atEnd = last
    this.#go()
  }

  #go(): void {
    while (!this.#held && this.#connection.open) {
      const request = this.#waiting.first
      if (request === undefined) break
      this.#waiting.shift()
      this.backlog -= request.size
      this.#consider(request)
    }
    this.#settled()
  }

  /** All that can be decided now has been. */
  #settled(): void {
    if (!this.#connection.open) return
    if (this.#out.length > 0) this.#flush()
    if (this.#atEnd && !this.#held && this.#waiting.length === 0) this.#link.end(this.#atEnd)
  }

  #consider(request: Request): void {
    // Nobody's to decide on; but it has a turn, because it uses up a CLIENT REPLY SKIP.
    if (request.argCount === 0) return this.#forward(new Exchange(this.#connection, request, this.#count, false))
    const queued = this.#multi && !NEVER_QUEUED.has(request.name)
    const exchange = new Exchange(this.#connection, request, ++this.#count, queued)
    const decision = this.#interceptor.request?.(exchange)
    if (decision === undefined) this.#forward(exchange)
    else if (decision instanceof Promise) this.#hold(exchange, decision)
    else this.#decided(exchange, decision)
  }

  #hold(exchange: Exchange, decision: Promise<RequestDecision | undefined>): void {
    this.#held = true
    whenDecided(this.#connection, decision, (made) => {
      this.#held = false
      this.#decided(exchange, made)
      this.#go()
    })
  }

  #decided(exchange: Exchange, decision: RequestDecision | undefined): void {
    switch (decision?.action) {
      case undefined:
      case 'forward':
        return this.#forward(exchange)
      case 'answer':
        return this.#replies.answer(decision.reply, decision.after)
      case 'destroy':
        // What came before it has reached the server, as on a network.
        this.#flush()
        return this.#connection.destroy()
    }
  }

  #forward(exchange: Exchange): void {
    const { command } = exchange
    if (command === 'MULTI') this.#multi = true
    else if (command === 'EXEC' || command === 'DISCARD' || command === 'RESET') this.#multi = false
    this.#replies.expect(exchange)
    for (const piece of exchange.request.raw) this.#out.push(piece)
  }

  #flush(): void {
    const out = this.#out
    this.#out = []
    this.#link.write(out)
  }
}

type Turn =
  | { readonly exchange: Exchange; readonly answer?: undefined }
  | { readonly exchange?: undefined; readonly answer: Buffer; readonly after: number | undefined }

/** From the server to the client. */
export class ReplySide {
  readonly #connection: Connection
  readonly #interceptor: Interceptor
  readonly #link: Link
  readonly #turns = new Queue<Turn>()
  /** Read, and not yet looked at: behind the one that is held. */
  readonly #waiting = new Queue<Reply>()
  /** Bytes that wait behind a held reply. */
  backlog = 0
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
      if (this.#held || !this.#connection.open) {
        this.#waiting.push(reply)
        this.backlog += reply.size
        continue
      }
      if (!this.#expected && this.#turns.first) this.#take()
      this.#consider(reply)
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
      if (!this.#expected && this.#turns.first) this.#take()
      const reply = this.#waiting.first
      if (reply === undefined) break
      this.#waiting.shift()
      this.backlog -= reply.size
      this.#consider(reply)
    }
    if (!this.#connection.open) return
    if (this.#out.length > 0) this.#flush()
    if (this.#atEnd && !this.#held && this.#waiting.length === 0) this.#atEnd()
  }

  /** Goes over the turns that nothing is to be waited for, to the first one that the server is to answer. */
  #take(): void {
    for (let turn = this.#turns.first; turn && !this.#expected; turn = this.#turns.first) {
      if (turn.answer && turn.after !== undefined) return this.#cut([turn.answer], turn.after)
      if (turn.answer) this.#out.push(turn.answer)
      else {
        const expected = this.#connection.state.expects(turn.exchange)
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
    const { state } = this.#connection
    const exchange = this.#turns.first?.exchange
    if (state.isPush(reply, exchange)) {
      state.pushed(reply)
      const passed = this.#interceptor.push?.(this.#connection, reply)
      return passed instanceof Promise ? this.#hold(reply, passed) : this.#forward(reply)
    }
    if (exchange === undefined) return this.#stray(reply)
    if (this.#expected === 'confirmations, perhaps' && exchange.replies === 0 && !state.confirms(exchange, reply)) {
      // It was not confirmed, after all: this answers the next one.
      this.#next()
      this.#take()
      return this.#consider(reply)
    }
    exchange.replies++
    if (state.received(exchange, reply)) this.#next()
    const decision = this.#interceptor.reply?.(exchange, reply)
    if (decision === undefined) this.#forward(reply)
    else if (decision instanceof Promise) this.#hold(reply, decision)
    else this.#decided(reply, decision)
  }

  #hold(reply: Reply, decision: Promise<ReplyDecision | undefined | void>): void {
    this.#held = true
    whenDecided(this.#connection, decision, (made) => {
      this.#held = false
      this.#decided(reply, made ?? undefined)
      this.#go()
    })
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
    const out = this.#out
    this.#out = []
    this.#link.write(out)
  }
}

/** Lets go what is held; nothing any more where its connection has ended by then. */
function whenDecided<D>(connection: Connection, decision: Promise<D>, decided: (made: D) => void): void {
  const release = (made: D) => {
    if (!connection.open) return
    decided(made)
    connection.flow()
  }
  decision.then(release).catch((error: unknown) => connection.interceptorFailed(error))
}

/** First in, first out, in constant time: `Array.shift` moves every element of a long pipeline. */
class Queue<T> {
  /** The next to come out. */
  first: T | undefined
  #items: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    if (this.#items.push(item) === this.#head + 1) this.first = item
  }

  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (this.#head === this.#items.length) return undefined
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    }
    this.first = this.#items[this.#head]
    return item
  }
}
