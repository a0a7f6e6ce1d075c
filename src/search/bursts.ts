/** Bursts: generated schedules, shrunk as data, then made small and readable. */
import type { RunDetails } from 'fast-check'
import { stopwatch } from '../clock/clock.js'
import { NO_COUNTS, addCounts } from '../oracle/check.js'
import type { BurstsResult, CaseResult } from '../report/result.js'
import type { Schedule } from '../schedule/schedule.js'
import { append } from '../schedule/step.js'
import { failureOf } from './failure.js'
import { minimise } from './minimise.js'
import { type AsyncWalk, type Candidate, type Judged, type Strategy, asking, strategy } from './strategy.js'

export interface BurstOptions {
  readonly runs: number
  readonly seed: number
  /** Replays one counterexample of that seed. */
  readonly path?: string
  /** Whether reads fail in some of them; not for a consumer that ends when one does. Default true. */
  readonly faults?: boolean
  /** Whether entries of others are appended, too; only for a subject that makes some. Default false. */
  readonly others?: boolean
  /** What is made of each generated schedule before it runs. Default: nothing. */
  readonly as?: (schedule: Schedule) => Schedule
  /** Ends at the first schedule that shows an anomaly, and shrinks it. Default true; otherwise all of them are run as they are drawn. */
  readonly shrink?: boolean
  readonly onRun?: (done: number) => void
}

export function bursts({
  runs,
  seed,
  path,
  faults = true,
  others = false,
  as = (each) => each,
  shrink = true,
  onRun,
}: BurstOptions): Strategy<BurstsResult> {
  let elapsed = stopwatch()
  let counts = NO_COUNTS
  let done = 0
  let foundAfter: number | undefined
  let wanted: string | undefined
  let last: { schedule: Schedule; judged: Judged } | undefined
  let failure: CaseResult | undefined
  return strategy(walk(), () => ({ runs: done, seed, counts, ...(failure === undefined ? {} : { failure }), ms: elapsed() }))

  async function* walk(): AsyncWalk {
    // Loaded on use: most commands draw nothing.
    const [{ default: fc }, { burst }] = await Promise.all([import('fast-check'), import('./arbitrary.js')])
    elapsed = stopwatch()
    const drawn = drawnBy((judge) =>
      fc.check(
        fc.asyncProperty(burst(faults, others).map(as), async (schedule) => look(schedule, await judge(schedule))),
        { numRuns: runs, seed, ...(path === undefined ? {} : { path }) },
      ),
    )
    const details = yield* asking(drawn, (each) => ({ ...each, by: `bursts, seed ${seed}` }))
    if (!details.failed) return
    if (last === undefined) throw details.errorInstance
    const smallest = yield* asking(minimise(last.judged, last.schedule))
    failure = {
      kind: 'burst',
      name: 'bursts',
      verdict: smallest.judged.verdict,
      schedule: smallest.schedule,
      history: smallest.judged.run.history,
      ms: elapsed(),
      seed,
      foundAfter: foundAfter!,
      ...(details.counterexamplePath === null ? {} : { path: details.counterexamplePath }),
      notes: [],
    }
  }

  /** @throws what makes the schedule a counterexample for fast-check. */
  function look(schedule: Schedule, judged: Judged): void {
    if (foundAfter === undefined) {
      done++
      onRun?.(done)
      counts = addCounts(counts, judged.verdict.counts)
    }
    if (judged.run.ending.kind === 'broken') throw new Error(judged.run.ending.message)
    if (judged.verdict.result !== 'invalid' || !shrink) return
    // Shrinking goes on with what fails in the same way, and with nothing else.
    if (failureOf(judged) !== (wanted ??= failureOf(judged))) return
    foundAfter ??= done
    last = { schedule, judged }
    throw new Error(judged.verdict.anomalies[0]!.evidence)
  }
}

/** With one more entry in the end: a third of all bursts append nothing once the consumer has promised delivery, and would say nothing of it. */
export const endingInAppend = (each: Schedule): Schedule => ({ ...each, steps: [...each.steps, append(1)] })

/** fast-check calls, and a strategy is asked: each waits here until the other has come. */
function drawnBy<T>(check: (judge: (schedule: Schedule) => Promise<Judged>) => Promise<RunDetails<T>>): Strategy<RunDetails<T>> {
  let checking = false
  let details!: RunDetails<T>
  let asked = deferred<Candidate | undefined>()
  let tell!: (judged: Judged) => void
  const judge = (schedule: Schedule) =>
    new Promise<Judged>((resolve) => {
      tell = resolve
      asked.resolve({ schedule })
    })
  const start = async () => {
    checking = true
    try {
      details = await check(judge)
      asked.resolve(undefined)
    } catch (error) {
      asked.reject(error)
    }
  }
  return {
    next: () => {
      if (!checking) void start()
      return asked.promise
    },
    told: (judged) => {
      asked = deferred()
      tell(judged)
    },
    report: () => details,
  }
}

function deferred<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}
