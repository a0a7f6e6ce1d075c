/** From the client to the server: each request in its turn, decided before the next one is looked at. */
import type { Connection } from './connection.js'
import { Exchange } from './exchange.js'
import type { Interceptor, RequestDecision } from './interceptor.js'
import type { Link } from './link.js'
import { Queue } from './queue.js'
import type { ReplySide } from './reply-side.js'
import type { Request } from '../resp/request.js'
import { NEVER_QUEUED } from './session.js'

export class RequestSide {
  readonly #connection: Connection
  readonly #interceptor: Interceptor
  readonly #link: Link
  readonly #replies: ReplySide
  /** Read, and not yet looked at: behind the one that is held. */
  readonly #waiting = new Queue<Request>()
  #waitingSize = 0
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

  /** Bytes that wait behind a held request. */
  get backlog(): number {
    return this.#waitingSize
  }

  push(requests: readonly Request[]): void {
    for (const request of requests) {
      this.#waiting.push(request)
      this.#waitingSize += request.size
    }
    this.#go()
  }

  /** Does `last` when everything that was read has gone to the server, or never will. */
  end(last: () => void): void {
    this.#atEnd = last
    this.#go()
  }

  #go(): void {
    while (!this.#held && this.#connection.open) {
      const request = this.#waiting.shift()
      if (request === undefined) break
      this.#waitingSize -= request.size
      this.#consider(request)
    }
    if (!this.#connection.open) return
    this.#flush()
    if (!this.#held && this.#waiting.length === 0 && this.#atEnd) this.#link.end(this.#atEnd)
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
    const release = (made: RequestDecision | undefined) => {
      if (!this.#connection.open) return
      this.#held = false
      this.#decided(exchange, made)
      this.#go()
      this.#connection.flow()
    }
    decision.then(release).catch((error: unknown) => this.#connection.interceptorFailed(error))
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
    if (this.#out.length === 0) return
    const out = this.#out
    this.#out = []
    this.#link.write(out)
  }
}
