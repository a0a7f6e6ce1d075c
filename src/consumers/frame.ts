/**
 * Frames: what the reference loops hand to their client, one by one. The SSE example serialises them (see sse-text.ts);
 * the harness asks only which entry a frame carries and whether it is the one that promises delivery.
 */
import type { StreamEntry } from '../contract/stream-repository.js'
import type { FrameEntry } from '../subject/subject.js'

export type Frame =
  /**
   * The promise: every entry above `cursor` will come. The cursor travels with it, so that a client which is cut off
   * before its first entry can resume from there instead of from a later tail.
   */
  | { readonly type: 'connected'; readonly cursor: string }
  | { readonly type: 'entry'; readonly id: string; readonly data: unknown }
  /** An entry that did not decode: the cursor has moved past it, and the client is told. */
  | { readonly type: 'undecodable'; readonly id: string; readonly reason: string }
  | { readonly type: 'ping' }
  /** The store failed; the loop keeps its cursor and asks again after so long. */
  | { readonly type: 'error'; readonly message: string; readonly retryInMs: number }
  /** The stream is over, and everything that was due has been handed over. */
  | { readonly type: 'end'; readonly reason: EndReason }

/** What ended a stream: an entry that says so, or the status of its producer. */
export type EndReason = 'terminal' | 'status'

export const frameOfEntry = ({ id, data, undecodable }: StreamEntry): Frame =>
  undecodable === undefined ? { type: 'entry', id, data } : { type: 'undecodable', id, reason: undecodable.message }

/** For `SubjectDefinition`. What could not be decoded was reported, not delivered. */
export const entryOf = (frame: Frame): FrameEntry | undefined => (frame.type === 'entry' ? { id: frame.id, data: frame.data } : undefined)

/** For `SubjectDefinition`. */
export const isAnnouncement = (frame: Frame): boolean => frame.type === 'connected'
