/**
 * What somebody who listens in on the proxy can see and decide.
 *
 * Order. Per connection, requests reach the server in the order in which the client sent them, and replies reach the
 * client in the order of its requests, whoever answers them. So whatever is behind a held request or reply waits too;
 * the other direction and other connections go on.
 *
 * Held means: bytes that the proxy has read and has not passed on, because a promise is pending. To hold for good is to
 * never settle it. A held request is not known to the server; to a held reply the server's state is already as the reply
 * says. What is held when its connection closes is dropped.
 *
 * Undefined, the fast path, forwards. A promise that rejects, or a member that throws, destroys that connection, and logs.
 */
import type { Connection } from './proxy.js'
import type { Exchange } from './sides.js'
import type { Reply } from '../resp/reply.js'

export type RequestDecision =
  | { readonly action: 'forward' }
  /** The server is not asked: the client gets these bytes, in its turn. With `after` only so many; then both sockets are destroyed. */
  | { readonly action: 'answer'; readonly reply: Buffer; readonly after?: number }
  /** The server is not asked, and both sockets are destroyed. */
  | { readonly action: 'destroy' }

export type ReplyDecision =
  | { readonly action: 'forward' }
  /** The client gets these bytes instead of the server's. */
  | { readonly action: 'replace'; readonly reply: Buffer }
  /** The client gets the replies before it and the first `after` bytes of this one; then both sockets are destroyed. */
  | { readonly action: 'cut'; readonly after: number }

export type ClosedBy = 'client' | 'server' | 'proxy'

export interface Interceptor {
  /** The server accepted the connection. Nothing was read from the client yet. */
  connected?(connection: Connection): void
  /** The request is next in line to the server. Everything before it was forwarded or answered. */
  request?(exchange: Exchange): RequestDecision | undefined | Promise<RequestDecision | undefined>
  /** The reply is next in line to the client. Called for each reply of an exchange, not for answers of the probe's own. */
  reply?(exchange: Exchange, reply: Reply): ReplyDecision | undefined | Promise<ReplyDecision | undefined>
  /**
   * The server says something that nobody asked for: pub/sub messages, invalidations, the feed of MONITOR. It is forwarded,
   * when the promise resolves where there is one.
   */
  push?(connection: Connection, message: Reply): void | Promise<void>
  /**
   * The client will send nothing more. What it sent before still goes to the server, which then learns that the client
   * ended, closes, and with it the connection, whatever replies are held. A request that is held keeps both sides waiting
   * until it is let go or the connection is destroyed: who holds one for good does the latter here.
   */
  ended?(connection: Connection): void
  /** Both sockets are closed. `by` says which side was the first to end. */
  closed?(connection: Connection, by: ClosedBy): void
}
