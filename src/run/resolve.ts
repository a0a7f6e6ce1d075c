/** A subject as the conductor runs it: the user's own consumer, or a reference loop over their repository. */
import { entryOf, isAnnouncement, resumeIdOf, snapshotCursor } from '../consumers/loops.js'
import { sseTaskEvents } from '../consumers/sse.js'
import type { ReferenceConsumer } from '../schedule/scenario.js'
import { type Subject, type SubjectDefinition, entryOfStreamEntry } from '../subject/subject.js'

const REFERENCE = {
  'snapshot-cursor': snapshotCursor,
  'sse-task-events': sseTaskEvents(),
} as const satisfies Record<ReferenceConsumer, Subject['consume']>

/** Fills in what the definition leaves out. */
export function resolve(definition: SubjectDefinition, reference: ReferenceConsumer = 'snapshot-cursor'): Subject {
  const isTruncation = definition.isTruncation?.bind(definition)
  const announces = definition.isAnnouncement?.bind(definition)
  const resumeIds = definition.resumeIdOf?.bind(definition)
  const filled = {
    ...definition,
    ...(isTruncation === undefined ? {} : { isTruncation }),
    ...(announces === undefined ? {} : { isAnnouncement: announces }),
    ...(resumeIds === undefined ? {} : { resumeIdOf: resumeIds }),
  }
  if (definition.consume === undefined) {
    return { ...filled, consume: REFERENCE[reference], entryOf, isAnnouncement, resumeIdOf }
  }
  return {
    ...filled,
    consume: definition.consume.bind(definition),
    entryOf: definition.entryOf?.bind(definition) ?? entryOfStreamEntry,
  }
}

/** The consumer's name in reports. */
export const consumerName = (definition: SubjectDefinition): string =>
  definition.consume === undefined ? 'snapshot-cursor' : named(definition.consume.name)

/** An inline property is called after itself, which says nothing. */
const named = (name: string): string => (name === '' || name === 'consume' ? 'its own consumer' : name)
