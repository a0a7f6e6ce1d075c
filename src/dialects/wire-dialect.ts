/**
 * What a protocol offers to the source of calls on the wire (src/sources/wire), which knows neither its bytes nor its commands.
 *
 * ```
 *   program ── bytes ──▶ probe of the dialect ── HeldRequest, HeldMessage ──▶ source ── Call ──▶ stage
 *                                             ◀── send(), pass() ──
 * ```
 * A probe lies between a program and its server. What concerns the stream under test is held there, and comes out of it already
 * classified: a question for the tail, a read, or a command. Everything else passes. A second protocol implements this, and
 * nothing in src/sources/wire changes.
 */
import type { StreamId } from '../contract/stream-id.js'
import type { CommandEffect } from '../history/event.js'
import type { BlockedReader, RawCommand, Store } from './store.js'

/** What a request asks of the stream. */
export type Asked =
  | { readonly kind: 'tail' }
  | {
      readonly kind: 'read'
      /** As histories show it: an id, `$`, `>`, or `PENDING`. */
      readonly cursor: string
      readonly count: number
      /** 0 does not wait. */
      readonly timeoutMs: number
      /** What it is given counts as acknowledged at once. */
      readonly acknowledges?: true
    }
  | {
      readonly kind: 'command'
      /** As the user knows it: `XACK`. */
      readonly name: string
      readonly does: readonly CommandEffect[] | undefined
    }

/** What the server answered, and the program has not seen. */
export type Answer =
  /** Entries of the stream under test. */
  | { readonly kind: 'entries'; readonly ids: readonly StreamId[] }
  | { readonly kind: 'tail'; readonly id: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly message: string }

/**
 * What becomes of an answer on its way to the program. The server has done what was asked, but of a request that was never sent: that
 * one has had no effect, and an error in the place of its answer is what the program gets.
 */
export type Passing =
  | { readonly is: 'forwarded' }
  /** Never sent; the program finds out by a time-out of its own. */
  | { readonly is: 'withheld' }
  /** Never sent, and the connection is closed. */
  | { readonly is: 'lost' }
  /** Closed after half of it was sent. */
  | { readonly is: 'torn' }
  /** An error in its place: what the server says itself, or the refusal of a request that was not sent. */
  | { readonly is: 'error'; readonly error: string }

/** A connection of a program. The same object for the same connection. */
export interface ClientConnection {
  /** As the program has named it; empty without. */
  readonly name: string
  readonly open: boolean
}

/** A request of a program that concerns the stream, held before it goes to the server, and its answer before the program has it. */
export interface HeldRequest {
  readonly connection: ClientConnection
  readonly asks: Asked
  /** What the server calls the stream. */
  readonly stream: string
  /** Lets the request through. Resolves when its connection may wait anew. @throws where that ends before there is an answer. */
  send(): Promise<Answer>
  /** Not sent yet: may a server refuse it with this message, and do nothing of it? */
  mayBeRefused(message: string): boolean
  /** Lets the answer through, or what becomes of it. */
  pass(passing: Passing): void
  /** Its connection has ended: there is nobody to answer. */
  readonly over: boolean
  /** Ends its connection. */
  cut(): void
}

/** A message of a channel on its way to a program. */
export interface HeldMessage {
  readonly connection: ClientConnection
  /** What it says, as text. */
  readonly text: string
  /** Lets it through. */
  pass(): void
}

/** Who is told of what comes through a probe. */
export interface ProbeListener {
  onRequest(request: HeldRequest): void
  onMessage(message: HeldMessage): void
  /** A connection has ended, and its requests with it. */
  onOver(): void
}

/** Between one program and its server. */
export interface Probe {
  /** Where the program connects to, in the place of the server. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** In the order in which they were made. */
  readonly connections: readonly ClientConnection[]
  /** How many of them listen to a channel, and how many of these have something that is held back. */
  readonly listeners: { readonly all: number; readonly held: number }
  /** Is a request that concerns the stream under way, or held, or its answer withheld? */
  readonly asks: boolean
  /** How many of the connections that have read the stream have an answer, and have not asked again. */
  readonly out: number
  /** What came through: for whoever wonders why nothing was held. */
  readonly seen: Seen
  /** Are new connections accepted from now on? */
  accepts(they: boolean): void
  /** Ends the connections that there are. */
  cut(): void
  /** From now on replies pass at this pace. */
  slow(bytesPerSecond: number): void
  /** Ends every connection, and listens no more. */
  close(): Promise<void>
}

/** An entry that a member of a group was given, and has not acknowledged. */
export interface PendingEntry {
  readonly id: StreamId
  readonly group: string
  readonly consumer: string
  readonly idleMs: number
  readonly deliveries: number
}

/** How a program looks for what is pending. */
export interface LookBacks {
  /** How often it was answered. */
  readonly answered: number
  /** How long an entry had to be idle to be found, each that it asked for. */
  readonly idleMs: ReadonlySet<number>
  /** It has asked how old entries are, and compares that with something of its own. */
  readonly compares: boolean
}

export interface Seen {
  /** In which groups the stream is read. */
  readonly groups: ReadonlySet<string>
  readonly lookBacks: LookBacks
  readonly commands: number
  /** Streams that were read. */
  readonly streams: readonly string[]
  /** Several of its connections were asking for the stream at a time. */
  readonly sideBySide: boolean
  /** What may read the stream, and has passed by unheld since something was held. */
  readonly unheld: ReadonlySet<string>
}

/** A probe for a publisher of the user's: its appends pass as they are, unless the answer to one of them is to be lost. */
export interface PublisherProbe {
  /** Where a publisher connects to. */
  address(): Promise<string>
  /** The next answer to an append is not passed on, and its connection is closed in its place. */
  loseNext(): void
  /** A loss that no append has met, in words. */
  readonly unmet: string | undefined
}

/** What looks dangerous in what programs say to their server. No verdict hangs on it. */
export interface Warning {
  /** `L1` */
  readonly rule: string
  /** Where it was seen first. */
  readonly connection: string
  readonly evidence: string
  /** How often it was seen. */
  readonly count: number
}

export interface Warnings {
  /** Of the run that began last. */
  readonly lastRun: readonly Warning[]
  readonly all: readonly Warning[]
}

/** The server behind the probes of one subject. A topic is the name that a run knows; the program may read another stream, and is followed there. */
export interface ProbedStore extends Store {
  /** What the server calls the stream under test of the present run. */
  readonly stream: string
  readonly streamOf: (topic: string) => string
  /** The program reads several streams at once. */
  readonly readsSeveral: boolean
  readonly warnings: Warnings
  readonly publisherProbe: PublisherProbe
  /** A command that appends, as a template: `{topic}` and `{json}` stand for the stream and what to append. */
  readonly publishes: string
  /** Why blocking reads cannot be told; undefined where they can. */
  readonly blind: string | undefined
  /**
   * Nothing is added to, or removed from, a stream that is not claimed.
   * @throws StoreError where others have put something there.
   */
  claim(stream: string): Promise<void>
  /** Sends a command, by its words, past the probes. */
  call(words: readonly string[]): Promise<unknown>
  /** The id that an append was answered with; undefined where it does not tell. */
  idIn(answer: unknown): StreamId | undefined
  /** What is pending in these groups of the stream under test, and in the stream. */
  pending(groups: Iterable<string>): Promise<readonly PendingEntry[]>
  /** Makes what is pending so old, and changes nothing else of it. */
  age(entries: readonly PendingEntry[], idleMs: number): Promise<void>
  /** Something was appended by others than `execute`. */
  appended(): Promise<void>
  /** A probe for one program. @throws StoreError where the stream is somebody else's. */
  probe(listener: ProbeListener): Promise<Probe>
  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void
  /** A message as the server would refuse a request with it. */
  refusal(message: string): string
  /** Why no server refuses a read with this message; undefined where one may. */
  neverRefuses(message: string): string | undefined
}

export interface ProbedStoreOptions {
  /** What the program reads. A `*` in it becomes a name of each run's own. */
  readonly topic: string
  /** Waits of reads are modelled, and the server is not asked who waits. */
  readonly fast: boolean
  /** `execute` has done these commands. `ids`: of each add. */
  readonly onExecuted: (commands: readonly RawCommand[], ids: readonly (StreamId | undefined)[]) => void
}

/** A protocol that the wire probe knows. */
export interface WireDialect<Server> {
  /** Puts the probes in front of a server, which is let go of with the store. @throws StoreError where there is no way to it. */
  open(server: Server, options: ProbedStoreOptions): Promise<ProbedStore>
}
