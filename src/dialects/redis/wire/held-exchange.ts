/** A request of a program that concerns the topic: held before it goes to the server, and its answer before the program has it. */
import type { Connection } from '../proxy/connection.js'
import type { Exchange as RawExchange } from '../proxy/exchange.js'
import type { ReplyDecision, RequestDecision } from '../proxy/interceptor.js'
import { encodeError } from '../resp/encode.js'
import type { Reply } from '../resp/reply.js'
import type { RespValue } from '../resp/value.js'
import type { LocalEnd } from '../client-list.js'
import type { Answer, Exchange, From, Passing } from './exchange.js'
import { answerTo } from './replies.js'
import type { StreamRequest } from './requests.js'

const ends = new WeakMap<Connection, LocalEnd>()

/** The same object for the same connection. */
function endOf(connection: Connection): LocalEnd {
  const known = ends.get(connection)
  if (known !== undefined || connection.addr === undefined) return known ?? {}
  const colon = connection.addr.lastIndexOf(':')
  const end = { localAddress: connection.addr.slice(0, colon), localPort: Number(connection.addr.slice(colon + 1)) }
  ends.set(connection, end)
  return end
}

export class HeldExchange implements Exchange {
  over = false
  /** Its answer has gone to the program, or will never. */
  passed = false
  readonly decision: Promise<RequestDecision>
  #forward!: (decision: RequestDecision) => void
  #answer: ((answer: Answer) => void) | undefined
  #fail: ((error: Error) => void) | undefined
  #pass: ((decision: ReplyDecision) => void) | undefined
  #size = 0

  constructor(
    readonly raw: RawExchange,
    readonly request: StreamRequest,
    readonly key: string,
    readonly how: {
      /** Asks in the place of the server. */
      readonly ask?: (() => Promise<Reply>) | undefined
      /** Of its answer among those of a transaction. */
      readonly place?: number | undefined
    } = {},
  ) {
    this.decision = new Promise((resolve) => (this.#forward = resolve))
  }

  get from(): From {
    return this.raw.connection
  }

  get end(): LocalEnd {
    return endOf(this.raw.connection)
  }

  send(): Promise<Answer> {
    if (this.over) return Promise.reject(gone())
    return new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
      if (this.how.ask === undefined) this.#forward({ action: 'forward' })
      else this.how.ask().then((reply) => this.#answeredByUs(reply), reject)
    })
  }

  answered(reply: Reply): Promise<ReplyDecision> {
    this.#size = reply.size
    const passing = new Promise<ReplyDecision>((resolve) => (this.#pass = resolve))
    this.#answer?.(answerTo(this.request, this.#own(reply.value())))
    return passing
  }

  /** A transaction that was not executed is answered as a whole. */
  #own(value: RespValue): RespValue {
    const { place } = this.how
    return place === undefined || value.type !== 'array' ? value : (value.items[place] ?? { type: 'null' })
  }

  #answeredByUs(reply: Reply): void {
    const bytes = Buffer.concat(reply.raw)
    this.#size = bytes.length
    this.#pass = (decision) => {
      if (decision.action === 'replace') this.#forward({ action: 'answer', reply: decision.reply })
      else this.#forward({ action: 'answer', reply: bytes, ...(decision.action === 'cut' ? { after: decision.after } : {}) })
    }
    this.#answer?.(answerTo(this.request, reply.value()))
  }

  pass(passing: Passing): void {
    this.passed = true
    // A fault that keeps the request from the server answers in its place.
    if (this.#pass === undefined) {
      if (passing.is === 'error') this.#forward({ action: 'answer', reply: encodeError(passing.error) })
      else if (passing.is !== 'withheld') this.#forward({ action: 'destroy' })
      return
    }
    switch (passing.is) {
      case 'forwarded':
        return this.#pass({ action: 'forward' })
      case 'withheld':
        return
      case 'lost':
        return this.#pass({ action: 'cut', after: 0 })
      case 'torn':
        return this.#pass({ action: 'cut', after: Math.ceil(this.#size / 2) })
      case 'error':
        return this.#pass({ action: 'replace', reply: encodeError(passing.error) })
    }
  }

  cut(): void {
    this.raw.connection.destroy()
  }

  /** Its connection is closed. */
  close(): void {
    this.over = true
    this.#fail?.(gone())
  }
}

const gone = () => new Error('the connection was closed')
