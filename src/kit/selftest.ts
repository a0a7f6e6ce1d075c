/**
 * The kit tested: every mutant must be killed for the reason that it declares, by at least one strategy, on each store;
 * no correct implementation may be accused, over any number of schedules.
 *
 * "For the reason that it declares": an anomaly of the declared code that speaks of the declared rule. A mutant that is
 * caught only for something else counts as a survivor. And what is named as the cause, in any schedule, is what it declares.
 *
 * On a real server the scenarios are run first. What they do not kill is tried as `tailrace run` does it: bursts and
 * exploration search on the model, and the schedule that they found there has to kill on the server too.
 */
import { type Anomaly, type AnomalyCode, LOST, anomaly as makeAnomaly } from '../oracle/anomaly.js'
import { causesOf } from '../oracle/cause.js'
import { stopwatch } from '../clock/clock.js'
import { type CorrectImplementation } from './correct/correct.js'
import { NOT_TOLD, mutantSubject, mutants } from './mutants/index.js'
import type { Mutant } from './mutants/mutant.js'
import { messageOf } from '../dialects/store-error.js'
import type { Result } from '../report/result.js'
import type { Rule } from '../oracle/rules.js'
import type { Scenario } from '../schedule/scenario.js'
import { memoryStore } from '../dialects/memory/memory-store.js'
import type { Store } from '../dialects/store.js'
import type { History } from '../history/event.js'
import type { Verdict } from '../oracle/check.js'
import { Runner } from '../run/runner.js'
import type { DialectName } from '../subject/subject.js'
import { lackOf } from '../dialects/store.js'
import { bursts } from '../search/bursts.js'
import { alphabetOn } from '../run/run-target.js'
import { everyPlacement, surveyCycles } from '../search/exploration.js'
import { eachOnce } from '../search/scenarios.js'
import { type Candidate, type Found, type Judge, type Strategy, type Walk, hunt, search, strategy } from '../search/strategy.js'
import { type Target, judgeOf, repositoryTarget, runnerOf } from '../run/target.js'

/** The ways in which schedules are found: the self-test measures them against each other. */
export const STRATEGIES = ['scenarios', 'bursts', 'exploration'] as const

export type StrategyName = (typeof STRATEGIES)[number]

export interface SelftestOptions {
  readonly stores: readonly DialectName[]
  readonly mutants: readonly Mutant[]
  readonly correct: readonly CorrectImplementation[]
  readonly rules: readonly Rule[]
  readonly scenarios: readonly Scenario[]
  readonly seed: number
  /** At most so many schedules of each strategy for one mutant. */
  readonly bursts: number
  /** Bursts for a mutant that nothing has killed: deep ones may take more than the strategies are compared over. */
  readonly lastResort: Readonly<Record<DialectName, number>>
  readonly bound: { readonly appends: number; readonly cycles: number }
  /** Schedules over all correct implementations together, store by store. */
  readonly correctSchedules: Readonly<Record<DialectName, number>>
  readonly openStore: (dialect: DialectName) => Promise<Store>
  readonly onProgress?: (what: string) => void
}

export interface MutantRow {
  readonly name: string
  readonly family: string
  readonly breaks: string
  readonly trips: string
  readonly depth: number
  readonly store: DialectName
  readonly killed: boolean
  readonly by: Readonly<Partial<Record<StrategyName, { readonly by: string; readonly after: number; readonly window?: string }>>>
  /** What else was found, where it was not killed. */
  readonly otherwise: readonly string[]
  /** Causes that a verdict named and that it does not declare: its report would send a reader to the wrong place. */
  readonly misnamed: readonly string[]
  /** Why it could not be run to the end, if so: the other rows are kept. */
  readonly error?: string
}

export interface CorrectRow {
  readonly name: string
  readonly store: DialectName
  readonly schedules: number
  readonly owed: number
  /** Why schedules have shown nothing, and how many of them. */
  readonly unknown: Readonly<Record<string, number>>
  readonly accusations: readonly { readonly by: string; readonly anomaly: Anomaly }[]
  /** Why it could not be run to the end, if so. */
  readonly error?: string
}

export interface SelftestResult {
  readonly mutants: readonly MutantRow[]
  readonly correct: readonly CorrectRow[]
  /** Required rules that no mutant breaks. */
  readonly unowned: readonly string[]
  readonly ms: number
}

/** The model's runs hang in no timer, so their watchdog can be short. */
const WATCHDOG_MS = { virtual: 100, real: 1500 }

export async function selftest(options: SelftestOptions): Promise<SelftestResult> {
  const elapsed = stopwatch()
  const rows: MutantRow[] = []
  const correct: CorrectRow[] = []
  const onModel: Kills = new Map()
  for (const dialect of options.stores) {
    const store = await options.openStore(dialect)
    const told = options.mutants.filter(({ name }) => dialect !== 'own' || NOT_TOLD[name] === undefined)
    for (const [i, mutant] of told.entries()) {
      options.onProgress?.(`${dialect} · mutant ${i + 1}/${told.length} · ${mutant.name}`)
      rows.push(await tryMutant(mutant, dialect, store, options, onModel))
    }
    for (const [i, implementation] of options.correct.entries()) {
      options.onProgress?.(`${dialect} · correct ${i + 1}/${options.correct.length} · ${implementation.name}`)
      correct.push(await tryCorrect(implementation, dialect, store, options))
    }
  }
  const owned = new Set(options.mutants.map(({ breaks }) => breaks))
  const unowned = options.rules.filter(({ level, id }) => level === 'required' && !owned.has(id)).map(({ id }) => id)
  return { mutants: rows, correct, unowned, ms: elapsed() }
}

/** As of a subject: what failed outranks what could not be run. */
export function resultOf({ mutants, correct, unowned }: SelftestResult): Result {
  const survives = mutants.some(({ killed, misnamed, error }) => (!killed || misnamed.length > 0) && error === undefined)
  if (survives || correct.some(({ accusations }) => accusations.length > 0) || unowned.length > 0) return 'invalid'
  return [...mutants, ...correct].some(({ error }) => error !== undefined) ? 'unknown' : 'valid'
}

export const isPassed = (result: SelftestResult): boolean => resultOf(result) === 'valid'

/** The schedules that killed each mutant on the model, by its name. */
type Kills = Map<string, Partial<Record<StrategyName, Found>>>

async function tryMutant(mutant: Mutant, dialect: DialectName, store: Store, options: SelftestOptions, onModel: Kills): Promise<MutantRow> {
  const target = repositoryTarget(mutantSubject(mutant, dialect), store)
  const runner = runnerOf(target, { watchdogMs: store.virtual ? WATCHDOG_MS.virtual : WATCHDOG_MS.real })
  const misnamed = new Set<string>()
  const judge = naming(mutant, judgeOf(runner), misnamed)
  const wanted = wantedOf(mutant, options.rules)
  const by: Partial<Record<StrategyName, { by: string; after: number; window?: string }>> = {}
  const kills: Partial<Record<StrategyName, Found>> = {}
  const otherwise = new Set<string>()
  const tryAll = async () => {
    await tryEach()
    if (Object.keys(by).length > 0 || runner.leak !== undefined) return
    const { found } = await hunt(await burstsOn(target, judge, options.lastResort[dialect], options.seed + 1), judge, wanted)
    await runner.close()
    if (found !== undefined) [by.bursts, kills.bursts] = [killOf(found), found]
  }
  const error = await failureOf(tryAll())
  if (store.virtual) onModel.set(mutant.name, kills)
  const { name, family, breaks, trips, depth = 1 } = mutant
  const killed = Object.keys(by).length > 0
  return { name, family, breaks, trips, depth, store: dialect, killed, by, otherwise: [...otherwise], misnamed: [...misnamed], ...error }

  async function tryEach(): Promise<void> {
    for (const name of STRATEGIES) {
      // On a real server one strategy that kills it is enough: what differs between the strategies is measured on the model.
      if (!store.virtual && Object.keys(by).length > 0) break
      const known = store.virtual || name === 'scenarios' ? undefined : onModel.get(mutant.name)
      const schedules = known === undefined ? await drawn(name, target, judge, options) : confirming(known[name]?.candidate)
      const hunted = await hunt(schedules, judge, wanted)
      await runner.close()
      const { found, others } = hunted
      const closing = runner.leak === undefined ? undefined : makeAnomaly('leak', runner.leak)
      if (found !== undefined) [by[name], kills[name]] = [killOf(found), found]
      else if (closing !== undefined && wanted(closing)) by[name] = { by: 'close', after: hunted.schedules }
      for (const other of [...others, ...(closing === undefined ? [] : [closing])])
        otherwise.add(`${other.code}${other.window === undefined ? '' : `@${other.window}`} (${other.rule})`)
    }
  }
}

/** A row's error, where this rejects. */
const failureOf = (running: Promise<void>): Promise<{ error?: string }> =>
  running.then(
    () => ({}),
    (error: unknown) => ({ error: messageOf(error) }),
  )

/** The judge, and what it names as a cause of this mutant's that the mutant does not declare. */
const naming =
  (mutant: Mutant, judge: Judge, misnamed: Set<string>): Judge =>
  async (candidate) => {
    const judged = await judge(candidate)
    const declared: readonly string[] | undefined = mutant.causes
    if (declared === undefined) return judged
    for (const { name } of causesOf(judged.verdict.anomalies))
      if (!declared.includes(name)) misnamed.add(`${name} in ${candidate.by ?? 'a schedule'}`)
    return judged
  }

/** An anomaly of the declared code that speaks of the declared rule. */
export function wantedOf({ breaks, trips }: Mutant, rules: readonly Rule[]): (found: Anomaly) => boolean {
  const rule = rules.find(({ id }) => id === breaks)
  // The three kinds of loss differ only in where later deliveries lie, which hangs on the schedule and not on the bug.
  const sameKind = (code: AnomalyCode) => code === trips || (LOST.has(code) && LOST.has(trips))
  return (found) => rule !== undefined && sameKind(found.code) && rule.check([found]).length > 0
}

const killOf = ({ by, after, anomaly }: Found) => ({ by, after, ...(anomaly.window === undefined ? {} : { window: anomaly.window }) })

/** The schedules of a strategy, each as it comes: nothing is run again, and nothing made small. */
async function drawn(
  name: StrategyName,
  target: Target,
  judge: Judge,
  options: Pick<SelftestOptions, 'scenarios' | 'bursts' | 'seed' | 'bound'>,
): Promise<Strategy<unknown>> {
  if (name === 'scenarios') return eachOnce(options.scenarios, target.applies)
  if (name === 'bursts') return burstsOn(target, judge, options.bursts, options.seed)
  const { appends, cycles } = options.bound
  const { moves } = await search(surveyCycles(cycles), judge).catch(() => ({ moves: 8 * cycles }))
  return everyPlacement({ moves, appends, cycles })
}

async function burstsOn(target: Target, judge: Judge, runs: number, seed: number): Promise<Strategy<unknown>> {
  const alphabet = await alphabetOn(target, judge)
  return bursts({ runs, seed, shrink: false, lacks: (step) => lackOf(target.store, step), ...(alphabet === undefined ? {} : { alphabet }) })
}

/** What killed it on the model has to kill it here, too; nothing, where nothing did. */
function confirming(candidate: Candidate | undefined): Strategy<unknown> {
  return strategy(walk(), () => undefined)

  function* walk(): Walk {
    if (candidate !== undefined) yield { ...candidate, by: `${candidate.by}, found on the model` }
  }
}

/** Runs the scenarios that apply, an exploration, and bursts over one that must not be accused; its share of the schedules. */
export async function tryCorrect(
  implementation: CorrectImplementation,
  dialect: DialectName,
  store: Store,
  options: Pick<SelftestOptions, 'correct' | 'correctSchedules' | 'scenarios' | 'seed' | 'bound' | 'onProgress'>,
): Promise<CorrectRow> {
  const target = repositoryTarget(implementation.subject(dialect), store)
  const runner = runnerOf(target)
  const accusations: { by: string; anomaly: Anomaly }[] = []
  const budget = Math.ceil(options.correctSchedules[dialect] / options.correct.length)
  let schedules = 0
  let owed = 0
  const unknown: Record<string, number> = {}
  const judge = judgeOf(runner)
  const counting: Judge = async (candidate) => {
    const judged = await judge(candidate)
    const { verdict } = judged
    schedules++
    owed += verdict.counts.owed
    if (verdict.result === 'unknown') unknown[verdict.reasons[0]!] = (unknown[verdict.reasons[0]!] ?? 0) + 1
    if (verdict.result === 'invalid' && accusations.length < 5) accusations.push({ by: candidate.by ?? '', anomaly: verdict.anomalies[0]! })
    if (schedules % 100 === 0) options.onProgress?.(`${dialect} · ${implementation.name} · ${schedules}/${budget} schedules`)
    return judged
  }
  const tryAll = async () => {
    // The bursts take what the others leave, and an exploration at most half.
    for (const [name, most] of [
      ['scenarios', budget],
      ['exploration', budget / 2],
    ] as const)
      await search(await drawn(name, target, judge, { ...options, bursts: 0 }), counting, () => schedules >= most)
    await search(await burstsOn(target, judge, budget, options.seed), counting, () => schedules >= budget)
    await runner.close()
    if (runner.leak !== undefined) accusations.push({ by: 'close', anomaly: makeAnomaly('leak', runner.leak) })
  }
  const error = await failureOf(tryAll())
  return { name: implementation.name, store: dialect, schedules, owed, unknown, accusations, ...error }
}

// ── Races as pictures: a scenario, run on the model, on an implementation that is broken on purpose and fails there

export interface Illustration {
  readonly scenario: Scenario
  readonly mutant: Mutant
  readonly history: History
  readonly verdict: Verdict
}

/** @throws where the mutant is not found by the scenario: it would show nothing. */
export async function illustrate(scenario: Scenario, mutantName: string | undefined): Promise<Illustration> {
  const where = `scenarios/races.ts, ${scenario.race}, "${scenario.name}"`
  const mutant = mutants.find(({ name }) => name === mutantName)
  if (mutant === undefined) throw new Error(`${where}: expected the name of a mutant (src/mutants), got ${String(mutantName)}`)
  const runner = new Runner(mutantSubject(mutant, 'memory'), memoryStore(), { watchdogMs: WATCHDOG_MS.virtual })
  const { run, verdict } = await runner.judge(scenario.schedule, scenario)
  await runner.close()
  if (verdict.result !== 'invalid') throw new Error(`${where}: "${mutant.name}" is not found there: name another mutant`)
  return { scenario, mutant, history: run.history, verdict }
}
