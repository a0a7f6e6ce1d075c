/**
 * The wire probe's lowest layer: a RESP proxy between any Redis client and a Redis.
 *
 * One connection to the server for each client's, and the bytes pass unchanged, in order; see `interceptor.ts` for what can
 * be decided about them, and `Connection` for who owns the sockets. A message is passed on when it is complete.
 * AUTH, SELECT, CLUSTER … are commands as all others. Not for replication (PSYNC), whose stream is not RESP.
 *
 * Logs say what happened to a connection, never what is in a message.
 */
import { once } from 'node:events'
import { type AddressInfo, type NetConnectOpts, type Server, type Socket, connect, createServer } from 'node:net'
import { type Clock, systemClock } from '../../../clock/clock.js'
import { ConnectionState } from './connection-state.js'
import type { ClosedBy, Interceptor } from './interceptor.js'
import { ReplySide, RequestSide } from './sides.js'
import { type Framer, RespError } from '../resp/framing.js'
import { type Reply, replyFramer } from '../resp/reply.js'
import { type Request, requestFramer } from '../resp/request.js'

export type Upstream = { readonly host: string; readonly port: number } | { readonly path: string }

/** A slow network: so many bytes, then a pause, and so on. */
export interface SlowLink {
  readonly bytesPerWrite: number
  readonly delayMs: number
  readonly clock?: Clock
}

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

interface ConnectionOptions {
  readonly id: number
  readonly upstream: Upstream
  readonly interceptor: Interceptor
  readonly link: SlowLink | undefined
  readonly log: (line: string) => void
}

/** So much is read ahead while something is held. Reading goes on that long, because only who reads learns of an end. */
const READ_AHEAD = 1024 * 1024

/**
 * A client's connection, and the one to the server that belongs to it. The connection owns both sockets: nobody else
 * writes to them or destroys them, and when one of them is gone the other one goes too.
 *
 * An end (FIN) is passed on in its turn, behind everything before it; an abort (RST) at once, with all that is held or
 * under way dropped, as a network does.
 */
export class Connection {
  /** Counted per proxy, from 1. */
  readonly id: number
  /** Protocol, name, database and transaction, as the commands so far have set them. */
  readonly state = new ConnectionState()
  /**
   * Our end of the connection to the server, as `addr` in its CLIENT LIST: that row is this connection. Undefined until it
   * is connected, and over a unix socket, where the server shows no address that tells clients apart.
   */
  addr: string | undefined
  /** Neither destroyed nor being ended by us. What is decided after that has no effect. */
  open = true
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>
  readonly #options: ConnectionOptions
  readonly #client: Socket
  readonly #server: Socket
  readonly #toClient: Link
  readonly #toServer: Link
  readonly #requests: RequestSide
  readonly #replies: ReplySide
  #connected = false
  #endedBy: ClosedBy | undefined

  constructor(client: Socket, options: ConnectionOptions) {
    const { id, upstream, interceptor, link } = options
    this.id = id
    this.#options = options
    this.#client = client
    this.#server = connect({ ...upstream, noDelay: true, allowHalfOpen: true } as NetConnectOpts)
    this.#toClient = new Link(client, link, () => this.flow())
    this.#toServer = new Link(this.#server, link, () => this.flow())
    this.#replies = new ReplySide(this, interceptor, this.#toClient)
    this.#requests = new RequestSide(this, interceptor, this.#toServer, this.#replies)
    const both = [client, this.#server].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())))
    this.closed = Promise.all(both).then(() => this.#guarded(() => interceptor.closed?.(this, this.#endedBy ?? 'proxy')))
    this.#listenToClient(client)
    this.#listenToServer(this.#server)
  }

  /** As given by CLIENT SETNAME or HELLO … SETNAME; empty without. */
  get name(): string {
    return this.state.name
  }

  /** Has the server said something that waits behind a held reply? */
  get keepsBack(): boolean {
    return this.#replies.backlog > 0
  }

  /** Destroys both sockets now. Written bytes that the network did not take are lost. */
  destroy(): void {
    this.#shut('proxy')
    this.#client.destroy()
    this.#server.destroy()
  }

  /** From now on both directions are as slow as this, or, with undefined, as fast as they can be. */
  slow(link: SlowLink | undefined): void {
    this.#toClient.slow = link
    this.#toServer.slow = link
  }

  /** Passes on to the client what was written, then destroys both sockets. For the two sides of the connection. */
  finish(by: ClosedBy = 'proxy'): void {
    this.#shut(by)
    this.#server.destroy()
    this.#toClient.end(() => this.#client.destroySoon())
    // Discards what the client still sends: unread bytes would turn our end into an abort.
    this.#client.resume()
  }

  /** Reads as long as the other side takes it. */
  flow(): void {
    if (!this.open || !this.#connected) return
    const fromClient = !this.#toServer.blocked && this.#requests.backlog < READ_AHEAD
    if (fromClient === this.#client.isPaused()) this.#client[fromClient ? 'resume' : 'pause']()
    const fromServer = !this.#toClient.blocked && this.#replies.backlog < READ_AHEAD
    if (fromServer === this.#server.isPaused()) this.#server[fromServer ? 'resume' : 'pause']()
  }

  log(line: string): void {
    this.#options.log(`wire connection ${this.id}: ${line}`)
  }

  interceptorFailed(error: unknown): void {
    this.log(`closed, because the interceptor failed: ${error instanceof Error ? error.message : String(error)}`)
    this.destroy()
  }

  #listenToClient(client: Socket): void {
    const framer = requestFramer()
    client.on('data', (chunk: Buffer) => this.#receive('client', framer, chunk, (requests: Request[]) => this.#requests.push(requests)))
    client.on('end', () => this.#guarded(() => this.#clientEnded()))
    client.on('error', () => this.#aborted('client'))
    client.on('close', () => this.#aborted('client'))
  }

  #listenToServer(server: Socket): void {
    const framer = replyFramer()
    server.on('connect', () => this.#guarded(() => this.#serverConnected()))
    server.on('data', (chunk: Buffer) => this.#receive('server', framer, chunk, (replies: Reply[]) => this.#replies.push(replies)))
    server.on('end', () => this.#serverEnded())
    server.on('error', (error: NodeJS.ErrnoException) => this.#serverFailed(error))
    server.on('close', () => this.#aborted('server'))
  }

  #serverConnected(): void {
    if (!this.open) return
    this.#connected = true
    const { localAddress, localPort, localFamily } = this.#server
    if (localPort !== undefined) this.addr = localFamily === 'IPv6' ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`
    this.#options.interceptor.connected?.(this)
    this.flow()
  }

  #receive<M>(side: 'client' | 'server', framer: Framer<M>, chunk: Buffer, take: (messages: M[]) => void): void {
    if (!this.open) return
    try {
      take(framer.push(chunk))
      // Here it can only have become too much; who takes again says so.
      const { backlog } = this.#requests
      if (this.#toServer.blocked || this.#toClient.blocked || backlog >= READ_AHEAD || this.#replies.backlog >= READ_AHEAD) this.flow()
    } catch (error) {
      if (error instanceof RespError) this.#guarded(() => this.#notResp(side, error, take))
      else this.interceptorFailed(error)
    }
  }

  #notResp(side: 'client' | 'server', error: RespError, take: (messages: never[]) => void): void {
    take(error.before as never[])
    this.log(`closed, because the ${side} sent bytes that are not RESP: ${error.message}`)
    this.finish()
    this.flow()
  }

  #clientEnded(): void {
    if (!this.open) return
    this.#endedBy ??= 'client'
    this.#options.interceptor.ended?.(this)
    this.#requests.end(() => this.#server.end())
  }

  #serverEnded(): void {
    // It reads nothing more either: Redis closes, it never half-closes.
    this.#server.end()
    if (!this.open) return
    // Redis drops a client that has ended, and what it had still to tell it. So a reply that is held is dropped here.
    if (this.#endedBy === 'client') return this.finish()
    this.#endedBy ??= 'server'
    this.#replies.end(() => this.finish('server'))
  }

  #serverFailed(error: NodeJS.ErrnoException): void {
    if (!this.open) return
    if (this.#connected) {
      if (!this.#server.readableEnded) this.log(`aborted, because the server's side was: ${error.message}`)
      return this.#aborted('server')
    }
    this.log(`closed, because the server cannot be reached: ${error.message}`)
    this.finish('server')
  }

  /** A socket is gone. Where a server ended in an orderly way and its last replies are under way, they still are. */
  #aborted(side: 'client' | 'server'): void {
    if (!this.open || (side === 'server' && this.#server.readableEnded)) return
    this.#shut(side)
    this.#server.destroy()
    if (side === 'server') this.#client.resetAndDestroy()
    else this.#client.destroy()
  }

  #shut(by: ClosedBy): void {
    this.open = false
    this.#endedBy ??= by
  }

  /** What an interceptor throws must not reach the event loop: it ends this connection, and no other one. */
  #guarded(body: () => void): void {
    try {
      body()
    } catch (error) {
      this.interceptorFailed(error)
    }
  }
}

const HIGH_WATER = 64 * 1024

/**
 * The way out of the proxy to one socket: in order, and as fast as the socket takes it, or slower where that is asked for.
 * `blocked` is back-pressure: whoever feeds the link stops reading until `onFree`. What is written meanwhile is kept.
 */
export class Link {
  readonly #socket: Socket
  readonly #onFree: () => void
  /** Whoever feeds it stops reading. */
  blocked = false
  #slow: SlowLink | undefined
  #full = false
  /** What waits for the slow link. */
  #waiting: Buffer[] = []
  #waitingSize = 0
  #dripping = false
  #atEnd: (() => void) | undefined

  constructor(socket: Socket, slow: SlowLink | undefined, onFree: () => void) {
    this.#socket = socket
    this.#slow = slow
    this.#onFree = onFree
    socket.on('drain', () => {
      this.#full = false
      this.blocked = this.#waitingSize > HIGH_WATER
      onFree()
    })
  }

  set slow(slow: SlowLink | undefined) {
    this.#slow = slow
  }

  write(pieces: readonly Buffer[]): void {
    if (pieces.length === 0 || this.#atEnd) return
    if (this.#slow || this.#dripping) {
      for (const piece of pieces) {
        this.#waiting.push(piece)
        this.#waitingSize += piece.length
      }
      this.blocked = this.#full || this.#waitingSize > HIGH_WATER
      void this.#drip()
      return
    }
    const whole = pieces.length === 1 ? pieces : contiguous(pieces)
    if (whole.length === 1) this.#full = !this.#socket.write(whole[0]!)
    else {
      this.#socket.cork()
      for (const piece of whole) this.#full = !this.#socket.write(piece)
      this.#socket.uncork()
    }
    this.blocked = this.#full
  }

  /** Does `last` once everything written before is with the socket. Nothing is written after it. */
  end(last: () => void): void {
    if (this.#atEnd) return
    this.#atEnd = last
    if (!this.#dripping) last()
  }

  /** Writes what waits in small portions. Ends when nothing waits, or the socket is gone. */
  async #drip(): Promise<void> {
    if (this.#dripping) return
    this.#dripping = true
    while (this.#waiting.length > 0 && !this.#socket.destroyed) {
      const slow = this.#slow
      const portion = this.#portion(slow?.bytesPerWrite ?? Number.POSITIVE_INFINITY)
      this.#full = !this.#socket.write(portion)
      this.blocked = this.#full || this.#waitingSize > HIGH_WATER
      if (slow) await (slow.clock ?? systemClock).sleep(slow.delayMs)
      if (!this.blocked) this.#onFree()
    }
    this.#dripping = false
    this.#atEnd?.()
  }

  #portion(size: number): Buffer {
    const first = this.#waiting[0]!
    if (first.length <= size) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(size)
    const portion = first.subarray(0, size)
    this.#waitingSize -= portion.length
    return portion
  }
}

/** Messages that lie one after the other in a chunk are one write. */
function contiguous(pieces: readonly Buffer[]): readonly Buffer[] {
  const whole: Buffer[] = []
  let first = pieces[0]!
  let length = first.length
  const close = () => whole.push(length === first.length ? first : Buffer.from(first.buffer, first.byteOffset, length))
  for (let index = 1; index < pieces.length; index++) {
    const piece = pieces[index]!
    if (piece.buffer === first.buffer && piece.byteOffset === first.byteOffset + length) length += piece.length
    else {
      close()
      first = piece
      length = piece.length
    }
  }
  close()
  return whole
}
