/** The bursts of one subject: generated schedules, shrunk as data, then made small and readable. */
import { NO_COUNTS, addCounts } from '../oracle/check.js'
import type { BurstsResult, CaseResult } from '../report/result.js'
import type { Schedule } from '../schedule/schedule.js'
import { stopwatch } from '../clock/clock.js'
import { minimise } from './minimise.js'
import type { Judged, SubjectRunner } from '../run/subject-runner.js'

export interface BurstOptions {
  readonly runs: number
  readonly seed: number
  /** Replays one counterexample of that seed. */
  readonly path?: string
  /** What is made of each generated schedule before it runs. Default: nothing. */
  readonly as?: (schedule: Schedule) => Schedule
  readonly onRun?: (done: number) => void
}

export async function runBursts(runner: SubjectRunner, options: BurstOptions): Promise<BurstsResult> {
  const { default: fc } = await import('fast-check')
  const { bursts } = await import('./arbitrary.js')
  const elapsed = stopwatch()
  let counts = NO_COUNTS
  let runs = 0
  let foundAfter: number | undefined
  let last: { schedule: Schedule; judged: Judged } | undefined

  const { as = (schedule) => schedule } = options
  const property = fc.asyncProperty(bursts(runner.definition.capabilities?.retries !== false).map(as), async (schedule) => {
    const judged = await runner.judge(schedule)
    if (foundAfter === undefined) {
      runs++
      options.onRun?.(runs)
      counts = addCounts(counts, judged.verdict.counts)
    }
    if (judged.run.ending.kind === 'broken') throw new Error(judged.run.ending.message)
    if (judged.verdict.result !== 'invalid') return
    foundAfter ??= runs
    last = { schedule, judged }
    throw new Error(judged.verdict.anomalies[0]!.evidence)
  })
  const { runs: numRuns, seed, path } = options
  const details = await fc.check(property, { numRuns, seed, ...(path === undefined ? {} : { path }) })
  if (!details.failed) return { runs, seed, counts, ms: elapsed() }
  if (last === undefined) throw details.errorInstance
  const smallest = await minimise(last.judged, last.schedule, (schedule) => runner.judge(schedule))
  const failure: CaseResult = {
    kind: 'burst',
    name: 'bursts',
    verdict: smallest.judged.verdict,
    schedule: smallest.schedule,
    smallest: smallest.schedule,
    history: smallest.judged.run.history,
    ms: elapsed(),
    seed,
    foundAfter: foundAfter!,
    ...(details.counterexamplePath === null ? {} : { path: details.counterexamplePath }),
    notes: [],
  }
  return { runs, seed, counts, failure, ms: elapsed() }
}
