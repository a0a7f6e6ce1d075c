/** All mutants, family by family, and each as a subject. */
import { entryOf, isAnnouncement, resumeIdOf, type Frame } from '../../consumers/loops.js'
import { STREAM_IDS, type StreamId } from '../../contract/stream-id.js'
import type { DialectName, SubjectDefinition } from '../../subject/subject.js'
import { appendMutants, codecMutants, tailMutants } from './repositories.js'
import { cursorLoopMutants, deepMutants, handOverMutants, sharedStateMutants } from './loops.js'
import { lifeCycleMutants, retentionMutants } from './loops.js'
import type { Mutant } from './mutant.js'
import { openCorrect } from './open.js'
import { readFailureMutants, readMutants, readOrderMutants } from './repositories.js'

const all: readonly Mutant[] = [
  ...appendMutants,
  ...codecMutants,
  ...tailMutants,
  ...readMutants,
  ...readOrderMutants,
  ...readFailureMutants,
  ...cursorLoopMutants,
  ...handOverMutants,
  ...sharedStateMutants,
  ...deepMutants,
  ...lifeCycleMutants,
  ...retentionMutants,
]

/** Each says what it may be called: where nothing more is said, what it trips. */
export const mutants: readonly Mutant[] = all.map((mutant) => ({ causes: [mutant.trips], ...mutant }))

/** A correct repository of this store, broken where the mutant breaks it, under its loop or the reference ones. */
export function mutantSubject(mutant: Mutant, store: DialectName): SubjectDefinition {
  const subject: SubjectDefinition<Frame> = {
    name: `mutant/${mutant.name}`,
    store,
    open: async (context) => {
      const correct = await openCorrect(store, context)
      return mutant.repository?.(correct) ?? correct
    },
    ...(mutant.consume === undefined ? {} : { consume: mutant.consume.bind(mutant), entryOf, isAnnouncement, resumeIdOf }),
    // The repositories that mutants are made of all have stream ids.
    ...(store === 'own' ? { compareIds: (a, b) => STREAM_IDS.compare(a as StreamId, b as StreamId) } : {}),
    ...mutant.part,
    capabilities: { ...mutant.capabilities, ...(mutant.capability === undefined ? {} : { [mutant.capability]: true }) },
  }
  return subject
}

// ── On a store that only its repository knows

const CHOSEN_IDS = 'It shows only between certain ids, such as 9-0 and 10-0, or two of one millisecond, and the harness cannot choose them.'
const REMOVED = 'It shows only when entries, or a topic that is made anew, are removed, and no scenario of that can be followed.'
const UNDECODABLE = 'It shows only at an entry that does not decode, and a repository writes none.'
const CUT = 'It shows only when a connection breaks, and nobody knows which one a read waits on.'
const ORIGIN = 'Whatever the tail of an empty topic is counts as what lies before every entry. It is found, as a lost append.'

/**
 * Mutants that cannot be told there from correct implementations, or not for what they are, and why. docs/writing-an-adapter.md has them
 * in a table; tests hold that these are the ones, and that every other is found there.
 */
export const NOT_TOLD: Readonly<Record<string, string>> = {
  'one-connection': 'Appends come from a second repository, which shares no connection with the reads of the first.',
  'tail-is-dollar': ORIGIN,
  'empty-topic-is-dollar': ORIGIN,
  'greatest-as-text': CHOSEN_IDS,
  'incremented-cursor': CHOSEN_IDS,
  'lagging-replica': 'The witness reads from the same replica. It is found, as a lost append or as an empty read that came too early.',
  'prefix-match': 'It looks at topics that it has written to itself, and appends come from a second repository.',
  'filters-as-text': CHOSEN_IDS,
  'sorts-as-text': CHOSEN_IDS,
  'ignores-sequence': CHOSEN_IDS,
  'waits-at-zero': 'The witness reads with a time-out of 0, too, and its reads come to no end. Nothing is judged then.',
  'swallows-read-error': CUT,
  'hangs-after-cut': CUT,
  'leaks-when-left-early': 'Nobody can look at what a repository still holds when it is closed.',
  'wedged-by-undecodable': UNDECODABLE,
  'ends-on-undecodable': UNDECODABLE,
  'compares-as-text': CHOSEN_IDS,
  'counts-frames-anew': CUT,
  'one-entry-a-millisecond': CHOSEN_IDS,
  'keeps-high-water-mark': CHOSEN_IDS,
  'keeps-newest-three': 'The witness reads through what keeps the newest alone. It is found, as a lost append.',
  'takes-gone-for-end': REMOVED,
  'silent-truncation': REMOVED,
  'waits-above-old-ids': CHOSEN_IDS,
  'tail-goes-back': REMOVED,
  'dollar-once':
    'That "$" is no id is known only where the ids of the store are. It is found, as a tail that is asked for after an empty read.',
  'notice-takes-id-back': 'That the id 0 stands for the beginning is known only where the ids of the store are.',
}
