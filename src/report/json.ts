/**
 * The result as JSON, for other programs; report-schema.ts says what is in it. The same result gives the same text, but
 * for the times: keys are in a fixed order. A history is there where it is needed to understand a verdict, and left out
 * of what is valid.
 */
import type { Anomaly } from '../oracle/anomaly.js'
import { linkTo } from '../oracle/rules/rule.js'
import { REPORT_VERSION } from './report-schema.js'
import type { BurstsResult, CaseResult, ExplorationResult, SubjectResult, SuiteResult } from './result.js'
import { exitOf, resultOf, worst } from './result.js'

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
  result: resultOf(subject),
  error: subject.error,
  ms: rounded(subject.ms),
  scenarios: subject.scenarios.map(caseOf),
  skipped: subject.skipped.map(({ name, reason }) => ({ name, reason })),
  capabilities: subject.capabilities?.map(({ name, declared, outcome }) => ({ name, declared, outcome })),
  bursts: subject.bursts && burstsOf(subject.bursts),
  exploration: subject.exploration && explorationOf(subject.exploration),
})

const burstsOf = ({ runs, seed, counts, failure, ms }: BurstsResult) => ({
  runs,
  seed,
  counts,
  ms: rounded(ms),
  failure: failure && caseOf(failure),
})

const explorationOf = (exploration: ExplorationResult) => ({
  appends: exploration.appends,
  cycles: exploration.cycles,
  interleavings: exploration.interleavings,
  covered: exploration.covered,
  lost: exploration.lost,
  schedules: exploration.schedules,
  counts: exploration.counts,
  certificate: exploration.certificate,
  ms: rounded(exploration.ms),
  failure: exploration.failure && caseOf(exploration.failure),
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
  smallest: result.smallest,
  history: result.verdict.result === 'valid' ? undefined : result.history,
})

const anomalyOf = ({ code, rule, evidence, consumer, session, value, id, window }: Anomaly) => ({
  code,
  rule,
  ruleAt: linkTo(rule),
  evidence,
  consumer,
  session,
  value,
  id,
  window,
})

/** Microseconds are more than enough, and no float has a tail then. */
const rounded = (ms: number) => Math.round(ms * 1000) / 1000
