/** Runs scenarios and bursts over a subject, and keeps all anomalies of all cases, not only the first that fails. */
import { scenarios } from '../../../scenarios/index.js'
import type { Anomaly } from '../../../src/oracle/anomaly.js'
import type { Alphabet } from '../../../src/search/alphabet.js'
import { bursts } from '../../../src/search/bursts.js'
import { schedule } from '../../../src/schedule/schedule.js'
import { type Store, lackOf } from '../../../src/dialects/store.js'
import type { SubjectDefinition } from '../../../src/subject/subject.js'
import { notApplicable } from '../../../src/run/target.js'
import { Runner } from '../../../src/run/runner.js'
import { type Candidate, gatesOf, search } from '../../../src/search/strategy.js'

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
  /** What may happen in them. Default: everything. */
  readonly alphabet?: Partial<Alphabet>
  /** Stops behind the first case with such an anomaly. */
  readonly until?: (anomaly: Anomaly) => boolean
  readonly watchdogMs?: number
}

export async function judgeAll(subject: SubjectDefinition, store: Store, options: JudgeAllOptions): Promise<readonly Case[]> {
  const { until, watchdogMs = 100, alphabet = {} } = options
  const runner = new Runner(subject, store, { watchdogMs })
  const cases: Case[] = []
  const found = () => until !== undefined && cases.some(({ anomalies }) => anomalies.some(until))
  const judge = async (name: string, { schedule: each, ...how }: Candidate) => {
    const judged = await runner.judge(each, how)
    cases.push({ name, ...judged.verdict })
    return judged
  }
  try {
    const gates = gatesOf((await judge('undisturbed', { schedule: schedule([]) })).run)
    for (const each of scenarios) {
      if (found()) break
      if (notApplicable(subject, each, gates) === undefined) await judge(each.name, each)
    }
    let number = 0
    const drawn = bursts({ runs: options.bursts, seed: SEED, shrink: false, alphabet, lacks: (step) => lackOf(store, step) })
    await search(drawn, (candidate) => judge(`burst ${++number}`, candidate), found)
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
