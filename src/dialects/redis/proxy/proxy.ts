/**
 * The wire probe's lowest layer: a RESP proxy between any Redis client and a Redis.
 *
 * One connection to the server for each client's, and the bytes pass unchanged, in order; see `interceptor.ts` for what can
 * be decided about them, and `connection.ts` for who owns the sockets. A message is passed on when it is complete.
 * AUTH, SELECT, CLUSTER … are commands as all others. Not for replication (PSYNC), whose stream is not RESP.
 *
 * Logs say what happened to a connection, never what is in a message.
 */
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { Connection, type Upstream } from './connection.js'
import type { Interceptor } from './interceptor.js'
import type { SlowLink } from './link.js'

export interface ProxyOptions {
  readonly upstream: Upstream
  /** Default: loopback only. */
  readonly host?: string
  /** Default: a free one. */
  readonly port?: number
  readonly interceptor?: Interceptor
  /** For new connections. */
  readonly link?: SlowLink
  readonly log?: (line: string) => void
}

export interface Proxy {
  readonly host: string
  readonly port: number
  /** Those whose sockets are not both closed. */
  readonly connections: readonly Connection[]
  /** Closes the listening socket: who connects now is refused by the system. Connections that there are stay. */
  refuse(): void
  /** Listens again, on the same port. */
  accept(): Promise<void>
  /** Refuses, and destroys all connections. Resolves when every socket is closed. */
  close(): Promise<void>
}

/** Resolves when it accepts connections. */
export async function listen(options: ProxyOptions): Promise<Proxy> {
  const proxy = new ListeningProxy(options)
  await proxy.accept()
  return proxy
}

class ListeningProxy implements Proxy {
  readonly host: string
  readonly #options: ProxyOptions
  readonly #connections = new Set<Connection>()
  #port: number
  #server: Server | undefined
  #count = 0

  constructor(options: ProxyOptions) {
    this.#options = options
    this.host = options.host ?? '127.0.0.1'
    this.#port = options.port ?? 0
  }

  get port(): number {
    return this.#port
  }

  get connections(): readonly Connection[] {
    return [...this.#connections]
  }

  refuse(): void {
    // The socket is closed when this returns; the callback would wait for the connections.
    this.#server?.close()
    this.#server = undefined
  }

  async accept(): Promise<void> {
    if (this.#server) return
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => this.#connect(socket))
    this.#server = server
    try {
      // Rejects on an error event.
      await once(server.listen(this.#port, this.host), 'listening')
    } catch (error) {
      this.#server = undefined
      throw error
    }
    this.#port = (server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.refuse()
    const connections = this.connections
    for (const connection of connections) connection.destroy()
    await Promise.all(connections.map(({ closed }) => closed))
  }

  #connect(socket: Socket): void {
    const { upstream, interceptor = {}, link, log = () => {} } = this.#options
    const connection = new Connection(socket, { id: ++this.#count, upstream, interceptor, link, log })
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
  }
}
