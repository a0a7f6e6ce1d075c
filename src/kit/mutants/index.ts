/** All mutants, family by family, and each as a subject. */
import { entryOf, isAnnouncement, type Frame } from '../../consumers/loops.js'
import type { DialectName, SubjectDefinition } from '../../subject/subject.js'
import { appendMutants, codecMutants, tailMutants } from './repositories.js'
import { cursorLoopMutants, deepMutants, handOverMutants, sharedStateMutants } from './loops.js'
import { lifeCycleMutants, retentionMutants } from './loops.js'
import type { Mutant } from './mutant.js'
import { openCorrect } from './open.js'
import { readFailureMutants, readMutants, readOrderMutants } from './repositories.js'

export const mutants: readonly Mutant[] = [
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

/** A correct repository of this store, broken where the mutant breaks it, under its loop or the reference ones. */
export function mutantSubject(mutant: Mutant, store: DialectName): SubjectDefinition {
  const subject: SubjectDefinition<Frame> = {
    name: `mutant/${mutant.name}`,
    store,
    open: async (context) => {
      const correct = await openCorrect(store, context)
      return mutant.repository?.(correct) ?? correct
    },
    ...(mutant.consume === undefined ? {} : { consume: mutant.consume.bind(mutant), entryOf, isAnnouncement }),
    capabilities: { ...mutant.capabilities, ...(mutant.capability === undefined ? {} : { [mutant.capability]: true }) },
  }
  return subject
}
