/**
 * Errors that a server answers with in the place of doing a command. What is refused has had no effect, so a schedule that wants such
 * an answer keeps the request from the server. Others tell of something that the server itself would have to show, or never come to
 * a read: a history with one of them is none that a server gives.
 *
 * Source: `processCommand` of Redis, and the flags of COMMAND INFO (XREADGROUP, XAUTOCLAIM: write; XREAD, XRANGE: readonly; none of them
 * denyoom).
 */

/** Which requests a server may refuse. */
type Refuses =
  | 'any'
  /** What writes; a read in a group does. */
  | 'writes'
  /** What comes on a connection that it has done nothing for: a server that has just started has no older ones. */
  | 'at first'

const REFUSES: Readonly<Record<string, Refuses>> = {
  LOADING: 'at first',
  READONLY: 'writes',
  NOREPLICAS: 'writes',
  MISCONF: 'writes',
}

const OF_THE_STREAM = 'it tells of a stream or a group that is not what was asked for, which the server says by itself where it is so'
const OF_A_CLUSTER = 'only a server in a cluster answers so'

/** By the first word: why no read is refused so. */
const NEVER: Readonly<Record<string, string>> = {
  OOM: 'a server without memory refuses what adds to it, and no read',
  NOGROUP: OF_THE_STREAM,
  WRONGTYPE: OF_THE_STREAM,
  BUSYGROUP: OF_THE_STREAM,
  UNBLOCKED: 'it ends a read that waits, and refuses none',
  EXECABORT: 'it answers a transaction, and no read',
  MOVED: OF_A_CLUSTER,
  ASK: OF_A_CLUSTER,
  CLUSTERDOWN: OF_A_CLUSTER,
  TRYAGAIN: OF_A_CLUSTER,
  CROSSSLOT: OF_A_CLUSTER,
}

/** A request, as far as a refusal hangs on it. */
export interface Refusable {
  readonly writes: boolean
  /** Nothing but what a loading server does was done on its connection. */
  readonly isFirst: boolean
}

const codeOf = (message: string): string => message.split(' ', 1)[0]!

/** Why no read is ever refused with this message; undefined where one may be. */
export const whyNever = (message: string): string | undefined => NEVER[codeOf(message)]

/** May a server refuse this request with this message? */
export function mayRefuse(message: string, { writes, isFirst }: Refusable): boolean {
  if (whyNever(message) !== undefined) return false
  const refuses = REFUSES[codeOf(message)] ?? 'any'
  return refuses === 'any' || (refuses === 'writes' ? writes : isFirst)
}

/** A server that loads its data does these all the same. */
export const DONE_WHILE_LOADING: ReadonlySet<string> = new Set([
  'AUTH',
  'CLIENT',
  'COMMAND',
  'DISCARD',
  'HELLO',
  'INFO',
  'MULTI',
  'QUIT',
  'RESET',
  'SELECT',
  'SUBSCRIBE',
  'PSUBSCRIBE',
])
