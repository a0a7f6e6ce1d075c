/** Every subject of a run, one after the other, each on its store; replay files for what failed. */
import { stopwatch } from '../clock/clock.js'
import type { Activity } from '../report/formats/live.js'
import type { CaseResult, SubjectResult, SuiteResult } from '../report/result.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Store } from '../dialects/store.js'
import type { StoreKind, SubjectDefinition } from '../subject/subject.js'
import { version } from '../version.js'
import { saveReplay } from './replay-file.js'
import { consumerName } from './resolve.js'
import { runSubject } from './run-subject.js'
import type { Observer } from './subject-runner.js'

export interface SuiteOptions {
  readonly scenarios: readonly Scenario[]
  readonly bursts: number
  readonly seed: number
  readonly path?: string
  readonly exploration?: { readonly appends: number; readonly cycles: number }
  readonly watchdogMs?: number
  /** Opens the store that a subject asks for. Called once for each kind. */
  readonly openStore: (kind: StoreKind) => Promise<Store>
  /** Where replay files go, below `.tailrace/`. Undefined: nowhere. */
  readonly saveTo?: string
  readonly onProgress?: (activity: Activity) => void
  readonly observer?: Observer
  readonly onSubject?: (result: SubjectResult) => void | Promise<void>
}

export async function runSuite(subjects: readonly SubjectDefinition[], options: SuiteOptions): Promise<SuiteResult> {
  const elapsed = stopwatch()
  const results: SubjectResult[] = []
  for (const subject of subjects) {
    const result = await saved(await onItsStore(subject, options), subject, options)
    results.push(result)
    await options.onSubject?.(result)
  }
  return { version: 1, tailrace: version, seed: options.seed, subjects: results, ms: elapsed() }
}

async function onItsStore(subject: SubjectDefinition, options: SuiteOptions): Promise<SubjectResult> {
  try {
    return await runSubject(subject, await options.openStore(subject.store), options)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      name: subject.name,
      consumer: consumerName(subject),
      store: subject.store,
      scenarios: [],
      skipped: [],
      error: message,
      ms: 0,
    }
  }
}

async function saved(result: SubjectResult, subject: SubjectDefinition, { saveTo, scenarios }: SuiteOptions): Promise<SubjectResult> {
  if (saveTo === undefined) return result
  return saveFailures(result, (each) => {
    // A consumer of the subject's own runs in every scenario.
    const consumer = subject.consume === undefined ? scenarios.find(({ name }) => name === each.name)?.consumer : undefined
    return saveReplay(result.name, each, consumer === undefined ? {} : { consumer }, saveTo)
  })
}

/** Saves what was found to be wrong, and notes where. */
export async function saveFailures(result: SubjectResult, save: (each: CaseResult) => Promise<string>): Promise<SubjectResult> {
  const noted = async (each: CaseResult): Promise<CaseResult> =>
    each.verdict.result !== 'invalid' || each.history.length === 0 ? each : { ...each, replayFile: await save(each) }
  const { bursts, exploration } = result
  const failure = exploration?.failure && (await noted(exploration.failure))
  return {
    ...result,
    scenarios: await Promise.all(result.scenarios.map(noted)),
    ...(exploration === undefined ? {} : { exploration: { ...exploration, ...(failure === undefined ? {} : { failure }) } }),
    ...(bursts === undefined
      ? {}
      : { bursts: bursts.failure === undefined ? bursts : { ...bursts, failure: await noted(bursts.failure) } }),
  }
}
