/**
 * Everything for one subject:
 *
 *  1. A survey, twice: one schedule without steps, to learn which gates the subject comes to, and whether the same
 *     schedule gives the same history.
 *  2. Every scenario that applies. What fails is run once more on a repository opened anew: a verdict that does not come
 *     again is unknown, never green.
 *  3. What it can do beyond what is required, for information: see capabilities.ts.
 *  4. The bursts: for a consumer of the subject's own on the model first, where they cost next to nothing, then on its store.
 */
import { stopwatch } from '../clock/clock.js'
import { NO_COUNTS } from '../checker/counts.js'
import { anomaly } from '../checker/anomaly.js'
import type { Verdict } from '../checker/check.js'
import { InMemoryStreamRepository } from '../model/in-memory-repository.js'
import type { BurstsResult, CaseResult, ProbedCapability, Skipped, SubjectResult } from '../report/result.js'
import type { Scenario } from '../schedule/scenario.js'
import { memoryStore } from '../store/memory-store.js'
import type { Store } from '../store/store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { runBursts } from './bursts.js'
import { UNDISTURBED, caseOf, takeSurvey, unknown } from './survey.js'
import { probeCapabilities } from './capabilities.js'
import { minimise } from './minimise.js'
import { consumerName, notApplicable } from './resolve.js'
import { SubjectRunner, gatesOf, sameHistory } from './subject-runner.js'

export interface SubjectOptions {
  readonly scenarios: readonly Scenario[]
  /** 0 runs none. */
  readonly bursts: number
  readonly seed: number
  readonly path?: string
  readonly watchdogMs?: number
  readonly onProgress?: (what: string) => void
}

export async function runSubject(definition: SubjectDefinition, store: Store, options: SubjectOptions): Promise<SubjectResult> {
  const elapsed = stopwatch()
  const runner = new SubjectRunner(definition, store, options.watchdogMs === undefined ? {} : { watchdogMs: options.watchdogMs })
  const results: CaseResult[] = []
  const skipped: Skipped[] = []
  let bursts: BurstsResult | undefined
  let capabilities: readonly ProbedCapability[] = []
  let error: string | undefined
  try {
    const survey = await takeSurvey(runner)
    if (survey.failure !== undefined) results.push(survey.failure)
    else {
      for (const scenario of options.scenarios) {
        options.onProgress?.(`${definition.name} · ${scenario.name}`)
        const reason = notApplicable(definition, scenario, gatesOf(survey.judged.run))
        if (reason !== undefined) skipped.push({ name: scenario.name, reason: survey.judged.run.blind ?? reason })
        else results.push(await runScenario(runner, scenario))
      }
      options.onProgress?.(`${definition.name} · capabilities`)
      capabilities = await probeCapabilities(runner, options.scenarios, gatesOf(survey.judged.run))
      if (options.bursts > 0) bursts = await runBurstsOf(definition, runner, options)
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
    ...(capabilities.length === 0 ? {} : { capabilities }),
    ...(error === undefined ? {} : { error }),
    ms: elapsed(),
  }
}

async function runScenario(runner: SubjectRunner, scenario: Scenario): Promise<CaseResult> {
  const judge = (each: Scenario['schedule']) => runner.judge(each, scenario.consumer)
  const judged = await judge(scenario.schedule)
  const about = {
    kind: 'scenario',
    name: scenario.name,
    summary: scenario.summary,
    rule: scenario.rule,
    ...(scenario.race === undefined ? {} : { race: scenario.race }),
    schedule: scenario.schedule,
  } as const
  if (judged.verdict.result !== 'invalid') return caseOf(about, judged)
  await runner.close()
  const again = await judge(scenario.schedule)
  if (!sameHistory(judged.run, again.run)) {
    if (again.verdict.anomalies[0]?.code !== judged.verdict.anomalies[0]?.code) {
      return caseOf(about, {
        ...judged,
        verdict: unknown(judged.verdict, 'the same schedule, run twice, gave two verdicts: the subject is not deterministic under it'),
      })
    }
    return caseOf(about, judged, ['the same schedule, run twice, gave two histories with the same anomaly'])
  }
  // A hang costs the watchdog's patience at every try.
  if (judged.run.ending.kind === 'stalled' || judged.run.ending.kind === 'broken') return caseOf(about, judged)
  const { schedule: smallest } = await minimise(judged, scenario.schedule, judge)
  return { ...caseOf(about, judged), smallest }
}

async function runBurstsOf(definition: SubjectDefinition, runner: SubjectRunner, options: SubjectOptions): Promise<BurstsResult> {
  const { seed, path } = options
  const progress = (where: string) => (done: number) =>
    options.onProgress?.(`${definition.name} · bursts ${done}/${options.bursts}${where}`)
  const burst = { runs: options.bursts, seed, ...(path === undefined ? {} : { path }) }
  if (definition.consume !== undefined && definition.store !== 'memory') {
    const onModel = await burstsOnModel(definition, { ...burst, onRun: progress(' on the model') })
    if (onModel.failure !== undefined) {
      const confirmed = await runner.judge(onModel.failure.schedule)
      const sameCode = confirmed.verdict.anomalies[0]?.code === onModel.failure.verdict.anomalies[0]?.code
      if (sameCode) {
        const failure = {
          ...onModel.failure,
          verdict: confirmed.verdict,
          history: confirmed.run.history,
          notes: [`found on the in-memory model, confirmed on ${runner.store.description}`],
        }
        return { ...onModel, failure }
      }
    }
  }
  return runBursts(runner, { ...burst, onRun: progress('') })
}

/** The subject's consumer over the model, where a schedule costs a fraction of a millisecond. */
async function burstsOnModel(definition: SubjectDefinition, burst: Parameters<typeof runBursts>[1]): Promise<BurstsResult> {
  const model: SubjectDefinition = {
    ...definition,
    store: 'memory',
    open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }),
    consume: definition.consume!.bind(definition),
  }
  const runner = new SubjectRunner(model, memoryStore())
  try {
    return await runBursts(runner, burst)
  } finally {
    await runner.close()
  }
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
