/**
 * The result as JSON for other programs, written and read back; ../report-schema.ts says what is in it. The same result
 * gives the same text, but for the times: keys are in a fixed order. A history is there where it is needed to understand
 * a verdict, and left out of what is valid.
 */
import type { Anomaly } from '../../oracle/anomaly.js'
import { type Dialect, dialectOf } from '../../dialects/dialect.js'
import { sharesOf } from '../shares.js'
import { linkTo } from '../../oracle/rules.js'
import type { Coverage } from '../coverage.js'
import { REPORT_VERSION, type JsonReport, type ReportCase, type ReportSubject, ReportError, checkReport } from '../report-schema.js'
import {
  type BurstsResult,
  type CaseResult,
  type NoReturn,
  type ExplorationResult,
  type SubjectResult,
  type SuiteResult,
  exitOf,
  resultOf,
  worst,
} from '../result.js'

export function toJson(suite: SuiteResult): string {
  const { tailrace, shard, seed, ms, subjects, known } = suite
  const report = {
    version: REPORT_VERSION,
    tailrace,
    shard,
    result: worst(subjects.map(resultOf)),
    exit: exitOf(suite),
    seed,
    ms: rounded(ms),
    subjects: subjects.map(subjectOf),
    known: known?.map(({ loss, outcome }) => ({ ...loss, outcome })),
  }
  return wellFormed(JSON.stringify(report, null, 2))
}

/**
 * JSON.stringify writes a lone surrogate as its escape. Half of the world's parsers refuse that, the other half replaces
 * it: here it becomes the text of the escape, which everybody can read. In valid JSON only a lone surrogate is escaped so.
 */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\u(d[89a-f][0-9a-f]{2})/g

export const wellFormed = (json: string): string => json.replace(LONE_SURROGATE, String.raw`$1\\u$2`)

const subjectOf = (subject: SubjectResult) => ({
  name: subject.name,
  source: subject.source,
  consumer: subject.consumer,
  store: subject.store,
  dialect: subject.dialect.name,
  limits: subject.limits,
  result: resultOf(subject),
  error: subject.error,
  ms: rounded(subject.ms),
  scenarios: subject.scenarios.map(caseOf),
  skipped: subject.skipped.map(({ name, reason }) => ({ name, reason })),
  capabilities: subject.capabilities?.map(({ name, declared, outcome }) => ({ name, declared, outcome })),
  bursts: subject.bursts && burstsOf(subject.bursts),
  exploration: subject.exploration && explorationOf(subject.exploration),
  coverage: subject.coverage && coverageOf(subject.coverage),
  strategies: (subject.bursts ?? subject.exploration) && sharesOf(subject),
})

const burstsOf = ({ runs, goneOn, seed, counts, timeMs, failure, ms }: BurstsResult) => ({
  runs,
  goneOn,
  seed,
  counts,
  ms: rounded(ms),
  timeMs,
  failure: failure && caseOf(failure),
})

const explorationOf = (exploration: ExplorationResult) => ({
  appends: exploration.appends,
  cycles: exploration.cycles,
  faults: exploration.faults,
  interleavings: exploration.interleavings,
  covered: exploration.covered,
  lost: exploration.lost,
  schedules: exploration.schedules,
  counts: exploration.counts,
  certificate: exploration.certificate,
  ms: rounded(exploration.ms),
  stopped: exploration.stopped,
  beforeBursts: exploration.beforeBursts,
  failure: exploration.failure && caseOf(exploration.failure),
})

const coverageOf = ({ schedules, places }: Coverage) => ({
  schedules,
  places: places.map(({ gate, window, held, fell }) => ({ gate, window, held, fell })),
})

const caseOf = (result: CaseResult) => ({
  kind: result.kind,
  name: result.name,
  summary: result.summary,
  rule: result.rule,
  race: result.race,
  result: result.verdict.result,
  known: result.known,
  counts: result.verdict.counts,
  anomalies: result.verdict.anomalies.map(anomalyOf),
  reasons: result.verdict.reasons,
  notes: result.notes,
  ms: rounded(result.ms),
  seed: result.seed,
  path: result.path,
  foundAfter: result.foundAfter,
  replayFile: result.replayFile,
  schedule: result.schedule,
  wholeSteps: result.wholeSteps,
  smallest: result.smallest,
  noReturn: result.noReturn && noReturnOf(result.noReturn),
  history: result.verdict.result === 'valid' ? undefined : result.history,
})

const noReturnOf = ({ value, consumer, session, step, gate, kind, at, runs, continuations, stillBy }: NoReturn) => ({
  value,
  consumer,
  session,
  step,
  gate,
  kind,
  at,
  runs,
  continuations,
  stillBy,
})

const anomalyOf = ({ code, rule, evidence, consumer, session, value, id, window, culprit }: Anomaly) => ({
  code,
  rule,
  ruleAt: linkTo(rule),
  evidence,
  consumer,
  session,
  value,
  id,
  window,
  culprit,
})

/** Microseconds are more than enough, and no float has a tail then. */
const rounded = (ms: number) => Math.round(ms * 1000) / 1000

// ── Read back ──
//
// A result from a JSON report: nothing is decided anew, but what the file says of itself as a whole must follow from its
// parts. One that was cut by hand is refused.

/** @throws ReportError that says what is wrong with it. */
export function decodeResult(data: unknown, where: string): SuiteResult {
  const { version, tailrace, shard, seed, ms, result, subjects: saved, known }: JsonReport = checkReport(data, where)
  const subjects = saved.map((subject) => subjectFrom(subject, where))
  agree(where, 'the whole', result, worst(subjects.map(resultOf)))
  return { version, tailrace, ...(shard === undefined ? {} : { shard }), seed, subjects, ...knownFrom(known), ms }
}

const knownFrom = (known: JsonReport['known']): Pick<SuiteResult, 'known'> =>
  known === undefined ? {} : { known: known.map(({ outcome, ...loss }) => ({ loss, outcome })) }

function subjectFrom(reported: ReportSubject, where: string): SubjectResult {
  // What the strategies had is told by the rest.
  const { result, dialect: name, bursts, exploration, scenarios, strategies: _strategies, ...rest } = reported
  const dialect = dialectOf(name)
  const withCase = <P extends { failure?: ReportCase }>({ failure, ...figures }: P) => ({
    ...figures,
    ...(failure === undefined ? {} : { failure: caseFrom(failure, dialect, where) }),
  })
  const subject = {
    ...rest,
    dialect,
    scenarios: scenarios.map((each) => caseFrom(each, dialect, where)),
    ...(bursts === undefined ? {} : { bursts: withCase(bursts) }),
    ...(exploration === undefined ? {} : { exploration: withCase(exploration) }),
  }
  agree(where, `"${subject.name}"`, result, resultOf(subject))
  return subject
}

function caseFrom({ result, anomalies, reasons, counts, history = [], ...rest }: ReportCase, dialect: Dialect, where: string): CaseResult {
  if (result === 'invalid' && anomalies.length === 0)
    throw new ReportError(`${where}: the case ${rest.name}: it is invalid without an anomaly`)
  // The schema knows what an id looks like only as text.
  return {
    ...rest,
    history: history.map((event) => withEffects(event, dialect)),
    verdict: { result, anomalies: anomalies.map(anomalyFrom), reasons, counts },
  } as CaseResult
}

/** A report that is older than `does` has only the names of commands. */
function withEffects(event: NonNullable<ReportCase['history']>[number], { effectsOf }: Dialect): typeof event {
  if ((event.type !== 'command-called' && event.type !== 'command-returned') || event.does !== undefined) return event
  const does = effectsOf(event.command)
  return does === undefined ? event : { ...event, does: [...does] }
}

function anomalyFrom(saved: ReportCase['anomalies'][number]) {
  const anomaly: Partial<typeof saved> = { ...saved }
  // It follows from the rule.
  delete anomaly.ruleAt
  return anomaly
}

function agree(where: string, what: string, said: string, follows: string): void {
  if (said !== follows) throw new ReportError(`${where} has been changed: it says ${said} of ${what}, and its cases give ${follows}`)
}
