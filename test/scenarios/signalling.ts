/** A loop that tells its client of what is gone, by nothing but the contract: slow, and right. */
import { entryOf, type Frame, frameOfEntry, isAnnouncement } from '../../src/consumers/loops.js'
import { ORIGIN, isAfter, parseStreamId } from '../../src/contract/stream-id.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'

export type SignallingFrame = Frame | { readonly type: 'gone' }

async function* signallingCursor({ repository, topic, signal, clock, read, from }: ConsumeContext): AsyncGenerator<SignallingFrame> {
  let cursor = parseStreamId(from ?? (await repository.getStreamTailId(topic)))
  yield { type: 'connected', cursor }
  while (!signal.aborted) {
    if (isAfter(cursor, parseStreamId(await repository.getStreamTailId(topic)))) {
      cursor = ORIGIN
      yield { type: 'gone' }
    }
    for await (const { id } of repository.readMessages(topic, ORIGIN, { timeoutMs: 0, count: 1, signal })) {
      if (isAfter(parseStreamId(id), cursor)) yield { type: 'gone' }
    }
    let entries = 0
    for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) {
      entries++
      yield frameOfEntry(entry)
      cursor = parseStreamId(entry.id)
    }
    if (entries === 0) await clock.sleep(100, signal)
  }
}

/** What a subject with such a loop declares. */
export const signalling = {
  consume: signallingCursor,
  entryOf: (frame) => (frame.type === 'gone' ? undefined : entryOf(frame)),
  isAnnouncement: (frame) => frame.type !== 'gone' && isAnnouncement(frame),
  isTruncation: (frame) => frame.type === 'gone',
  capabilities: { retries: false, signalsTruncation: true, signalsRecreation: true, resumes: true },
} as const satisfies Partial<SubjectDefinition<SignallingFrame>>
