/** A subject's results as one flat list of tests, which is what the formats of test runners know. */
import type { BurstsResult, CaseResult, ExplorationResult, SubjectResult } from './result.js'
import { MAX_PARAGRAPH, cut, count, duration, number } from './text.js'

export interface Outcome {
  /** The scenario's name, `bursts`, `exploration`, or `run` for a subject that could not be run. */
  readonly name: string
  /** `unknown` is never to be taken for passed. `known`: failed, and accepted for now. */
  readonly status: 'passed' | 'failed' | 'unknown' | 'known' | 'skipped'
  readonly ms: number
  /** One line: what is wrong, why it was skipped, or how much was run. */
  readonly message: string
  /** Missing where there is no single schedule to show. */
  readonly result?: CaseResult
}

export function outcomesOf(subject: SubjectResult): readonly Outcome[] {
  const { scenarios, skipped, bursts, exploration, error } = subject
  return [
    ...scenarios.map((result) => outcomeOf(result, result.ms)),
    ...skipped.map(({ name, reason }): Outcome => ({ name, status: 'skipped', ms: 0, message: reason })),
    ...(bursts === undefined
      ? []
      : [
          bursts.failure === undefined
            ? generated('bursts', `${count(bursts.runs, 'schedule')}${ended(bursts)}`, bursts.counts.owed > 0, bursts.ms)
            : outcomeOf(bursts.failure, bursts.ms),
        ]),
    ...(exploration === undefined ? [] : [explored(exploration)]),
    ...(error === undefined ? [] : [{ name: 'run', status: 'unknown', ms: subject.ms, message: cut(error, MAX_PARAGRAPH) } as const]),
  ]
}

function outcomeOf(result: CaseResult, ms: number): Outcome {
  const { verdict, known, name } = result
  if (verdict.result === 'valid') return { name, status: 'passed', ms, message: result.summary ?? '', result }
  if (verdict.result === 'unknown') return { name, status: 'unknown', ms, message: cut(verdict.reasons.join('; '), MAX_PARAGRAPH), result }
  return { name, status: known ? 'known' : 'failed', ms, message: found(result), result }
}

const ended = ({ timeMs }: BurstsResult) => (timeMs === undefined ? '' : `, then the time of ${duration(timeMs)} was over`)

function explored({ covered, interleavings, lost, stopped, failure, counts, ms }: ExplorationResult): Outcome {
  if (failure !== undefined) return outcomeOf(failure, ms)
  const share = `${number(Number(covered))} of ${number(Number(interleavings))} interleavings${stopped ? ', then the time was over' : ''}`
  // Joined from shards: what was lost is counted, and there is no schedule to show.
  if (lost !== '0') return { name: 'exploration', status: 'failed', ms, message: `${number(Number(lost))} lost, ${share} run` }
  return generated('exploration', share, covered === interleavings && counts.owed > 0, ms)
}

function generated(name: string, ran: string, shown: boolean, ms: number): Outcome {
  return shown ? { name, status: 'passed', ms, message: ran } : { name, status: 'unknown', ms, message: `nothing shown by ${ran}` }
}

function found({ verdict }: CaseResult): string {
  const [first, ...others] = verdict.anomalies
  const more = others.length === 0 ? '' : ` (and ${count(others.length, 'more anomaly', 'more anomalies')})`
  return cut(first?.evidence ?? 'an anomaly', MAX_PARAGRAPH) + more
}
