/** One request of a program on a stream, and its answer, while both are in our hands. */
import type { StreamId } from '../../../contract/stream-id.js'
import type { LocalEnd } from '../client-list.js'
import type { StreamRequest } from './classification.js'

/** An entry as the server gave it. */
export interface WireEntry {
  readonly key: string
  readonly id: StreamId
  readonly fields: readonly Buffer[]
}

/** What the server answered, and the program has not seen. */
export type Answer =
  | { readonly kind: 'entries'; readonly entries: readonly WireEntry[] }
  | { readonly kind: 'tail'; readonly id: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly message: string }

/** What becomes of an answer on its way to the program. */
export type Passing =
  | { readonly is: 'forwarded' }
  /** Never sent; the program finds out by a time-out of its own. */
  | { readonly is: 'withheld' }
  /** Never sent, and the connection is closed. */
  | { readonly is: 'lost' }
  /** Closed after half of it was sent. */
  | { readonly is: 'torn' }
  /** An error in its place. */
  | { readonly is: 'error'; readonly error: string }

/** The connection that a request came on. */
export interface From {
  /** As given by CLIENT SETNAME; empty without. */
  readonly name: string
  readonly open: boolean
}

export interface Exchange {
  /** The same object for the same connection. */
  readonly from: From
  readonly request: StreamRequest
  /** Which of its keys is the topic. */
  readonly key: string
  /** Our end of its connection to the server, by which the server lists it. */
  readonly end: LocalEnd
  /** Lets the request through. @throws where the connection ends before there is an answer. */
  send(): Promise<Answer>
  /** Lets the answer through, or what becomes of it. */
  pass(passing: Passing): void
  /** Its connection has ended: there is nobody to answer. */
  readonly over: boolean
  /** Ends its connection. */
  cut(): void
}
