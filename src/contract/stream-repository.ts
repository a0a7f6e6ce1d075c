/**
 * What an adapter promises: four methods over an append-only stream of entries, one stream a topic.
 *
 * Ids are strings `<ms>-<seq>` (see stream-id.ts) and opaque to callers, except that they can be compared.
 * The rules that an implementation is held to are listed in docs/rules.md.
 */

/** Anything that survives a round trip through JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One entry of a stream, as `readMessages` hands it out. */
export interface StreamEntry {
  /** `<ms>-<seq>`, as the store assigned it. */
  readonly id: string
  /** What was given to `sendData`, after its round trip through JSON. */
  readonly data: unknown
  /**
   * Set where the stored entry could not be decoded; `data` is then undefined. It is handed out, not skipped, so that
   * the caller can move its cursor past it: skipped in silence, `count` of them in a row stop everything behind them.
   */
  readonly undecodable?: Error
}

/** Options of one read cycle. */
export interface ReadOptions {
  /** How long to wait for a first entry, in milliseconds. 0 does not wait (unlike BLOCK 0, which waits for ever). */
  readonly timeoutMs: number
  /** At most so many entries, 1 or more. */
  readonly count: number
  /** Ends the wait; the iteration then ends without an entry. */
  readonly signal?: AbortSignal
}

/** The contract of an adapter: what tailrace tests. docs/writing-an-adapter.md goes through it method by method. */
export interface StreamRepository {
  /**
   * Appends one entry, and resolves with its id once the store has acknowledged it.
   * @throws when the entry was certainly not written; `UnknownOutcomeError` when it may have been.
   */
  sendData(topic: string, data: Json): Promise<string>
  /**
   * One read cycle: the entries above `lastId` in ascending order, at most `count`; where there is none, it waits up to
   * `timeoutMs` for the first and ends empty after that. An error is thrown, never shown as an empty read.
   */
  readMessages(topic: string, lastId: string, options: ReadOptions): AsyncIterable<StreamEntry>
  /** The id of the last entry; `"0-0"` for an empty or missing topic, never `"$"`. */
  getStreamTailId(topic: string): Promise<string>
  /** Removes the topic. */
  cleanupStream(topic: string): Promise<void>
  /** Frees every connection and timer. */
  close?(): Promise<void>
}

/**
 * What `sendData` rejects with when it cannot tell whether the entry was written: a time-out, or a connection that broke before the
 * reply. The entry may be in the stream, so its caller must not just append it again.
 */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError'
  /** What the harness looks for, so that an adapter need not import this class: any error with it counts. */
  readonly outcome = 'unknown'
}

/** Does this error say that the append may have happened? */
export function isUnknownOutcome(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'outcome' in error && error.outcome === 'unknown'
}
