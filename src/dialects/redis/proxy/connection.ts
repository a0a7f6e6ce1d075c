/**
 * A client's connection, and the one to the server that belongs to it. The connection owns both sockets: nobody else
 * writes to them or destroys them, and when one of them is gone the other one goes too.
 *
 * An end (FIN) is passed on in its turn, behind everything before it; an abort (RST) at once, with all that is held or
 * under way dropped, as a network does.
 */
import { type NetConnectOpts, type Socket, connect } from 'node:net'
import type { ClosedBy, Interceptor } from './interceptor.js'
import { Link, type SlowLink } from './link.js'
import { ReplySide } from './reply-side.js'
import { RequestSide } from './request-side.js'
import type { Framer } from '../resp/framer.js'
import { type Reply, replyFramer } from '../resp/reply.js'
import { type Request, requestFramer } from '../resp/request.js'
import { RespError } from '../resp/resp-error.js'
import { Session } from './session.js'

export type Upstream = { readonly host: string; readonly port: number } | { readonly path: string }

export interface ConnectionOptions {
  readonly id: number
  readonly upstream: Upstream
  readonly interceptor: Interceptor
  readonly link: SlowLink | undefined
  readonly log: (line: string) => void
}

/** So much is read ahead while something is held. Reading goes on that long, because only who reads learns of an end. */
const READ_AHEAD = 1024 * 1024

export class Connection {
  /** Counted per proxy, from 1. */
  readonly id: number
  /** Protocol, name, database and transaction, as the commands so far have set them. */
  readonly session = new Session()
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>
  readonly #options: ConnectionOptions
  readonly #client: Socket
  readonly #server: Socket
  readonly #toClient: Link
  readonly #toServer: Link
  readonly #requests: RequestSide
  readonly #replies: ReplySide
  #serverSees: string | undefined
  #connected = false
  #open = true
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

  /**
   * Our end of the connection to the server, as `addr` in its CLIENT LIST: that row is this connection. Undefined until it
   * is connected, and over a unix socket, where the server shows no address that tells clients apart.
   */
  get addr(): string | undefined {
    return this.#serverSees
  }

  /** As given by CLIENT SETNAME or HELLO … SETNAME; empty without. */
  get name(): string {
    return this.session.name
  }

  /** Has the server said something that waits behind a held reply? */
  get keepsBack(): boolean {
    return this.#replies.backlog > 0
  }

  /** Neither destroyed nor being ended by us. What is decided after that has no effect. */
  get open(): boolean {
    return this.#open
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
    if (!this.#open || !this.#connected) return
    read(this.#client, !this.#toServer.blocked && this.#requests.backlog < READ_AHEAD)
    read(this.#server, !this.#toClient.blocked && this.#replies.backlog < READ_AHEAD)
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
    if (!this.#open) return
    this.#connected = true
    const { localAddress, localPort, localFamily } = this.#server
    if (localPort !== undefined)
      this.#serverSees = localFamily === 'IPv6' ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`
    this.#options.interceptor.connected?.(this)
    this.flow()
  }

  #receive<M>(side: 'client' | 'server', framer: Framer<M>, chunk: Buffer, take: (messages: M[]) => void): void {
    if (!this.#open) return
    this.#guarded(() => {
      try {
        take(framer.push(chunk))
      } catch (error) {
        if (!(error instanceof RespError)) throw error
        take(error.before as M[])
        this.log(`closed, because the ${side} sent bytes that are not RESP: ${error.message}`)
        this.finish()
      }
      this.flow()
    })
  }

  #clientEnded(): void {
    if (!this.#open) return
    this.#endedBy ??= 'client'
    this.#options.interceptor.ended?.(this)
    this.#requests.end(() => this.#server.end())
  }

  #serverEnded(): void {
    // It reads nothing more either: Redis closes, it never half-closes.
    this.#server.end()
    if (!this.#open) return
    // Redis drops a client that has ended, and what it had still to tell it. So a reply that is held is dropped here.
    if (this.#endedBy === 'client') return this.finish()
    this.#endedBy ??= 'server'
    this.#replies.end(() => this.finish('server'))
  }

  #serverFailed(error: NodeJS.ErrnoException): void {
    if (!this.#open) return
    if (this.#connected) {
      if (!this.#server.readableEnded) this.log(`aborted, because the server's side was: ${error.message}`)
      return this.#aborted('server')
    }
    this.log(`closed, because the server cannot be reached: ${error.message}`)
    this.finish('server')
  }

  /** A socket is gone. Where a server ended in an orderly way and its last replies are under way, they still are. */
  #aborted(side: 'client' | 'server'): void {
    if (!this.#open || (side === 'server' && this.#server.readableEnded)) return
    this.#shut(side)
    this.#server.destroy()
    if (side === 'server') this.#client.resetAndDestroy()
    else this.#client.destroy()
  }

  #shut(by: ClosedBy): void {
    this.#open = false
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

function read(socket: Socket, wanted: boolean): void {
  if (wanted && socket.isPaused()) socket.resume()
  else if (!wanted && !socket.isPaused()) socket.pause()
}
