/**
 * Two results, held against each other:
 *
 *  1. Per subject and place (a scenario, the bursts, the exploration, or the run as such): what was run in one only, and
 *     what has become unknown or is shown again.
 *  2. Per subject what is wrong with it, cause by cause (findings.ts): what is new, and what is fixed. A scenario that was added and shows
 *     what others showed before has nothing new. Fixed is only what was looked for again, wherever it was seen before: what is unknown now,
 *     or was left out, does not show it.
 *  3. Of the new ones the counterexample with the fewest steps.
 *
 * A regression is what is new and not known, or newly unknown. What was removed is said, and is not one: the change
 * that removed it is there to be seen.
 */
import { type Finding, findingsOf, isOrMayBe } from './findings.js'
import { isClear } from './known-losses.js'
import { type BurstsResult, type CaseResult, type Result, type SubjectResult, type SuiteResult, bySize } from './result.js'
import { count, duration, number } from './text.js'

export interface Place {
  readonly subject: string
  /** Missing where it is about the whole subject. */
  readonly where?: string
  /** Why it is unknown, or was not run. */
  readonly why?: string
}

/** One cause in one subject. */
export interface Difference extends Pick<Finding, 'cause' | 'rule' | 'did'> {
  readonly subject: string
  /** The scenarios that show it, `bursts` or `exploration`. */
  readonly shownBy: readonly string[]
  readonly known?: true
}

export interface Counterexample {
  readonly subject: SubjectResult
  readonly result: CaseResult
}

export interface Comparison {
  readonly lost: readonly Difference[]
  readonly fixed: readonly Difference[]
  readonly unknown: readonly Place[]
  /** Was unknown, and is not any more. */
  readonly shown: readonly Place[]
  readonly removed: readonly Place[]
  readonly added: readonly Place[]
  /** What the two were run with, where that differs. */
  readonly settings: readonly string[]
  readonly counterexample?: Counterexample
  /** Schedules per second. */
  readonly speed: { readonly base: number; readonly head: number }
  readonly regression: boolean
}

export function compare(base: SuiteResult, head: SuiteResult): Comparison {
  const lost = head.subjects.flatMap((subject) => newFindings(subject, subjectOf(base, subject)).map((finding) => ({ subject, finding })))
  const unknown = placesOf(base, head).flatMap(({ before, after }) => changedTo('unknown', before, after))
  const counterexample = smallestOf(lost)
  return {
    lost: lost.map(differenceOf),
    fixed: base.subjects.flatMap((subject) =>
      fixedIn(subject, subjectOf(head, subject)).map((finding) => differenceOf({ subject, finding })),
    ),
    unknown,
    shown: placesOf(base, head).flatMap(({ before, after }) =>
      before === undefined || after === undefined ? [] : changedTo('unknown', after, before),
    ),
    removed: oneSided(base, head),
    added: oneSided(head, base),
    settings: settingsThatDiffer(base, head),
    ...(counterexample === undefined ? {} : { counterexample }),
    speed: { base: speedOf(base), head: speedOf(head) },
    regression: unknown.length > 0 || lost.some(({ finding }) => !isKnown(finding)),
  }
}

const subjectOf = ({ subjects }: SuiteResult, { name }: SubjectResult) => subjects.find((each) => each.name === name)

// ── What is wrong

interface Found {
  readonly subject: SubjectResult
  readonly finding: Finding
}

const isKnown = ({ cases }: Finding): boolean => cases.every(({ known }) => known)

const differenceOf = ({ subject, finding }: Found): Difference => ({
  subject: subject.name,
  cause: finding.cause,
  rule: finding.rule,
  did: finding.did,
  shownBy: [...new Set(finding.cases.map(({ name }) => name))],
  ...(isKnown(finding) ? { known: true } : {}),
})

function newFindings(now: SubjectResult, before: SubjectResult | undefined): readonly Finding[] {
  const old = before === undefined ? [] : findingsOf(before)
  return findingsOf(now).filter((finding) => !old.some((other) => isSame(finding, other)))
}

const isSame = (a: Finding, b: Finding): boolean =>
  isOrMayBe(a.cause, b.cause) ||
  isOrMayBe(b.cause, a.cause) ||
  (hasNoCulprit(a) && sharesLoss(b, a)) ||
  (hasNoCulprit(b) && sharesLoss(a, b))

/** Reports from before there were culprits have the codes of losses alone. */
const hasNoCulprit = ({ cause, cases }: Finding): boolean =>
  cases.every(({ verdict }) => verdict.anomalies.every(({ code, culprit }) => code !== cause || culprit === undefined))

/** Does it show a loss of this code, which the other calls by a culprit? */
const sharesLoss = ({ cases }: Finding, { cause }: Finding): boolean =>
  cases.some(({ verdict }) => verdict.anomalies.some(({ code, culprit }) => culprit !== undefined && code === cause))

function fixedIn(before: SubjectResult, now: SubjectResult | undefined): readonly Finding[] {
  if (now === undefined) return []
  return newFindings(before, now).filter(({ cases }) => cases.every(({ name }) => isClear(now, name)))
}

function smallestOf(lost: readonly Found[]): Counterexample | undefined {
  return lost
    .filter(({ finding }) => !isKnown(finding))
    .map(({ subject, finding }) => ({ subject, result: finding.told }))
    .toSorted((a, b) => bySize(a.result, b.result))[0]
}

// ── What was run

interface Judged {
  readonly subject: string
  readonly where: string
  readonly result: Result
  readonly why?: string
  /** Losses that are counted, with no case to show for them. */
  readonly counted?: number
}

interface Pair {
  readonly before: Judged | undefined
  readonly after: Judged | undefined
}

function placesOf(base: SuiteResult, head: SuiteResult): readonly Pair[] {
  const before = base.subjects.flatMap(judgedOf)
  return head.subjects.flatMap(judgedOf).map((after) => ({
    before: before.find(({ subject, where }) => subject === after.subject && where === after.where),
    after,
  }))
}

const because = (why: string | undefined) => (why === undefined ? {} : { why })

/** Each place of a subject that was run; `run` stands for the run as such. */
function judgedOf({ name: subject, scenarios, bursts, exploration, error }: SubjectResult): readonly Judged[] {
  const names = [...new Set(scenarios.map(({ name }) => name))]
  return [
    { subject, where: 'run', ...(error === undefined ? { result: 'valid' } : { result: 'unknown', why: error }) },
    ...names.map((where): Judged => {
      const verdicts = scenarios.filter(({ name }) => name === where).map(({ verdict }) => verdict)
      const result = (['invalid', 'unknown', 'valid'] as const).find((each) => verdicts.some((one) => one.result === each))!
      return {
        subject,
        where,
        result,
        ...because(result === 'unknown' ? verdicts.flatMap(({ reasons }) => reasons).join('; ') : undefined),
      }
    }),
    ...(bursts === undefined ? [] : [generated(subject, 'bursts', bursts.failure, bursts.counts.owed > 0)]),
    ...(exploration === undefined
      ? []
      : [
          generated(
            subject,
            'exploration',
            exploration.failure,
            exploration.covered === exploration.interleavings && exploration.counts.owed > 0,
            exploration.lost,
          ),
        ]),
  ]
}

function generated(subject: string, where: string, failure: CaseResult | undefined, shown: boolean, lost = '0'): Judged {
  if (failure !== undefined) return { subject, where, result: failure.verdict.result, ...because(failure.verdict.reasons[0]) }
  // Joined from shards: what was lost is counted, and there is no case to show for it.
  if (lost !== '0')
    return {
      subject,
      where,
      result: 'unknown',
      why: `${lost} interleavings lost an entry: the parts show which`,
      counted: Number(lost),
    }
  return { subject, where, ...(shown ? { result: 'valid' } : { result: 'unknown', why: 'nothing was owed, or not all of it was run' }) }
}

function changedTo(result: Result, before: Judged | undefined, after: Judged | undefined): readonly Place[] {
  const more = (after?.counted ?? 0) > (before?.counted ?? 0)
  if (after?.result !== result || (before?.result === result && !more)) return []
  const { subject, where, why } = after
  return [{ subject, where, ...because(why) }]
}

/** What only the first has: whole subjects by their name, else place by place. */
function oneSided(report: SuiteResult, other: SuiteResult): readonly Place[] {
  return report.subjects.flatMap((subject): readonly Place[] => {
    const there = other.subjects.find(({ name }) => name === subject.name)
    if (there === undefined) return [{ subject: subject.name }]
    // One that broke off says so; what it did not come to was not removed.
    if (there.error !== undefined || subject.error !== undefined) return []
    const names = new Set(judgedOf(there).map(({ where }) => where))
    const left = judgedOf(subject).filter(({ where }) => !names.has(where))
    return left.map(({ where }) => ({
      subject: subject.name,
      where,
      ...because(there.skipped.find(({ name }) => name === where)?.reason),
    }))
  })
}

function speedOf({ subjects, ms }: SuiteResult): number {
  const schedules = subjects.reduce(
    (sum, { scenarios, bursts, exploration }) => sum + scenarios.length + (bursts?.runs ?? 0) + (exploration?.schedules ?? 0),
    0,
  )
  return ms === 0 ? 0 : (schedules * 1000) / ms
}

// ── Settings ──
//
// What two reports that are held against each other were run with, where that differs: more schedules find more, and other
// schedules find other things, without anything having changed in the subject.

/** A line for each, the base's first. */
export function settingsThatDiffer(base: SuiteResult, head: SuiteResult): readonly string[] {
  const both = base.subjects.flatMap((before) => {
    const after = head.subjects.find(({ name }) => name === before.name)
    return after === undefined ? [] : differing(before.name, settingsOf(before), settingsOf(after))
  })
  return [...differing(undefined, ofAll(base), ofAll(head)), ...both]
}

type Settings = Readonly<Record<string, string | undefined>>

const ofAll = ({ tailrace, seed, shard }: SuiteResult): Settings => ({ tailrace, seed: String(seed), shard: shard ?? 'none' })

const settingsOf = ({ consumer, store, error, bursts, exploration }: SubjectResult): Settings => ({
  consumer,
  // One that could not be opened does not say which it would have been.
  store: error === undefined ? store : undefined,
  // Bursts that found something end there.
  bursts: bursts === undefined ? 'none' : bursts.failure === undefined ? amountOf(bursts) : undefined,
  exploration:
    exploration === undefined
      ? 'none'
      : `${count(exploration.appends, 'append')} × ${count(exploration.cycles, 'cycle')}${exploration.faults === undefined ? '' : ` × ${exploration.faults.join(', ')}`}`,
})

/** In the same time as many are run as there is time for. */
const amountOf = ({ runs, timeMs }: BurstsResult) => (timeMs === undefined ? number(runs) : `for ${duration(timeMs)}`)

const differing = (of: string | undefined, before: Settings, after: Settings): readonly string[] =>
  Object.keys(before)
    .filter((name) => before[name] !== undefined && after[name] !== undefined && before[name] !== after[name])
    .map((name) => `${of === undefined ? '' : `${of} · `}${name}: ${before[name]} → ${after[name]}`)
