/** What is thrown where a subject is not found valid: the failure text that `tailrace run` shows, and a difference for the test runner. */
import type { CaseResult, BurstsResult, SubjectResult } from '../report/result.js'
import { type Finding, pointerTo } from '../report/findings.js'
import { failureText } from '../report/formats/failure.js'
import { plainStyle } from '../report/style.js'
import { duration } from '../report/text.js'
import type { Exploration } from '../run/explore-target.js'
import { certificateText } from '../search/certificate.js'

interface Diff {
  readonly actual: unknown
  readonly expected: unknown
}

/** Thrown with the whole report as its message; its stack would only show files of tailrace. */
export class TailraceFailure extends Error {
  override readonly name = 'TailraceFailure'

  constructor(text: string, diff: Partial<Diff> = {}) {
    super(text)
    this.stack = `${this.name}: ${text}`
    Object.assign(this, diff)
  }
}

/** Whose failure it is. */
export type About = Pick<SubjectResult, 'name' | 'consumer' | 'dialect' | 'again'>

/**
 * @param told where another case tells what this one shows: it points there.
 * @throws TailraceFailure unless it is valid, or missing.
 */
export function expectValid(each: CaseResult | undefined, subject: About, told?: Finding): void {
  if (each === undefined || each.verdict.result === 'valid') return
  if (told !== undefined) throw new TailraceFailure(pointerTo(told), diffOf(each))
  throw new TailraceFailure(failureText(each, subject, { style: plainStyle, width: 100 }), diffOf(each))
}

/** @throws TailraceFailure also where nothing was shown. */
export function expectBurstsValid({ failure, counts, runs, timeMs }: BurstsResult, subject: About): void {
  expectValid(failure, subject)
  if (runs === 0 && timeMs !== undefined)
    throw new TailraceFailure(`unknown: no burst was run, for the time of ${duration(timeMs)} was over before the first`)
  if (failure === undefined && counts.owed === 0) throw new TailraceFailure('unknown: nothing was owed in any burst')
}

/**
 * @param isPart it is a shard: only `tailrace merge` can tell whether the whole is complete.
 * @throws TailraceFailure also where nothing was shown.
 */
export function expectExploredValid({ failure, certificate }: Exploration, subject: About, isPart = false): void {
  expectValid(failure, subject)
  if (!isPart && !(certificate.complete && certificate.counts.owed > 0))
    throw new TailraceFailure(`unknown: nothing was owed, or not everything was run\n${certificateText(certificate)}`)
}

/** What test runners and editors show side by side. */
function diffOf({ verdict: { result, anomalies, counts } }: CaseResult): Partial<Diff> {
  if (result !== 'invalid') return {}
  return {
    actual: { delivered: counts.delivered, anomalies: anomalies.map(({ code, evidence }) => `${code}: ${evidence}`) },
    expected: { delivered: counts.owed, anomalies: [] },
  }
}
