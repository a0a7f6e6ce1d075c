/** All mutants, family by family, and each as a subject. */
import { entryOf, isAnnouncement, type Frame } from '../../consumers/loops.js'
import type { StoreKind, SubjectDefinition } from '../../subject/subject.js'
import { appendMutants } from './append.js'
import { codecMutants } from './codec.js'
import { deepMutants } from './cursor-loop-deep.js'
import { cursorLoopMutants } from './cursor-loop.js'
import { handOverMutants } from './hand-over.js'
import { lifeCycleMutants } from './life-cycle.js'
import type { Mutant } from './mutant.js'
import { openCorrect } from './open.js'
import { readOrderMutants } from './read-order.js'
import { readFailureMutants } from './read-failure.js'
import { readMutants } from './read.js'
import { retentionMutants } from './retention.js'
import { sharedStateMutants } from './shared-state.js'
import { tailMutants } from './tail.js'

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
export function mutantSubject(mutant: Mutant, store: StoreKind): SubjectDefinition {
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
