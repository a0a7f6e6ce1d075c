/** What a session is made of: the consumer to pull, and what it runs on. */
import type { StreamId } from '../contract/stream-id.js'
import type { SessionStart } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import type { Opened } from '../dialects/store.js'
import type { FrameEntry } from '../subject/subject.js'
import type { ConsumerSession } from './consumer-session.js'
import type { Patience } from './hand-over.js'
import type { Identify } from './session-events.js'

/** The consumer, as the session sees it. */
export interface SessionSource {
  frames(session: ConsumerSession): AsyncIterable<unknown>
  entryOf(frame: unknown): FrameEntry | undefined
  isAnnouncement(frame: unknown): boolean
  isTruncation?(frame: unknown): boolean
  readonly identify: Identify
}

export interface SessionOptions {
  readonly index: number
  readonly session: number
  readonly start: SessionStart
  readonly from?: StreamId
  readonly opened: Opened
  readonly source: SessionSource
  readonly recorder: Recorder
  readonly patience: Patience | undefined
  readonly onError: (error: unknown) => void
}
