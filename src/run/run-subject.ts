/**
 * Everything for one subject:
 *
 *  1. A survey, twice: one schedule without steps, to learn which gates the subject comes to, and whether the same
 *     schedule gives the same history.
 *  2. Every scenario that applies. What fails is run once more on a repository opened anew: a verdict that does not come
 *     again is unknown, never green.
 *  3. What it can do beyond what is required, for information: see capabilities.ts.
 *  4. The bursts: for a consumer of the subject's own on the model first, where they cost next to nothing, then on its store.
 *  5. Every interleaving up to a small bound.
 */
import { stopwatch } from '../clock/clock.js'
import { NO_COUNTS, type Verdict } from '../oracle/check.js'
import { anomaly } from '../oracle/anomaly.js'
import type { Activity } from '../report/formats/live.js'
import type { BurstsResult, CaseResult, ExplorationResult, ProbedCapability, Skipped, SubjectResult } from '../report/result.js'
import { unreduced } from '../search/enumeration.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Store } from '../dialects/store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { burstsOf } from './bursts-of-subject.js'
import { UNDISTURBED, takeSurvey } from './survey.js'
import { probeCapabilities } from './capabilities.js'
import { explorationResult, exploreSubject } from './explore-subject.js'
import { gaveUpInTime, runScenario } from './run-scenario.js'
import { consumerName, notApplicable } from './resolve.js'
import { type Observer, SubjectRunner, gatesOf } from './subject-runner.js'

export interface SubjectOptions {
  readonly scenarios: readonly Scenario[]
  /** 0 runs none. */
  readonly bursts: number
  readonly seed: number
  readonly path?: string
  /** None unless said. */
  readonly exploration?: { readonly appends: number; readonly cycles: number }
  readonly watchdogMs?: number
  readonly onProgress?: (activity: Activity) => void
  readonly observer?: Observer
}

export async function runSubject(definition: SubjectDefinition, store: Store, options: SubjectOptions): Promise<SubjectResult> {
  const elapsed = stopwatch()
  const { watchdogMs, observer } = options
  const runner = new SubjectRunner(definition, store, { observer, ...(watchdogMs === undefined ? {} : { watchdogMs }) })
  const doing = (part: string, rest: Omit<Activity, 'subject' | 'part'> = {}) =>
    options.onProgress?.({ subject: definition.name, part, ...rest })
  const results: CaseResult[] = []
  const skipped: Skipped[] = []
  let bursts: BurstsResult | undefined
  let exploration: ExplorationResult | undefined
  let capabilities: readonly ProbedCapability[] = []
  let error: string | undefined
  try {
    doing('survey')
    const survey = await takeSurvey(runner)
    if (survey.failure !== undefined) results.push(survey.failure)
    else {
      for (const [done, scenario] of options.scenarios.entries()) {
        doing('scenarios', { what: scenario.name, done, total: options.scenarios.length })
        const reason = notApplicable(definition, scenario, gatesOf(survey.judged.run))
        if (reason !== undefined) skipped.push({ name: scenario.name, reason: survey.judged.run.blind ?? reason })
        else {
          const result = await runScenario(runner, scenario)
          const gaveUp = gaveUpInTime(result)
          if (gaveUp === undefined) results.push(result)
          else skipped.push({ name: scenario.name, reason: gaveUp })
        }
      }
      doing('capabilities')
      capabilities = await probeCapabilities(runner, options.scenarios, gatesOf(survey.judged.run))
      if (options.bursts > 0) bursts = await burstsOf(runner, options)
      if (options.exploration !== undefined) exploration = await runExploration(runner, options.exploration, options)
    }
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown)
  }
  await runner.close().catch(() => undefined)
  if (runner.leak !== undefined) results.push(leakCase(runner.leak))
  return {
    name: definition.name,
    consumer: consumerName(definition),
    store: store.description,
    scenarios: results,
    skipped,
    ...(bursts === undefined ? {} : { bursts }),
    ...(exploration === undefined ? {} : { exploration }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
    ...(error === undefined ? {} : { error }),
    ms: elapsed(),
  }
}

/** What reads ask for in an exploration: small, so that few appends fill a batch. */
const EXPLORED_COUNT = 2

async function runExploration(runner: SubjectRunner, bound: { appends: number; cycles: number }, { onProgress }: SubjectOptions) {
  const { name } = runner.definition
  const explored = await exploreSubject(runner, {
    ...bound,
    count: EXPLORED_COUNT,
    onProgress: (covered, _, moves) =>
      onProgress?.({
        subject: name,
        part: 'exploration',
        done: Number(covered),
        total: Number(unreduced({ moves, appends: bound.appends })),
      }),
  })
  return explorationResult(explored)
}

function leakCase(leak: string): CaseResult {
  const verdict: Verdict = { result: 'invalid', anomalies: [anomaly('leak', leak)], reasons: [], counts: NO_COUNTS }
  return {
    kind: 'scenario',
    name: 'close',
    summary: 'the repository is closed at the end',
    rule: '3.12',
    verdict,
    schedule: UNDISTURBED,
    history: [],
    ms: 0,
    notes: [],
  }
}
