/** The probe of one session: where its program connects to, and what comes through. */
import { parseRedisUrl } from '../../../adapters/redis-url.js'
import type { LocalEnd } from '../client-list.js'
import type { Lint } from '../lint/lint.js'
import type { ClosedBy, ReplyDecision, RequestDecision } from '../proxy/interceptor.js'
import { type Connection, listen } from '../proxy/proxy.js'
import type { Exchange as RawExchange } from '../proxy/sides.js'
import { type Reply, type RespValue, encodeError } from '../resp/reply.js'
import {
  type Asked,
  type StreamRequest,
  Scripts,
  type Topics,
  Transactions,
  answerTo,
  commandRequest,
  streamRequest,
} from './classification.js'
import type { Answer, Exchange, From, Passing } from './exchange.js'
import type { ModelledWaits } from './modelled-waits.js'

/** Messages of a channel on their way to a program: each is held until it is let through. */
export interface Message {
  readonly from: From
  /** What it says, as text. */
  readonly text: string
  /** Its connection has ended. */
  over(): boolean
  /** Lets it through. */
  pass(): void
}

export interface Seen {
  readonly commands: number
  readonly keys: readonly string[]
  /** What may read the topic, and has passed by unheld since something was held. */
  readonly unheld: ReadonlySet<string>
}

export interface Line {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly topic: string
  /** What came through: for whoever wonders why nothing was held. */
  readonly seen: Seen
  /** Are new connections accepted from now on? */
  accepts(they: boolean): void
  /** Ends the connections that there are. */
  cut(): void
  /** In the order in which they were made. */
  readonly connections: readonly From[]
  /** How many of its connections listen to a channel, and how many of these have something that is held back. */
  readonly listeners: { readonly all: number; readonly held: number }
  /** Is a request on the topic under way, or held? */
  readonly asks: boolean
  /** From now on replies pass at this pace. */
  slow(bytesPerSecond: number): void
  /** Ends every connection, and listens no more. */
  close(): Promise<void>
}

export interface LineOptions {
  /** Of the Redis behind it. */
  readonly url: string
  readonly topic: string
  readonly topics: Topics
  readonly onRequest: (exchange: Exchange) => void
  readonly onMessage: (message: Message) => void
  /** A connection has ended, and its requests with it. */
  readonly onOver: () => void
  /** Takes down what looks dangerous; the topic is shown there under this name. */
  /** Those that are known. Default: none. */
  readonly scripts?: Scripts
  readonly lint?: { readonly by: Lint; readonly topicShownAs: string }
  /** Where the wait of a BLOCK is modelled. */
  readonly waits?: ModelledWaits | undefined
}

const WRITES_A_SECOND = 20
const MAX_KEYS = 100

export async function openLine({
  url,
  topic,
  topics,
  onRequest,
  onMessage,
  onOver,
  scripts = new Scripts(),
  lint,
  waits,
}: LineOptions): Promise<Line> {
  const { host, port, path, username, password, db } = parseRedisUrl(url)
  const upstream = path === undefined ? { host: host!, port: port! } : { path }
  const server = { upstream, ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
  const open = new Map<RawExchange, HeldExchange>()
  const holding = new Set<Connection>()
  const asking = new Set<HeldExchange>()
  const seen = { commands: 0, keys: [] as string[], unheld: new Set<string>() }
  const looker = lint?.by.session({ topic, shownAs: lint.topicShownAs })
  const end = (connection: Connection, by: ClosedBy) => {
    looker?.closed(connection, by)
    for (const [raw, held] of open) {
      if (raw.connection !== connection) continue
      open.delete(raw)
      held.close()
    }
    holding.delete(connection)
    waits?.forget(connection)
    onOver()
  }
  const hold = (raw: RawExchange, held: HeldExchange) => {
    seen.unheld.clear()
    open.set(raw, held)
    asking.add(held)
    onRequest(held)
    // What the probe answers in the server's place is nothing that the server was asked.
    void held.decision.then(({ action }) => action === 'forward' && looker?.request(raw))
    return held.decision
  }
  const transactions = new Transactions()
  const askedOf = (args: readonly Buffer[]): Asked | undefined => {
    const request = streamRequest(args) ?? scripts.request(args)
    const key = request && topics.among(request.keys)
    if (request !== undefined && seen.keys.length < MAX_KEYS) seen.keys.push(...request.keys)
    if (request !== undefined && key !== undefined) return { request, key }
    const command = commandRequest(args)
    return command !== undefined && topics.concerns(command) ? { request: command, key: topics.key } : undefined
  }
  const proxy = await listen({
    upstream,
    interceptor: {
      request: (raw) => {
        seen.commands++
        const { args } = raw.request
        if (raw.queued) transactions.queue(raw, askedOf(args))
        const asked = raw.queued ? undefined : (transactions.executed(raw) ?? askedOf(args))
        if (asked === undefined) {
          const unheld = unheldRead(args, scripts, topics)
          if (unheld !== undefined) seen.unheld.add(unheld)
          looker?.request(raw)
          return undefined
        }
        const { request, key, place } = asked
        const ask =
          waits !== undefined && request.kind === 'read' && request.timeoutMs > 0
            ? () => waits.read(server, raw.connection, request, args)
            : undefined
        return hold(raw, new HeldExchange(raw, request, key, { ask, place }))
      },
      reply: (raw, reply) => {
        looker?.reply(raw, () => reply.value())
        const held = open.get(raw)
        open.delete(raw)
        return held?.answered(reply)
      },
      push: (connection, reply) => {
        const message = pubSubMessage(reply.value())
        if (message === undefined || !topics.isAbout(message.channel)) return
        holding.add(connection)
        return new Promise<void>((resolve) => {
          const pass = () => {
            holding.delete(connection)
            resolve()
          }
          onMessage({ from: connection, text: message.text, over: () => !connection.open, pass })
        })
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
    cut: () => {
      for (const connection of proxy.connections) connection.destroy()
    },
    get connections() {
      return proxy.connections.filter(({ open: isOpen }) => isOpen)
    },
    get asks() {
      for (const each of asking) if (each.over || each.passed) asking.delete(each)
      return asking.size > 0
    },
    get listeners() {
      const all = proxy.connections.filter(({ open: isOpen, state }) => isOpen && state.listens)
      return { all: all.length, held: all.filter((each) => holding.has(each) || each.keepsBack).length }
    },
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

/** A request of a program that concerns the topic: held before it goes to the server, and its answer before the program has it. */
class HeldExchange implements Exchange {
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

/** The channel and the text of a message of pub/sub; undefined for everything else that comes unasked. */
function pubSubMessage(value: RespValue): { readonly channel: string; readonly text: string } | undefined {
  if (value.type !== 'array' && value.type !== 'push') return undefined
  const words = value.items.map((item) => (item.type === 'bulk' ? item.bytes.toString() : ''))
  const [kind = ''] = words
  if (!['message', 'pmessage', 'smessage'].includes(kind)) return undefined
  // A pattern stands before the channel.
  return { channel: words.at(-2)!, text: words.at(-1)! }
}

// ── What there was to see of a program that came to no gate

const SHOWN = 5

export function unseenOn(lines: readonly Line[], pattern: string): string {
  const commands = lines.reduce((all, { seen }) => all + seen.commands, 0)
  if (commands === 0) return 'no command came through the probe: does the program take its address from where it is told to?'
  const unheld = unheldOn(lines)
  if (unheld !== undefined) return unheld
  const read = [...new Set(lines.flatMap(({ seen }) => seen.keys))].slice(0, SHOWN)
  const what = read.length === 0 ? 'none of them reads a stream' : `it reads ${read.join(', ')}`
  return `${commands} commands came through the probe, and ${what}: does the topic "${pattern}" fit?`
}

/** Why the program may be reading without our knowing. */
export function unheldOn(lines: readonly Line[]): string | undefined {
  const ways = [...new Set(lines.flatMap(({ seen }) => [...seen.unheld]))]
  return ways.length === 0 ? undefined : `it reads where it cannot be held: ${ways.join(', ')}`
}

/** A command that passes by unheld, and may read the topic, in words. */
function unheldRead(args: readonly Buffer[], scripts: Scripts, topics: Topics): string | undefined {
  return topics.includes(scripts.unknown(args))
    ? `${String(args[0]).toUpperCase()} of a script whose text has not passed (let the program load it: SCRIPT FLUSH)`
    : undefined
}
