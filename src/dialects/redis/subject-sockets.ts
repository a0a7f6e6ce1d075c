/**
 * Which sockets of this process are the subject's.
 *
 * The calls of a subject run in an async context of its own, and node announces each socket that is made on a
 * diagnostics channel. A socket made in the context is the subject's; so is one that a client library makes later to
 * reconnect, because timers and socket events keep the context that they were set up in.
 * Not seen: sockets that were made before (in a module's body), by `tls.connect`, or in another thread or process.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type EventEmitter, errorMonitor } from 'node:events'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type Socket } from 'node:net'
import { systemClock } from '../../clock/clock.js'
import { parseRedisUrl } from '../../adapters/redis-url.js'
import { messageOf } from '../store-error.js'

const subjects = new AsyncLocalStorage<SubjectSockets | undefined>()
let listening = false

/** Where node announces each socket that is made. */
const SOCKETS = 'net.client.socket'

/** Runs `body` as nobody's subject: for what the harness connects itself. */
export const withoutSubject = <T>(body: () => T): T => subjects.run(undefined, body)

export class SubjectSockets {
  readonly #sockets = new Set<Socket>()
  readonly #server: { readonly port?: number; readonly path?: string }
  /** What the first of them that failed said. */
  failure: Error | undefined
  #failedToConnect: Error | undefined

  constructor(url: string) {
    this.#server = parseRedisUrl(url)
    if (listening) return
    listening = true
    subscribe(SOCKETS, (message) => subjects.getStore()?.add((message as { socket: Socket }).socket))
  }

  run<T>(body: () => T): T {
    return subjects.run(this, body)
  }

  /** What the first of them that could not be made said, in words. A cut is none: it ends what was made. */
  get failedToConnect(): string | undefined {
    return this.#failedToConnect && messageOf(this.#failedToConnect)
  }

  /** Those that are neither closed nor destroyed. */
  get open(): Socket[] {
    return [...this.#sockets].filter((socket) => !socket.destroyed)
  }

  /** Gives those that stay open to the store's server, after they had `ms` to close. Others are not the store's business. */
  async leftOpen(ms: number): Promise<Socket[]> {
    const late = new AbortController()
    const closing = this.open.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())))
    await Promise.race([Promise.all(closing), systemClock.sleep(ms, late.signal)])
    late.abort()
    return this.open.filter((socket) => this.#isToServer(socket))
  }

  /** Those that are connected, to whatever server. */
  get reached(): Socket[] {
    return this.open.filter((socket) => !socket.connecting)
  }

  /**
   * Follows the failures of every socket that is made until the returned function is called, whoever makes it: a client that was
   * made in a module's body connects anew in that context.
   */
  followFailures(): () => void {
    const follow = (message: unknown) => this.#followFailure((message as { socket: Socket }).socket)
    subscribe(SOCKETS, follow)
    return () => unsubscribe(SOCKETS, follow)
  }

  /** A socket was made in our context. */
  add(socket: Socket): void {
    this.#sockets.add(socket)
    this.#followFailure(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #followFailure(socket: Socket): void {
    // Whether anybody handles it is the subject's business.
    const emitter: EventEmitter = socket
    let isMade = false
    socket.once('connect', () => (isMade = true))
    emitter.once(errorMonitor, (error: Error) => {
      this.failure ??= error
      if (!isMade) this.#failedToConnect ??= error
    })
  }

  #isToServer(socket: Socket): boolean {
    const { port, path } = this.#server
    // A socket to a path has no remote port, and does not tell its path.
    return path === undefined ? socket.remotePort === port || socket.connecting : socket.remotePort === undefined
  }
}
