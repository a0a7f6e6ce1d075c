/**
 * Connections of ioredis that say what became of a command.
 *
 * The client is kept from every repair of its own: it neither reconnects, nor sends a command a second time, nor keeps
 * one for later. A command that was sent, and whose connection then breaks, rejects at once. So
 *
 *  - an append is never written twice (race R33), and its caller learns that the outcome is unknown;
 *  - a read never hangs on a connection that is gone (R34), nor is its `$` resolved anew behind its back (R9).
 *
 * Whoever needs a connection again opens a new one.
 */
import { Redis, type RedisOptions } from 'ioredis'
import { parseRedisUrl } from './redis-url.js'

/** Not to be changed by options: the promises above rest on them. */
const NO_REPAIRS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  retryStrategy: () => null,
  reconnectOnError: () => false,
  // The shapes of replies that version 5 has, also in version 6.
  replyMapping: 'legacy',
} as const satisfies RedisOptions

/** `keepAlive` finds a peer that vanished without a word; the rest spares round trips at the start. */
const DEFAULTS = { connectTimeout: 5_000, keepAlive: 10_000, disableClientInfo: true, enableReadyCheck: false } as const

export class Connections {
  readonly #options: RedisOptions & { replyMapping: 'legacy' }
  readonly #open = new Set<Connection>()
  readonly #idle: Connection[] = []
  #closed = false

  constructor(url: string, options: RedisOptions = {}) {
    this.#options = { ...DEFAULTS, ...parseRedisUrl(url), ...options, ...NO_REPAIRS }
  }

  get closed(): boolean {
    return this.#closed
  }

  /** A new connection; await its `ready()` before use. */
  open(): Connection {
    if (this.#closed) throw new Error('the repository is closed')
    const connection = new Connection(new Redis(this.#options))
    this.#open.add(connection)
    void connection.ended.then(() => this.#open.delete(connection))
    return connection
  }

  /** A connection that nobody else uses until it is given back. */
  take(): Connection {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (idle.usable) return idle
    return this.open()
  }

  giveBack(connection: Connection): void {
    if (connection.usable) this.#idle.push(connection)
    else connection.cut()
  }

  /** Cuts every connection. Resolves when their sockets are closed. */
  async close(): Promise<void> {
    this.#closed = true
    const open = [...this.#open]
    for (const connection of open) connection.cut()
    await Promise.all(open.map((connection) => connection.ended))
  }
}

export class Connection {
  /** Resolves when the socket is closed. */
  readonly ended: Promise<void>
  #connecting: Promise<void> | undefined
  #lastError: Error | undefined
  #cut = false

  constructor(readonly client: Redis) {
    client.on('error', (error: Error) => (this.#lastError = error))
    this.ended = new Promise((resolve) => client.once('end', () => resolve()))
  }

  get usable(): boolean {
    return !this.#cut && this.client.status === 'ready'
  }

  /** Not yet ready, and not yet given up. */
  get connecting(): boolean {
    return !this.#cut && ['wait', 'connecting', 'connect'].includes(this.client.status)
  }

  /** @throws why it could not connect (the client itself would say no more than "Connection is closed"). */
  ready(): Promise<void> {
    this.#connecting ??= this.client.connect().catch((error: unknown) => {
      this.cut()
      throw this.reason(error)
    })
    return this.#connecting
  }

  /** At once: no reply is waited for, and what waits for one rejects. */
  cut(): void {
    if (this.#cut) return
    this.#cut = true
    this.client.disconnect()
    // `disconnect` only ends our half, and gives a server that does not answer two seconds for the other.
    this.client.stream?.destroy()
  }

  /** The socket's error where there was one, otherwise `error`. */
  reason(error: unknown): Error {
    return this.#lastError ?? (error as Error)
  }
}

/** Did the server itself answer with this error? The connection is then as good as before. */
export const isReplyError = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError'
