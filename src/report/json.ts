/**
 * The result as JSON, for other programs. The same result gives the same text, but for the times: keys are in a fixed
 * order. A history is there where it is needed to understand a verdict, and left out of what is valid.
 */
import {
  EXIT,
  type BurstsResult,
  type CaseResult,
  type ExplorationResult,
  type SubjectResult,
  type SuiteResult,
  resultOf,
  worst,
} from './result.js'

export function toJson(suite: SuiteResult): string {
  const result = worst(suite.subjects.map(resultOf))
  const { version, tailrace, seed, ms, subjects } = suite
  return JSON.stringify(
    { version, tailrace, result, exit: EXIT[result], seed, ms: rounded(ms), subjects: subjects.map(subjectOf) },
    null,
    2,
  )
}

const subjectOf = (subject: SubjectResult) => ({
  name: subject.name,
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

const explorationOf = ({ failure, ms, ...figures }: ExplorationResult) => ({
  ...figures,
  ms: rounded(ms),
  failure: failure && caseOf(failure),
})

const caseOf = (result: CaseResult) => ({
  kind: result.kind,
  name: result.name,
  summary: result.summary,
  rule: result.rule,
  race: result.race,
  result: result.verdict.result,
  counts: result.verdict.counts,
  anomalies: result.verdict.anomalies,
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

/** Microseconds are more than enough, and no float has a tail then. */
const rounded = (ms: number) => Math.round(ms * 1000) / 1000
