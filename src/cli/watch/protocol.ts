/** What the watching process and the one that runs say to each other. */
import { failuresOf, resultOf, type SuiteResult } from '../../report/result.js'
import type { RunCommandOptions } from '../run.js'

/** To the worker: run this. It is told once, and ends with the run. */
export type Request = RunCommandOptions

/** From the worker, when it is done. */
export interface WorkerReport {
  /** The files of the user's that were loaded, wherever they are. */
  readonly files: readonly string[]
  /** Of all scenarios that there are, those of the user's own included. Missing where the run could not begin. */
  readonly names?: readonly string[]
  /** Missing where the run could not begin. */
  readonly failed?: Failed
}

/** What to run again, to see the same failures. */
export interface Failed {
  readonly subjects: readonly string[]
  /** None: what failed has no name of its own, so that all of the subject is run. */
  readonly scenarios: readonly string[]
  /** How many bursts until one failed. */
  readonly bursts: number
}

export function failedOf(suite: SuiteResult, known: ReadonlySet<string>): Failed {
  const subjects = suite.subjects.filter((subject) => resultOf(subject) !== 'valid')
  const cases = subjects.flatMap(failuresOf)
  const bursts = Math.max(0, ...subjects.map((subject) => (subject.bursts?.failure === undefined ? 0 : subject.bursts.runs)))
  const named = cases.every(({ kind, name }) => known.has(name) || (kind === 'burst' && name === 'bursts'))
  const whole = !named || subjects.some(({ error }) => error !== undefined)
  return {
    subjects: subjects.map(({ name }) => name),
    scenarios: whole ? [] : [...new Set(cases.map(({ name }) => name).filter((name) => known.has(name)))],
    bursts: whole ? 0 : bursts,
  }
}
