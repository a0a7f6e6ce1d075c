/** A subject as the conductor runs it: the user's own consumer, or a reference loop over their repository. */
import { entryOf, isAnnouncement, snapshotCursor } from '../consumers/loops.js'
import { sseTaskEvents } from '../consumers/sse.js'
import type { Gate } from '../schedule/gate.js'
import type { Need, ReferenceConsumer, Scenario } from '../schedule/scenario.js'
import { type Subject, type SubjectDefinition, entryOfStreamEntry } from '../subject/subject.js'

const REFERENCE = {
  'snapshot-cursor': snapshotCursor,
  'sse-task-events': sseTaskEvents(),
} as const satisfies Record<ReferenceConsumer, Subject['consume']>

/** Fills in what the definition leaves out. */
export function resolve(definition: SubjectDefinition, reference: ReferenceConsumer = 'snapshot-cursor'): Subject {
  const isTruncation = definition.isTruncation?.bind(definition)
  const filled = { ...definition, ...(isTruncation === undefined ? {} : { isTruncation }) }
  if (definition.consume === undefined) {
    return { ...filled, consume: REFERENCE[reference], entryOf, isAnnouncement }
  }
  return {
    ...filled,
    consume: definition.consume.bind(definition),
    entryOf: definition.entryOf?.bind(definition) ?? entryOfStreamEntry,
    isAnnouncement: definition.isAnnouncement?.bind(definition) ?? (() => false),
  }
}

/** The consumer's name in reports. */
export const consumerName = (definition: SubjectDefinition): string =>
  definition.consume === undefined ? 'snapshot-cursor' : named(definition.consume.name)

/** An inline property is called after itself, which says nothing. */
const named = (name: string): string => (name === '' || name === 'consume' ? 'its own consumer' : name)

/** Why this scenario would say nothing about the subject; undefined where it would. */
export function notApplicable(definition: SubjectDefinition, scenario: Scenario, gates: ReadonlySet<Gate>): string | undefined {
  const own = definition.consume !== undefined
  const missing: Record<Need, string | undefined> = {
    announcement: own && definition.isAnnouncement === undefined ? 'its consumer announces nothing (isAnnouncement)' : undefined,
    status: own && !definition.capabilities?.endsOnStatus ? 'its consumer does not end on a status (capabilities.endsOnStatus)' : undefined,
    retries:
      own && definition.capabilities?.retries === false
        ? 'its consumer does not go on after a read error (capabilities.retries)'
        : undefined,
    resumes:
      own && !definition.capabilities?.resumes ? 'its consumer does not say that it resumes from an id (capabilities.resumes)' : undefined,
    signalsTruncation: definition.capabilities?.signalsTruncation
      ? undefined
      : 'it does not say that it signals trimmed entries (capabilities.signalsTruncation)',
    signalsRecreation: definition.capabilities?.signalsRecreation
      ? undefined
      : 'it does not say that it signals a topic made anew (capabilities.signalsRecreation)',
    fromBeginning: definition.startsAt === 'beginning' ? undefined : 'it starts at the tail (startsAt)',
    // Whether it does shows in the run.
    givesUp: undefined,
    acknowledges: undefined,
    severalStreams: undefined,
    appendsThroughProbe: undefined,
    notifies: undefined,
  }
  for (const need of scenario.needs) if (missing[need] !== undefined) return missing[need]
  if (!own && scenario.consumer !== 'snapshot-cursor') return undefined
  for (const step of scenario.schedule.steps) {
    if ('advance' in step && step.to !== undefined && !gates.has(step.to)) return `its consumer never comes to the gate ${step.to}`
  }
  return undefined
}
