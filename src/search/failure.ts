/** What two runs must have in common to fail in the same way. */
import { causesOf } from '../oracle/cause.js'
import { obligationOf } from '../oracle/obligation.js'
import type { Judged } from './strategy.js'

/**
 * The first anomaly of its report, without the names that a schedule gives: which kind it is, of which rule, in which window, and why
 * its entry was owed. A schedule that fails in another way is no smaller counterexample, however small.
 */
export function failureOf({ verdict, run }: Judged): string {
  const [first] = verdict.anomalies
  if (first === undefined) return verdict.result
  const { code, rule, window = '' } = first
  return [code, rule, window, obligationOf(run.history, first)].join(' · ')
}

/** The same, and every cause that it shows: where a smaller run is told in place of the whole one, none of them may be missing. */
export const failureAndCausesOf = (judged: Judged): string =>
  [
    failureOf(judged),
    ...causesOf(judged.verdict.anomalies)
      .map(({ name }) => name)
      .sort(),
  ].join(' · ')
