/**
 * Mutants: implementations broken on purpose, each a few lines on top of a correct one, each with the rule that it breaks
 * and the anomaly that must be found. They test the kit: a rule that nobody has broken is not tested.
 *
 * A repository mutant is a decorator around any correct repository, so the same one runs over the model and over Redis.
 */
import type { AnomalyCode } from '../../oracle/anomaly.js'
import type { CulpritName } from '../../oracle/catalogue/culprits.js'
import type { Frame } from '../../consumers/loops.js'
import type { StreamRepository } from '../../contract/stream-repository.js'
import type { Capabilities, Capability } from '../../contract/capabilities.js'
import type { ConsumeContext, SubjectDefinition } from '../../subject/subject.js'

/** Which part of an implementation a mutant breaks. */
export type Family = 'append' | 'tail' | 'read' | 'cursor-loop' | 'life-cycle' | 'retention'

/**
 * An implementation broken on purpose, for `tailrace selftest`: a repository that wraps a correct one, or a loop. It has to be found,
 * by the anomaly and for the rule that it names.
 */
export interface Mutant {
  /** kebab-case, unique. */
  readonly name: string
  readonly family: Family
  /** The id of the rule that it breaks. */
  readonly breaks: string
  /** The anomaly that must be found. */
  readonly trips: AnomalyCode
  /**
   * What may be named as the cause, by whatever schedule finds it: the culprit of a loss, or an anomaly that stands for itself. No schedule
   * may name another. Missing: it may be called anything.
   */
  readonly causes?: readonly (CulpritName | AnomalyCode)[]
  /** What is wrong with it, in a few words. */
  readonly summary: string
  /** How many appends in particular windows it takes to show; 1 unless said. */
  readonly depth?: number
  /** Declared, and not kept. */
  readonly capability?: Capability
  /** What else its subject declares, so that scenarios which need it run. */
  readonly capabilities?: Capabilities
  /** What it owes, where that is a part of the log, and what others are. */
  readonly part?: Pick<SubjectDefinition, 'owes' | 'foreign'>
  /** The repository, broken. */
  repository?(correct: StreamRepository): StreamRepository
  /** The loop, broken; without one the reference loops run. */
  consume?(context: ConsumeContext): AsyncIterable<Frame>
}

/**
 * A mutant with its types, for the file that `tailrace selftest --config` takes: `export default { mutants: […] }`. Returns what it is
 * given; the command checks it, and exits with 2 where something is wrong.
 */
export const mutant = (values: Mutant): Mutant => values
