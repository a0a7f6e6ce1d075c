/** Runs scenarios and bursts over a subject, and keeps all anomalies of all cases, not only the first that fails. */
import fc from 'fast-check'
import { scenarios } from '../../../scenarios/index.js'
import type { Anomaly } from '../../../src/oracle/anomaly.js'
import { burst } from '../../../src/search/arbitrary.js'
import type { ReferenceConsumer } from '../../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../../src/schedule/schedule.js'
import type { Store } from '../../../src/dialects/store.js'
import type { SubjectDefinition } from '../../../src/subject/subject.js'
import { notApplicable } from '../../../src/run/target.js'
import { Runner } from '../../../src/run/runner.js'
import { gatesOf } from '../../../src/search/strategy.js'

// Without it fast-check stops at about half of the moves that a burst may have, and what needs a long past is never met.
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })

const SEED = 7

export interface Case {
  /** `empty-gap`, or `burst 17`. */
  readonly name: string
  readonly result: 'valid' | 'invalid' | 'unknown'
  readonly anomalies: readonly Anomaly[]
  readonly reasons: readonly string[]
}

export interface JudgeAllOptions {
  readonly bursts: number
  /** Stops behind the first case with such an anomaly. */
  readonly until?: (anomaly: Anomaly) => boolean
  readonly watchdogMs?: number
}

export async function judgeAll(subject: SubjectDefinition, store: Store, options: JudgeAllOptions): Promise<readonly Case[]> {
  const { until, watchdogMs = 100 } = options
  const runner = new Runner(subject, store, { watchdogMs })
  const cases: Case[] = []
  const found = () => until !== undefined && cases.some(({ anomalies }) => anomalies.some(until))
  const judge = async (name: string, each: Schedule, reference?: ReferenceConsumer) => {
    const { run, verdict } = await runner.judge(each, { consumer: reference })
    cases.push({ name, ...verdict })
    return run
  }
  try {
    const gates = gatesOf(await judge('undisturbed', schedule([])))
    for (const each of scenarios) {
      if (found()) break
      if (notApplicable(subject, each, gates) === undefined) await judge(each.name, each.schedule, each.consumer)
    }
    for (const [index, each] of fc.sample(burst(), { numRuns: options.bursts, seed: SEED }).entries()) {
      if (found()) break
      await judge(`burst ${index + 1}`, each)
    }
  } finally {
    await runner.close()
  }
  if (runner.leak !== undefined) {
    cases.push({ name: 'close', result: 'invalid', anomalies: [{ code: 'leak', rule: '3.12', evidence: runner.leak }], reasons: [] })
  }
  return cases
}

/** What came of it, a line for each case that was not valid: for the message of a test that fails. */
export const table = (cases: readonly Case[]): string =>
  cases
    .filter(({ result }) => result !== 'valid')
    .map(
      ({ name, result, anomalies, reasons }) =>
        `${name}: ${result} ${[...anomalies.map(({ code, window }) => `${code}@${window ?? ''}`), ...reasons].join(', ')}`,
    )
    .join('\n')
