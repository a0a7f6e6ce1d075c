/** The probe of one session: where its program connects to, and what comes through. */
import { parseRedisUrl } from '../../../adapters/redis-url.js'
import type { Connection } from '../proxy/connection.js'
import type { Exchange as RawExchange } from '../proxy/exchange.js'
import type { ClosedBy } from '../proxy/interceptor.js'
import { listen } from '../proxy/proxy.js'
import type { Exchange, From } from './exchange.js'
import { HeldExchange } from './held-exchange.js'
import type { Lint } from '../lint/lint.js'
import { type Message, messageOf } from './messages.js'
import type { ModelledWaits } from './modelled-waits.js'
import { commandRequest, streamRequest } from './requests.js'
import { Scripts } from './scripts.js'
import type { Topics } from './topics.js'
import { type Asked, Transactions } from './transactions.js'
import { unheldRead } from './unseen.js'

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
        const message = messageOf(reply.value())
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
      const all = proxy.connections.filter(({ open: isOpen, session }) => isOpen && session.listens)
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
