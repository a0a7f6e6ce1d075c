/**
 * Two reports, held against each other:
 *
 *  1. Per subject and place (a scenario, the bursts, the exploration, or the run as such): what was run in one only, and
 *     what has become unknown or is shown again.
 *  2. Per anomaly there, by code, window and rule: what is newly lost, and what is fixed. Fixed is only what was run again
 *     and shown: what is unknown now, or was left out, is not.
 *  3. Of the new ones the counterexample with the fewest steps.
 *
 * A regression is what is newly lost and not known, or newly unknown. What was removed is said, and is not one: the change
 * that removed it is there to be seen.
 */
import { sameLoss } from './known-losses.js'
import type { JsonReport, ReportCase, ReportSubject } from './report-schema.js'
import type { Result } from './result.js'
import { count, number } from './text.js'

export interface Place {
  readonly subject: string
  /** Missing where it is about the whole subject. */
  readonly where?: string
  /** Why it is unknown, or was not run. */
  readonly why?: string
}

export interface Finding {
  readonly subject: string
  readonly where: string
  readonly code: string
  readonly window?: string
  readonly rule: string
  readonly known?: true
}

export interface Counterexample {
  readonly subject: ReportSubject
  readonly result: ReportCase
}

export interface Comparison {
  readonly lost: readonly Finding[]
  readonly fixed: readonly Finding[]
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

export function compare(base: JsonReport, head: JsonReport): Comparison {
  const pairs = pairsOf(base, head)
  const lost = pairs.flatMap(({ before, after }) => newFindings(after, before))
  const unknown = pairs.flatMap(({ before, after }) => changedTo('unknown', before, after))
  const counterexample = smallestOf(head, lost)
  return {
    lost,
    fixed: pairs.flatMap(({ before, after }) => (after === undefined || after.result === 'unknown' ? [] : newFindings(before, after))),
    unknown,
    shown: pairs.flatMap(({ before, after }) =>
      (before === undefined ? [] : changedTo('unknown', after, before)).filter(() => after !== undefined),
    ),
    removed: oneSided(base, head),
    added: oneSided(head, base),
    settings: settingsThatDiffer(base, head),
    ...(counterexample === undefined ? {} : { counterexample }),
    speed: { base: speedOf(base), head: speedOf(head) },
    regression: unknown.length > 0 || lost.some(({ known }) => !known),
  }
}

interface Judged {
  readonly subject: string
  readonly where: string
  readonly result: Result
  readonly cases: readonly ReportCase[]
  readonly why?: string
  /** Losses that are counted, with no case to show for them. */
  readonly counted?: number
}

interface Pair {
  readonly before: Judged | undefined
  readonly after: Judged | undefined
}

function pairsOf(base: JsonReport, head: JsonReport): readonly Pair[] {
  const before = base.subjects.flatMap(judgedOf)
  const after = head.subjects.flatMap(judgedOf)
  const same = (a: Judged) => (b: Judged) => a.subject === b.subject && a.where === b.where
  const only = before.filter((each) => !after.some(same(each)))
  return [
    ...after.map((each) => ({ before: before.find(same(each)), after: each })),
    ...only.map((each) => ({ before: each, after: undefined })),
  ]
}

const because = (why: string | undefined) => (why === undefined ? {} : { why })

/** Each place of a subject that was run; `run` stands for the run as such. */
function judgedOf({ name: subject, scenarios, bursts, exploration, error }: ReportSubject): readonly Judged[] {
  const names = [...new Set(scenarios.map(({ name }) => name))]
  const run: Judged = {
    subject,
    where: 'run',
    cases: [],
    ...(error === undefined ? { result: 'valid' } : { result: 'unknown', why: error }),
  }
  return [
    run,
    ...names.map((where) => {
      const cases = scenarios.filter(({ name }) => name === where)
      const result = (['invalid', 'unknown', 'valid'] as const).find((each) => cases.some((one) => one.result === each))!
      return {
        subject,
        where,
        result,
        cases,
        ...because(result === 'unknown' ? cases.flatMap(({ reasons }) => reasons).join('; ') : undefined),
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

function generated(subject: string, where: string, failure: ReportCase | undefined, shown: boolean, lost = '0'): Judged {
  if (failure !== undefined) return { subject, where, result: failure.result, cases: [failure], ...because(failure.reasons[0]) }
  // Joined from shards: what was lost is counted, and there is no case to show for it.
  if (lost !== '0')
    return {
      subject,
      where,
      cases: [],
      result: 'unknown',
      why: `${lost} interleavings lost an entry: the parts show which`,
      counted: Number(lost),
    }
  return {
    subject,
    where,
    cases: [],
    ...(shown ? { result: 'valid' } : { result: 'unknown', why: 'nothing was owed, or not all of it was run' }),
  }
}

function findingsOf({ subject, where, cases }: Judged): readonly Finding[] {
  const all = cases.flatMap(({ anomalies, known }) =>
    anomalies.map(
      ({ code, window, rule }): Finding => ({
        subject,
        where,
        code,
        ...(window === undefined ? {} : { window }),
        rule,
        ...(known ? { known } : {}),
      }),
    ),
  )
  return all.filter((finding, at) => all.findIndex((other) => sameLoss(other, finding)) === at)
}

const newFindings = (now: Judged | undefined, before: Judged | undefined): readonly Finding[] => {
  const old = before === undefined ? [] : findingsOf(before)
  return now === undefined ? [] : findingsOf(now).filter((finding) => !old.some((other) => sameLoss(other, finding)))
}

function changedTo(result: Result, before: Judged | undefined, after: Judged | undefined): readonly Place[] {
  const more = (after?.counted ?? 0) > (before?.counted ?? 0)
  if (after?.result !== result || (before?.result === result && !more)) return []
  const { subject, where, why } = after
  return [{ subject, where, ...because(why) }]
}

/** What only the first has: whole subjects by their name, else place by place. */
function oneSided(report: JsonReport, other: JsonReport): readonly Place[] {
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

function smallestOf(head: JsonReport, lost: readonly Finding[]): Counterexample | undefined {
  const candidates = head.subjects.flatMap((subject) =>
    judgedOf(subject).flatMap(({ where, cases }) =>
      lost.some((finding) => !finding.known && finding.subject === subject.name && finding.where === where)
        ? cases.filter(({ result }) => result === 'invalid').map((result) => ({ subject, result }))
        : [],
    ),
  )
  const length = ({ result }: Counterexample) => (result.smallest ?? result.schedule).steps.length
  return candidates.reduce<Counterexample | undefined>((a, b) => (a === undefined || length(b) < length(a) ? b : a), undefined)
}

function speedOf({ subjects, ms }: JsonReport): number {
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
export function settingsThatDiffer(base: JsonReport, head: JsonReport): readonly string[] {
  const both = base.subjects.flatMap((before) => {
    const after = head.subjects.find(({ name }) => name === before.name)
    return after === undefined ? [] : differing(before.name, settingsOf(before), settingsOf(after))
  })
  return [...differing(undefined, ofAll(base), ofAll(head)), ...both]
}

type Settings = Readonly<Record<string, string | undefined>>

const ofAll = ({ tailrace, seed, shard }: JsonReport): Settings => ({ tailrace, seed: String(seed), shard: shard ?? 'none' })

const settingsOf = ({ consumer, store, error, bursts, exploration }: ReportSubject): Settings => ({
  consumer,
  // One that could not be opened does not say which it would have been.
  store: error === undefined ? store : undefined,
  // Bursts that found something end there.
  bursts: bursts === undefined ? 'none' : bursts.failure === undefined ? number(bursts.runs) : undefined,
  exploration: exploration === undefined ? 'none' : `${count(exploration.appends, 'append')} × ${count(exploration.cycles, 'cycle')}`,
})

const differing = (of: string | undefined, before: Settings, after: Settings): readonly string[] =>
  Object.keys(before)
    .filter((name) => before[name] !== undefined && after[name] !== undefined && before[name] !== after[name])
    .map((name) => `${of === undefined ? '' : `${of} · `}${name}: ${before[name]} → ${after[name]}`)
