/**
 * What is wrong with a subject, each thing once. Thirty scenarios that fail by the same act are one finding: it is told with the smallest
 * schedule of them all, and the others are named.
 */
import { type Cause, causesOf } from '../oracle/cause.js'
import { kindOf } from '../oracle/anomaly.js'
import { culpritRecord } from '../oracle/catalogue/culprits.js'
import type { Words } from '../dialects/words.js'
import { type CaseResult, type SubjectResult, bySize, failuresOf } from './result.js'

/** One cause, and all the cases that show it. */
export interface Finding {
  /** The culprit of losses, `latest-anew`, or the code of another anomaly. */
  readonly cause: string
  readonly rule: string
  /** What was done, as a clause. */
  readonly did: string
  /** The case that it is told by. */
  readonly told: CaseResult
  /** All that show it, that one included, in the order in which they were run. */
  readonly cases: readonly CaseResult[]
}

/** A case that is told in full, and those that show nothing which it does not tell. */
export interface Story {
  readonly result: CaseResult
  readonly also: readonly CaseResult[]
}

type Failing = Pick<SubjectResult, 'scenarios' | 'bursts' | 'exploration' | 'dialect'>

/** In the order in which they were first seen. */
export function findingsOf(subject: Failing): readonly Finding[] {
  const found = new Map<string, { rule: string; cases: CaseResult[] }>()
  const causes = new Map(failuresOf(subject).map((each) => [each, causesOf(each.verdict.anomalies)]))
  const all = new Set([...causes.values()].flatMap((each) => each.map(({ name }) => name)))
  for (const [result, each] of causes) {
    for (const cause of each) {
      const { name, rule } = withinOf(cause, all)
      const known = found.get(name)
      if (known === undefined) found.set(name, { rule, cases: [result] })
      else if (known.cases.at(-1) !== result) known.cases.push(result)
    }
  }
  const count = (result: CaseResult) => causes.get(result)!.length
  return [...found].map(([cause, { rule, cases }]) => ({
    cause,
    rule,
    did: didOf(cause, subject.dialect.words),
    told: cases.toSorted((a, b) => known(a) - known(b) || count(a) - count(b) || bySize(a, b))[0]!,
    cases,
  }))
}

/** All that has to be told in full: a case for each finding, and one for each reason to say nothing. In the order in which they were run. */
export function storiesOf(subject: SubjectResult): readonly Story[] {
  const told = new Map([...tellersOf(subject)].map(([each, finding]) => [each, finding.told]))
  const smallest = new Map<string, CaseResult>()
  const unknown = failuresOf(subject).filter(({ verdict }) => verdict.result === 'unknown')
  for (const each of unknown.toSorted(bySize)) smallest.set(reasonOf(each), smallest.get(reasonOf(each)) ?? each)
  for (const each of unknown) if (smallest.get(reasonOf(each)) !== each) told.set(each, smallest.get(reasonOf(each))!)
  return failuresOf(subject)
    .filter((result) => !told.has(result))
    .map((result) => ({ result, also: [...told].flatMap(([other, by]) => (by === result ? [other] : [])) }))
}

const reasonOf = ({ verdict }: CaseResult): string => verdict.reasons.join('\n')

/** For each case that is not told in full, the finding that it shows. */
export function tellersOf(subject: Failing): ReadonlyMap<CaseResult, Finding> {
  const findings = findingsOf(subject)
  const told = new Set(findings.map((finding) => finding.told))
  const tellers = new Map<CaseResult, Finding>()
  for (const finding of findings) {
    for (const each of finding.cases) if (!told.has(each) && !tellers.has(each)) tellers.set(each, finding)
  }
  return tellers
}

/** One line for a case that another one tells of. */
export const pointerTo = ({ did, rule, told, cause }: Finding): string => `the same as in ${told.name}: ${did} (${cause}, rule ${rule})`

/** Is it this cause, or one that may be the same, seen in a schedule that ends too soon to tell them apart? */
export const isOrMayBe = (cause: string, name: string): boolean => name === cause || culpritRecord(name)?.within === cause

/** One act may look like another in a schedule that ends too soon to tell them apart; where both are found, it is the one. */
function withinOf(cause: Cause, all: ReadonlySet<string>): Pick<Cause, 'name' | 'rule'> {
  const within = culpritRecord(cause.name)?.within
  const other = within === undefined || !all.has(within) ? undefined : culpritRecord(within)
  return other === undefined ? cause : { name: other.name, rule: other.rule ?? cause.rule }
}

function didOf(cause: string, words: Words): string {
  return culpritRecord(cause)?.did(words) ?? kindOf(cause)?.seen ?? cause
}

const known = (result: CaseResult): number => (result.known ? 1 : 0)
