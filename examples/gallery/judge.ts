/** Runs the trials of an exhibit, each as often as asked, and compares what came with what was expected. */
import { type Exhibit, type Trial } from './exhibit.js'
import { DELIVERY_KINDS, type Judged, dialectOf, failureText, findRedis, runnerOf, schedule, wire, wireTarget } from './tailrace.js'
import { versionOf } from './installed.js'

export type Outcome = 'lost' | 'clean' | 'other'

/** All the runs of one trial. */
export interface TrialResult {
  readonly package: string
  readonly version: string
  readonly what: string
  readonly race?: string
  readonly name: string
  readonly expected: Trial['expected']
  readonly runs: number
  /** Runs that came out as expected. */
  readonly agreed: number
  /** How many different histories the runs gave: 1 where each run was the same, event by event. */
  readonly histories: number
  /** Entries that were appended and owed, and those of them that were lost, over all runs. */
  readonly injected: number
  readonly lost: number
  /** From the first connection to the verdict, start and end of the package included. */
  readonly seconds: { readonly median: number; readonly slowest: number }
  /** The timeline of the first run, or of the first that came out otherwise. */
  readonly report: string
}

export interface JudgeOptions {
  readonly runs: number
  readonly onTrial: (result: TrialResult) => void
}

/** The Redis is one of its own: packages leave keys of theirs behind. */
const ownRedis = () => findRedis({ env: { ...process.env, REDIS_URL: undefined } })

export async function judgeExhibit(exhibit: Exhibit, { runs, onTrial }: JudgeOptions): Promise<readonly TrialResult[]> {
  const wired = await wire(exhibit.subject, await ownRedis())
  const runner = runnerOf(wireTarget(wired), { checks: DELIVERY_KINDS })
  const results: TrialResult[] = []
  try {
    for (const trial of exhibit.trials) {
      const judged: Judged[] = []
      for (let run = 0; run < runs; run++) judged.push(await runner.judge(schedule(trial.steps)))
      const result = summary(exhibit, trial, judged)
      results.push(result)
      onTrial(result)
    }
  } finally {
    await runner.close()
    await exhibit.close?.()
    await wired.store.close()
  }
  return results
}

/** A loss, and nothing else: a package that was stopped by something else has not shown the race. */
export function outcomeOf({ verdict }: Judged): Outcome {
  if (verdict.result === 'valid') return 'clean'
  return verdict.result === 'invalid' && verdict.counts.lost > 0 && verdict.reasons.length === 0 ? 'lost' : 'other'
}

function summary(exhibit: Exhibit, trial: Trial, judged: readonly Judged[]): TrialResult {
  const { race, name, expected } = trial
  const seconds = judged.map(({ ms }) => ms / 1000).sort((a, b) => a - b)
  return {
    package: exhibit.package,
    version: versionOf(exhibit.package),
    what: exhibit.what,
    ...(race === undefined ? {} : { race }),
    name,
    expected,
    runs: judged.length,
    agreed: judged.filter((each) => outcomeOf(each) === expected).length,
    histories: new Set(judged.map(({ run }) => JSON.stringify(run.history))).size,
    injected: sum(judged.map(({ verdict }) => verdict.counts.owed)),
    lost: sum(judged.map(({ verdict }) => verdict.counts.lost)),
    seconds: { median: seconds[Math.floor(seconds.length / 2)]!, slowest: seconds.at(-1)! },
    report: reportOf(exhibit, trial, judged.find((each) => outcomeOf(each) !== expected) ?? judged[0]!),
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function reportOf(exhibit: Exhibit, { name, steps }: Trial, { run, verdict, ms }: Judged): string {
  const result = { kind: 'scenario', name, verdict, schedule: schedule(steps), history: run.history, ms, notes: [] } as const
  return failureText(result, {
    name: `${exhibit.package} ${versionOf(exhibit.package)}`,
    consumer: exhibit.what,
    dialect: dialectOf('redis'),
  })
}
