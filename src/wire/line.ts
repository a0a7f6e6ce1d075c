/** The probe of one session: where its program connects to, and what comes through. */
import { parseRedisUrl } from '../adapters/redis-url.js'
import type { Connection } from '../probe/wire/connection.js'
import type { Exchange as RawExchange } from '../probe/wire/exchange.js'
import type { ClosedBy, ReplyDecision, RequestDecision } from '../probe/wire/interceptor.js'
import { listen } from '../probe/wire/proxy.js'
import { encodeError } from '../probe/wire/resp/encode.js'
import type { Reply } from '../probe/wire/resp/reply.js'
import type { LocalEnd } from '../store/client-list.js'
import type { Answer, Exchange, Passing } from './exchange.js'
import type { Lint } from './lint/lint.js'
import { answerTo } from './replies.js'
import { type StreamRequest, streamRequest } from './requests.js'
import type { ModelledWaits } from './modelled-waits.js'

export interface Line {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly topic: string
  /** What came through: for whoever wonders why nothing was held. */
  readonly seen: { readonly commands: number; readonly keys: readonly string[] }
  /** Are new connections accepted from now on? */
  accepts(they: boolean): void
  /** From now on replies pass at this pace. */
  slow(bytesPerSecond: number): void
  /** Ends every connection, and listens no more. */
  close(): Promise<void>
}

export interface LineOptions {
  /** Of the Redis behind it. */
  readonly url: string
  readonly topic: string
  /** Which of these keys is the topic, if any. */
  readonly keyAmong: (keys: readonly string[]) => string | undefined
  readonly onRequest: (exchange: Exchange) => void
  /** A connection has ended, and its requests with it. */
  readonly onOver: () => void
  /** Takes down what looks dangerous; the topic is shown there under this name. */
  readonly lint?: { readonly by: Lint; readonly topicShownAs: string }
  /** Where the wait of a BLOCK is modelled. */
  readonly waits?: ModelledWaits | undefined
}

const WRITES_A_SECOND = 20
const MAX_KEYS = 100

export async function openLine({ url, topic, keyAmong, onRequest, onOver, lint, waits }: LineOptions): Promise<Line> {
  const { host, port, path, username, password, db } = parseRedisUrl(url)
  const upstream = path === undefined ? { host: host!, port: port! } : { path }
  const server = { upstream, ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
  const open = new Map<RawExchange, HeldExchange>()
  const seen = { commands: 0, keys: [] as string[] }
  const looker = lint?.by.session({ topic, shownAs: lint.topicShownAs })
  const end = (connection: Connection, by: ClosedBy) => {
    looker?.closed(connection, by)
    for (const [raw, held] of open) {
      if (raw.connection !== connection) continue
      open.delete(raw)
      held.close()
    }
    waits?.forget(connection)
    onOver()
  }
  const proxy = await listen({
    upstream,
    interceptor: {
      request: (raw) => {
        seen.commands++
        const request = raw.queued ? undefined : streamRequest(raw.request.args)
        const key = request && keyAmong(request.keys)
        if (request !== undefined && seen.keys.length < MAX_KEYS) seen.keys.push(...request.keys)
        if (request === undefined || key === undefined) {
          looker?.request(raw)
          return undefined
        }
        const read =
          waits !== undefined && request.kind === 'read' && request.timeoutMs > 0
            ? () => waits.read(server, raw.connection, request, raw.request.args)
            : undefined
        const held = new HeldExchange(raw, request, key, read)
        open.set(raw, held)
        onRequest(held)
        // What the probe answers in the server's place is nothing that the server was asked.
        void held.decision.then(({ action }) => action === 'forward' && looker?.request(raw))
        return held.decision
      },
      reply: (raw, reply) => {
        looker?.reply(raw, () => reply.value())
        const held = open.get(raw)
        open.delete(raw)
        return held?.answered(reply)
      },
      // A program that was ended leaves nobody to answer.
      ended: (connection) => {
        if ([...open.keys()].some((raw) => raw.connection === connection)) connection.destroy()
      },
      closed: end,
    },
  })
  const user = password === undefined ? '' : `${encodeURIComponent(username ?? '')}:${encodeURIComponent(password)}@`
  return {
    url: `redis://${user}${proxy.host}:${proxy.port}${db === undefined ? '' : `/${db}`}`,
    host: proxy.host,
    port: proxy.port,
    topic,
    seen,
    accepts: (they) => void (they ? proxy.accept() : proxy.refuse()),
    slow: (bytesPerSecond) => {
      const slow = { bytesPerWrite: Math.ceil(bytesPerSecond / WRITES_A_SECOND), delayMs: 1000 / WRITES_A_SECOND }
      for (const connection of proxy.connections) connection.slow(slow)
    },
    close: async () => {
      await proxy.close()
      looker?.end()
    },
  }
}

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

class HeldExchange implements Exchange {
  over = false
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
    /** Asks in the place of the server. */
    readonly ask?: () => Promise<Reply>,
  ) {
    this.decision = new Promise((resolve) => (this.#forward = resolve))
  }

  get end(): LocalEnd {
    return endOf(this.raw.connection)
  }

  send(): Promise<Answer> {
    if (this.over) return Promise.reject(gone())
    return new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
      if (this.ask === undefined) this.#forward({ action: 'forward' })
      else this.ask().then((reply) => this.#answeredByUs(reply), reject)
    })
  }

  answered(reply: Reply): Promise<ReplyDecision> {
    this.#size = reply.size
    const passing = new Promise<ReplyDecision>((resolve) => (this.#pass = resolve))
    this.#answer?.(answerTo(this.request, reply.value()))
    return passing
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
