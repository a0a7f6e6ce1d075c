/**
 * Where the stream lives, as the harness sees it: through a connection of its own, never through a probe.
 * It adds and removes entries, scans the stream for the witness, and controls the time of blocking reads.
 */
import type { StreamId } from '../contract/stream-id.js'
import type { Json, StreamRepository } from '../contract/stream-repository.js'
import type { Step } from '../schedule/step.js'
import type { OpenContext } from '../subject/subject.js'
import type { Dialect } from './dialect.js'

/** The fields of an entry as the adapter encoded them: name, value, name, value … */
export type RawFields = readonly (Buffer | string)[]

export interface RawEntry {
  readonly id: StreamId
  readonly fields: RawFields
}

/** A change to a topic, made past the adapter. */
export type RawCommand =
  | { readonly kind: 'add'; readonly topic: string; readonly fields: RawFields; readonly id?: StreamId }
  | { readonly kind: 'trim'; readonly topic: string; readonly maxLen: number }
  | { readonly kind: 'delete'; readonly topic: string; readonly id: StreamId | AddedBefore }
  | { readonly kind: 'drop'; readonly topic: string }

/** The entry that an earlier command of the same transaction adds, by the place of that command in it. */
export interface AddedBefore {
  readonly addedBy: number
}

export interface Store {
  /** Time-outs take no time here: whoever watches ends them. */
  readonly virtual: boolean
  /** What is spoken there: what happened on it is judged by the order of its ids, and told in its words. */
  readonly dialect: Dialect
  /** For people: `redis 7.0.15 (private process)`. */
  readonly description: string
  /** What cannot be known on it whatever is run, in sentences, for whoever reads a report. Default: nothing. */
  readonly limits?: readonly string[]
  /** Why this step of a schedule cannot be done on it; undefined where it can. Missing where every step can. */
  readonly lacks?: (step: Step) => string | undefined
  /** `subject` where the log is read through the subject's own code, and what a scan lacks may be there all the same. Default `harness`. */
  readonly witness?: 'harness' | 'subject'
  /** A topic of this run's own, under the prefix that is cleaned up at the end. */
  topic(name: string): string
  /** In order; where there are several, nothing else comes between them. Gives the id of each `add`. */
  execute(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]>
  /** Refuses the next so many appends of a subject to this topic, as a server does that cannot write. Missing where it cannot be told to. */
  refuse?(topic: string, times: number): Promise<void>
  /** Removes topics that nobody comes back to, and what is remembered of them: now, or many at a time. */
  discard(topics: readonly string[]): Promise<void>
  /** Every entry of the topic, in order. */
  scan(topic: string): Promise<readonly RawEntry[]>
  /**
   * Opens a subject's repository, and follows the reads that block on its connections.
   * @param patienceMs how long opening it may take, and closing it. Default 20000.
   * @throws where that fails, or does not settle.
   */
  open(open: (context: OpenContext) => StreamRepository | Promise<StreamRepository>, patienceMs?: number): Promise<OpenedRepository>
  /** The subject is known to read several streams at once. Missing where nobody looks. */
  readonly readsSeveral?: boolean
  /** Removes every key of this run and lets go of the server. */
  close(): Promise<void>
}

/** Why this step of a schedule cannot be done on a store; undefined where it can. */
export function lackOf(store: Pick<Store, 'lacks' | 'refuse'>, step: Step): string | undefined {
  if ('fail' in step && step.by === 'store' && store.refuse === undefined) return 'its store refuses nothing when it is told to'
  return store.lacks?.(step)
}

/** What a subject says of where it has its entries, and how they are told apart. */
export interface Locating {
  /** What to append, by a name of one's own choice, which stands in it as `name@tailrace`. */
  readonly payload: (name: string) => Json
  /** The key of a topic, where the subject says it. */
  readonly key?: ((topic: string) => string) | undefined
  /** How long an answer may take. Default 5000. */
  readonly patienceMs?: number
  /** The order of ids, where the subject says it. */
  readonly compareIds?: ((a: string, b: string) => number) | undefined
}

/** An opened repository, and its blocking reads. At most one schedule runs on it at a time. */
export interface OpenedRepository {
  /** The subject's, as it is. */
  readonly repository: StreamRepository
  /** Who appends, where that is another instance. Default: the repository itself. */
  readonly publisher?: Pick<StreamRepository, 'sendData'>
  /**
   * How long a read is really asked to wait whose consumer asked for so long, in milliseconds. Missing where waits can be ended by
   * hand: they are then asked for as they are.
   * @param lingers whether something is to meet it while it waits; otherwise its time-out is what comes next.
   */
  readonly asksFor?: (timeoutMs: number, lingers: boolean) => number
  /** Makes one call of the subject, so that the connections which it opens are known to be its own. */
  within<T>(call: () => T): T
  /** Passes the answer of a read on when its connection may block anew, which it may as soon as the consumer has it. */
  settle<T>(answer: Promise<T>): Promise<T>
  /** What is spoken on the store that it was opened on. */
  readonly dialect: Dialect
  /** Calls back once when a read that is under way blocks in the store. Gives a function that stops watching. */
  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void
  /** Can it be told whether a command waits behind a blocked read? */
  readonly tellsQueued: boolean
  /**
   * Commands of the subject that wait behind one of its own blocked reads on the same connection, in words; undefined
   * where there are none.
   */
  queuedBehindRead(): Promise<string | undefined>
  /**
   * Appends to a topic of no interest, where that has to be found out, and looks where it went. Gives the store with each topic where
   * this repository has it; undefined where each is under its name.
   * @throws where the append fails, or the entry is not where it could be watched.
   */
  locate?(about: Locating): Promise<Store | undefined>
  /** Why a connection of the subject's could not be made, or was refused its login, in words; undefined where none is known to. */
  failedToConnect(): Promise<string | undefined>
  /** Why blocking reads cannot be told on this store; undefined where they can. Real time-outs are then waited for. */
  readonly blind: string | undefined
  /** Closes the repository. Resolves with what it left open, in words, or undefined. @throws where `close` of it does not settle. */
  close(): Promise<string | undefined>
}

/** A read that waits in the store. */
export interface BlockedReader {
  /** False as soon as the store has answered it. */
  stillBlocked(): boolean | Promise<boolean>
  /** Ends the wait now, with the store's genuine empty reply. Does nothing when it was already answered. */
  expire(): void | Promise<void>
  /** Cuts the connection; `commands` are done before the reader can come back. Gives the ids of each `add`. */
  disconnect(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]>
}
