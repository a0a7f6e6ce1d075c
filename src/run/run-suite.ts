/** Every subject of a run, one after the other, each on its store. */
import { stopwatch } from '../clock/clock.js'
import type { SubjectResult, SuiteResult } from '../report/result.js'
import { dialectOf } from '../dialects/dialect.js'
import type { Store } from '../dialects/store.js'
import type { DialectName, SubjectDefinition } from '../subject/subject.js'
import { version } from '../version.js'
import { consumerName } from './resolve.js'
import { type TargetOptions, runTarget } from './run-target.js'
import { repositoryTarget } from './target.js'
import { type TimeBudget, partOf } from './time-budget.js'

export interface SuiteOptions extends TargetOptions {
  /** Opens the store that a subject asks for. Called once for each subject. */
  readonly openStore: (dialect: DialectName) => Promise<Store>
  readonly onSubject?: (result: SubjectResult) => void | Promise<void>
}

export const runSuite = (subjects: readonly SubjectDefinition[], options: SuiteOptions): Promise<SuiteResult> =>
  runAll(
    subjects.map((subject) => (time) => runSubject(subject, { ...options, ...(time && { time }) })),
    options,
  )

/**
 * Whatever they run on. A time is for all of them: each is given an equal part of what is left when it begins, so that what one does not
 * use goes to those behind it.
 */
export async function runAll(
  runs: readonly ((time?: TimeBudget) => Promise<SubjectResult>)[],
  { seed, onSubject, signal, time }: Pick<SuiteOptions, 'seed' | 'onSubject' | 'signal' | 'time'>,
): Promise<SuiteResult> {
  const elapsed = stopwatch()
  const subjects: SubjectResult[] = []
  for (const [at, run] of runs.entries()) {
    if (signal?.aborted) break
    const result = await run(time && partOf(time, runs.length - at))
    subjects.push(result)
    await onSubject?.(result)
  }
  return { version: 1, tailrace: version, seed, subjects, ms: elapsed() }
}

/** On the store that it asks for. */
export async function runSubject(subject: SubjectDefinition, options: SuiteOptions): Promise<SubjectResult> {
  let store: Store
  try {
    store = await options.openStore(subject.store)
  } catch (error) {
    return {
      name: subject.name,
      consumer: consumerName(subject),
      store: subject.store,
      dialect: dialectOf(subject.store),
      scenarios: [],
      skipped: [],
      error: error instanceof Error ? error.message : String(error),
      ms: 0,
    }
  }
  return runTarget(repositoryTarget(subject, store), options)
}
