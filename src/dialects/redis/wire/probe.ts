/**
 * The probe of one program: a proxy in front of the Redis, which holds what concerns the topic, and tells the lint of everything
 * that goes to the server.
 */
import { parseRedisUrl } from '../../../adapters/redis-url.js'
import type { StreamId } from '../../../contract/stream-id.js'
import { PENDING } from '../../../history/event.js'
import type { Answer, Asked, ClientConnection, HeldRequest, Passing, Probe, ProbeListener } from '../../wire-dialect.js'
import type { LocalEnd } from '../client-list.js'
import { effectsOf } from '../effects.js'
import type { LintSession } from '../lint/lint.js'
import type { ClosedBy, Interceptor, ReplyDecision, RequestDecision } from '../proxy/interceptor.js'
import { type Connection, type Proxy, listen } from '../proxy/proxy.js'
import type { Exchange } from '../proxy/sides.js'
import { type Reply, type RespValue, encodeError } from '../resp/reply.js'
import { claimedByRead, claimedIn, lookBackOf } from './claims.js'
import {
  type Classified,
  ENDS_TRANSACTION,
  Scripts,
  type StreamRequest,
  type Topics,
  Transactions,
  answerTo,
  classify,
  cursorOf,
} from './classification.js'
import type { ModelledWaits, Server } from './modelled-waits.js'
import { DONE_WHILE_LOADING, mayRefuse } from './refusals.js'

export interface ProbeOptions {
  /** Of the Redis behind it. */
  readonly url: string
  readonly topics: Topics
  readonly listener: ProbeListener
  /** Those that are known. Default: none. */
  readonly scripts?: Scripts
  /** Takes down what looks dangerous. */
  readonly lint?: LintSession
  /** Where the wait of a BLOCK is modelled. */
  readonly waits?: ModelledWaits | undefined
  /** Gets the connections with a read that is in the server. */
  readonly reading?: Set<LocalEnd>
  /** Is awaited before an answer goes on: its connection may block anew as soon as the program has it. */
  readonly settled?: () => Promise<void>
}

const WRITES_A_SECOND = 20
const MAX_KEYS = 100

/** Resolves when programs can connect to it. */
export async function openProbe(options: ProbeOptions): Promise<Probe> {
  const probe = new RedisProbe(options)
  await probe.listen()
  return probe
}

class RedisProbe implements Probe, Interceptor {
  readonly seen = {
    commands: 0,
    streams: [] as string[],
    sideBySide: false,
    unheld: new Set<string>(),
    groups: new Set<string>(),
    lookBacks: { answered: 0, idleMs: new Set<number>(), compares: false },
  }
  readonly #options: ProbeOptions
  readonly #scripts: Scripts
  readonly #server: Server
  readonly #transactions = new Transactions()
  /** At the server, or held. */
  readonly #open = new Map<Exchange, HeldCommand>()
  /** The same, and those whose answer is on its way. */
  readonly #asking = new Set<HeldCommand>()
  /** Connections that something was done on which a server does only once it has loaded its data. */
  readonly #served = new WeakSet<Connection>()
  /** Connections that have read the topic. */
  readonly #readers = new Set<ClientConnection>()
  /** Those that look for what is pending, and are not answered. */
  readonly #looking = new WeakSet<Exchange>()
  /** Connections with a message that is held. */
  readonly #holding = new Set<Connection>()
  #proxy!: Proxy

  constructor(options: ProbeOptions) {
    const { host, port, path, username, password } = parseRedisUrl(options.url)
    this.#options = options
    this.#scripts = options.scripts ?? new Scripts()
    this.#server = {
      upstream: path === undefined ? { host: host!, port: port! } : { path },
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    }
  }

  async listen(): Promise<void> {
    this.#proxy = await listen({ upstream: this.#server.upstream, interceptor: this })
  }

  get host(): string {
    return this.#proxy.host
  }

  get port(): number {
    return this.#proxy.port
  }

  get url(): string {
    const { username, password, db } = parseRedisUrl(this.#options.url)
    const user = password === undefined ? '' : `${encodeURIComponent(username ?? '')}:${encodeURIComponent(password)}@`
    return `redis://${user}${this.host}:${this.port}${db === undefined ? '' : `/${db}`}`
  }

  get connections(): readonly ClientConnection[] {
    return this.#proxy.connections.filter(({ open }) => open)
  }

  get listeners(): Probe['listeners'] {
    const all = this.#proxy.connections.filter(({ open, state }) => open && state.listens)
    return { all: all.length, held: all.filter((each) => this.#holding.has(each) || each.keepsBack).length }
  }

  get asks(): boolean {
    for (const each of this.#asking) if (each.over || each.passed) this.#asking.delete(each)
    return this.#asking.size > 0
  }

  get out(): number {
    if (!this.asks) return this.#readers.size
    const asking = new Set([...this.#asking].map(({ connection }) => connection))
    let out = 0
    for (const each of this.#readers) if (!asking.has(each)) out++
    return out
  }

  accepts(they: boolean): void {
    if (they) void this.#proxy.accept()
    else this.#proxy.refuse()
  }

  cut(): void {
    for (const connection of this.#proxy.connections) connection.destroy()
  }

  slow(bytesPerSecond: number): void {
    const slow = { bytesPerWrite: Math.ceil(bytesPerSecond / WRITES_A_SECOND), delayMs: 1000 / WRITES_A_SECOND }
    for (const connection of this.#proxy.connections) connection.slow(slow)
  }

  async close(): Promise<void> {
    await this.#proxy.close()
    this.#options.lint?.end()
  }

  // ── what goes through the proxy ──────────────────────────────────────────────────────────────────────────────────────

  request(exchange: Exchange): Promise<RequestDecision> | undefined {
    this.seen.commands++
    const ended = ENDS_TRANSACTION.has(exchange.command) ? this.#transactions.ended(exchange) : undefined
    const about = ended ?? this.#classified(exchange)
    this.#looksBack(exchange)
    // What is queued in a transaction is asked with its EXEC.
    if (exchange.queued) this.#transactions.queue(exchange, about)
    else if (about !== undefined) return this.#hold(exchange, about)
    const unheld = this.#unheldRead(exchange)
    if (unheld !== undefined) this.seen.unheld.add(unheld)
    this.#options.lint?.request(exchange)
    return undefined
  }

  reply(exchange: Exchange, reply: Reply): Promise<ReplyDecision> | undefined {
    this.#options.lint?.reply(exchange, reply)
    if (!DONE_WHILE_LOADING.has(exchange.command)) this.#served.add(exchange.connection)
    const held = this.#open.get(exchange)
    this.#answered(exchange, reply)
    if (held === undefined) return this.#claimed(exchange, reply)
    this.#open.delete(exchange)
    return held.answered(reply)
  }

  push(connection: Connection, reply: Reply): Promise<void> | undefined {
    const message = pubSubMessage(reply.value())
    if (message === undefined || !this.#options.topics.isAbout(message.channel)) return undefined
    this.#holding.add(connection)
    return new Promise((resolve) => {
      const pass = () => {
        this.#holding.delete(connection)
        resolve()
      }
      this.#options.listener.onMessage({ connection, text: message.text, pass })
    })
  }

  /** A program that was ended leaves nobody to answer. */
  ended(connection: Connection): void {
    if ([...this.#open.keys()].some((exchange) => exchange.connection === connection)) connection.destroy()
  }

  closed(connection: Connection, by: ClosedBy): void {
    const { lint, waits, listener } = this.#options
    lint?.closed(connection, by)
    for (const [exchange, held] of this.#open) {
      if (exchange.connection !== connection) continue
      this.#open.delete(exchange)
      held.close()
    }
    this.#holding.delete(connection)
    this.#readers.delete(connection)
    waits?.forget(connection)
    listener.onOver()
  }

  /** What a request asks of the topic. */
  #classified({ request }: Exchange): Classified | undefined {
    const { topics } = this.#options
    const asked = classify(request) ?? this.#scripts.request(request)
    if (asked === undefined) return undefined
    if (asked.kind === 'command') return topics.concerns(asked) ? { request: asked, key: topics.key } : undefined
    const key = topics.among(asked.keys)
    if (this.seen.streams.length < MAX_KEYS) this.seen.streams.push(...asked.keys)
    return key === undefined ? undefined : { request: asked, key }
  }

  #hold(exchange: Exchange, about: Classified): Promise<RequestDecision> {
    const { waits, lint, listener } = this.#options
    const { request } = about
    const ask =
      waits !== undefined && request.kind === 'read' && request.timeoutMs > 0
        ? async () => {
            // Asked without its BLOCK, and on another connection: to the program it is its own.
            lint?.request(exchange)
            const reply = await waits.read(this.#server, exchange.connection, request, exchange.request.args)
            lint?.reply(exchange, reply)
            this.#answered(exchange, reply)
            return reply
          }
        : undefined
    const held = new HeldCommand(exchange, about, { ...this.#options, served: this.#served }, ask)
    if (this.seen.unheld.size > 0) this.seen.unheld.clear()
    this.#open.set(exchange, held)
    for (const { connection, over, passed } of this.#asking)
      if (connection !== exchange.connection && !over && !passed) this.seen.sideBySide = true
    this.#asking.add(held)
    if (request.kind === 'read') this.#readers.add(exchange.connection)
    listener.onRequest(held)
    // What the probe answers in the server's place is nothing that the server was asked.
    void held.decision.then(({ action }) => action === 'forward' && lint?.request(exchange))
    return held.decision
  }

  /** Notes in which groups the topic is read, and how what is pending in them is looked for. */
  #looksBack(exchange: Exchange): void {
    const { request } = exchange
    const read = request.name === 'XREADGROUP' ? classify(request) : undefined
    const lookBack = lookBackOf(request)
    if (read === undefined && lookBack === undefined) return
    const { key } = this.#options.topics
    const { groups, lookBacks } = this.seen
    if (read?.kind === 'read' && read.group !== undefined && read.keys.includes(key)) {
      groups.add(read.group)
      const idleMs = claimedByRead(request)
      if (idleMs !== undefined) lookBacks.idleMs.add(idleMs)
      if (idleMs !== undefined || cursorOf(read, key) === PENDING) this.#looking.add(exchange)
    }
    if (lookBack?.key !== key) return
    groups.add(lookBack.group)
    if (lookBack.idleMs === undefined) lookBacks.compares = true
    else lookBacks.idleMs.add(lookBack.idleMs)
    this.#looking.add(exchange)
  }

  #answered(exchange: Exchange, { isError }: Reply): void {
    if (this.#looking.delete(exchange) && !isError) this.seen.lookBacks.answered++
  }

  /**
   * A claim passes by as it comes: most find nothing, and come from timers. One that was given entries is held with its answer, as
   * those of reads are.
   */
  #claimed(exchange: Exchange, reply: Reply): Promise<ReplyDecision> | undefined {
    const { request } = exchange
    const { topics, listener } = this.#options
    const lookBack = exchange.queued ? undefined : lookBackOf(request)
    if (!lookBack?.claims || lookBack.key !== topics.key) return undefined
    const ids = claimedIn(request, topics.key, reply.value()).map(({ id }) => id)
    if (ids.length === 0) return undefined
    const about: Classified = { request: { kind: 'command', name: request.name, keys: [topics.key], channels: [] }, key: topics.key }
    const held = new HeldCommand(exchange, about, { ...this.#options, served: this.#served }, undefined, ids)
    this.#asking.add(held)
    const passing = held.answered(reply)
    listener.onRequest(held)
    return passing
  }

  /** A command that passes by unheld, and may read the topic, in words. */
  #unheldRead({ command, request }: Exchange): string | undefined {
    const keys = this.#scripts.unknown(request)
    return keys.length > 0 && this.#options.topics.includes(keys)
      ? `${command} of a script whose text has not passed (let the program load it: SCRIPT FLUSH)`
      : undefined
  }
}

const ends = new WeakMap<Connection, LocalEnd>()

/** Our end of its connection to the server, by which the server lists it. The same object for the same connection. */
function endOf(connection: Connection): LocalEnd {
  const known = ends.get(connection)
  if (known !== undefined || connection.addr === undefined) return known ?? {}
  const colon = connection.addr.lastIndexOf(':')
  const end = { localAddress: connection.addr.slice(0, colon), localPort: Number(connection.addr.slice(colon + 1)) }
  ends.set(connection, end)
  return end
}

type HeldOptions = Pick<ProbeOptions, 'reading' | 'settled'> & { readonly served: WeakSet<Connection> }

class HeldCommand implements HeldRequest {
  over = false
  /** Its answer has gone to the program. */
  passed = false
  readonly asks: Asked
  readonly connection: ClientConnection
  readonly stream: string
  readonly decision: Promise<RequestDecision>
  readonly #exchange: Exchange
  readonly #request: StreamRequest
  /** Of its answer among those of a transaction. */
  readonly #place: number | undefined
  readonly #options: HeldOptions
  /** Asks in the place of the server. */
  readonly #ask: (() => Promise<Reply>) | undefined
  /** What a claim was given, whose answer alone is held. */
  readonly #claimed: readonly StreamId[] | undefined
  #forward!: (decision: RequestDecision) => void
  #answer: ((value: RespValue) => void) | undefined
  #fail: ((error: Error) => void) | undefined
  #pass: ((decision: ReplyDecision) => void) | undefined
  #size = 0

  constructor(
    exchange: Exchange,
    { request, key, place }: Classified,
    options: HeldOptions,
    ask: (() => Promise<Reply>) | undefined,
    claimed?: readonly StreamId[],
  ) {
    this.#claimed = claimed
    this.#exchange = exchange
    this.#request = request
    this.#place = place
    this.#options = options
    this.#ask = ask
    this.connection = exchange.connection
    this.stream = key
    this.asks = askedBy(request, key)
    this.decision = new Promise((resolve) => (this.#forward = resolve))
  }

  mayBeRefused(message: string): boolean {
    // A server refuses what is queued in a transaction when it comes, and that has passed.
    if (this.#place !== undefined) return false
    const request = this.#request
    const writes = request.kind === 'command' || (request.kind === 'read' && request.group !== undefined)
    return mayRefuse(message, { writes, isFirst: !this.#options.served.has(this.#exchange.connection) })
  }

  async send(): Promise<Answer> {
    const { reading, settled } = this.#options
    const end = this.#request.kind === 'read' ? endOf(this.#exchange.connection) : undefined
    if (end !== undefined) reading?.add(end)
    try {
      return this.#given(await this.#sent())
    } finally {
      await settled?.()
      if (end !== undefined) reading?.delete(end)
    }
  }

  #sent(): Promise<RespValue> {
    if (this.over) return Promise.reject(gone())
    // It was answered before it was held.
    if (this.#claimed !== undefined) return Promise.resolve({ type: 'null' })
    return new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
      if (this.#ask === undefined) this.#forward({ action: 'forward' })
      else this.#ask().then((reply) => this.#answeredByUs(reply), reject)
    })
  }

  /** The server has answered. */
  answered(reply: Reply): Promise<ReplyDecision> {
    this.#size = reply.size
    const passing = new Promise<ReplyDecision>((resolve) => (this.#pass = resolve))
    const value = reply.value()
    // A transaction that was not executed is answered as a whole.
    const place = this.#place
    this.#answer?.(place === undefined || value.type !== 'array' ? value : (value.items[place] ?? { type: 'null' }))
    return passing
  }

  #answeredByUs(reply: Reply): void {
    const bytes = Buffer.concat(reply.raw)
    this.#size = bytes.length
    this.#pass = (decision) => {
      if (decision.action === 'replace') this.#forward({ action: 'answer', reply: decision.reply })
      else this.#forward({ action: 'answer', reply: bytes, ...(decision.action === 'cut' ? { after: decision.after } : {}) })
    }
    this.#answer?.(reply.value())
  }

  #given(value: RespValue): Answer {
    if (this.#claimed !== undefined) return { kind: 'entries', ids: this.#claimed }
    const answer = answerTo(this.#request, value, this.stream)
    if (answer.kind !== 'entries') return answer
    return { kind: 'entries', ids: answer.entries.filter(({ key }) => key === this.stream).map(({ id }) => id) }
  }

  pass(passing: Passing): void {
    this.passed = passing.is !== 'withheld'
    // A fault that keeps the request from the server answers in its place.
    if (this.#pass === undefined) {
      // What was queued before an EXEC would be left at the server: it goes with the connection.
      if (passing.is === 'error' && this.#place === undefined) this.#forward({ action: 'answer', reply: encodeError(passing.error) })
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
    this.#exchange.connection.destroy()
  }

  /** Its connection is closed. */
  close(): void {
    this.over = true
    this.#fail?.(gone())
  }
}

const gone = () => new Error('the connection was closed')

function askedBy(request: StreamRequest, key: string): Asked {
  switch (request.kind) {
    case 'tail':
      return { kind: 'tail' }
    case 'read':
      return {
        kind: 'read',
        cursor: cursorOf(request, key),
        count: request.count,
        timeoutMs: request.timeoutMs,
        ...(request.noAck && { acknowledges: true }),
      }
    case 'command':
      return { kind: 'command', name: request.name, does: effectsOf(request.name) }
  }
}

/** The channel and the text of a message of pub/sub; undefined for everything else that comes unasked. */
function pubSubMessage(value: RespValue): { readonly channel: string; readonly text: string } | undefined {
  if (value.type !== 'array' && value.type !== 'push') return undefined
  const words = value.items.map((item) => (item.type === 'bulk' ? item.bytes.toString() : ''))
  const [kind = ''] = words
  if (!['message', 'pmessage', 'smessage'].includes(kind)) return undefined
  // A pattern stands before the channel.
  return { channel: words.at(-2)!, text: words.at(-1)! }
}
