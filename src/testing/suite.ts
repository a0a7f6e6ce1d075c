/**
 * The suite as data, for any test runner: a list of tests that share one survey and one store.
 *
 * ```ts
 * import { it } from 'node:test'
 * import { suiteFor } from 'tailrace/testing'
 * for (const test of await suiteFor(subject)) it(test.name, { skip: test.skip }, test.run)
 * ```
 *
 * The store is opened by the first test that runs, and every test may be the first: runners filter, shuffle, and run several at once.
 */
import { scenarios as allScenarios, smoke } from '../../scenarios/index.js'
import { openStore } from '../dialects/open-store.js'
import type { Store } from '../dialects/store.js'
import type { CaseResult } from '../report/result.js'
import { exploreTarget } from '../run/explore-target.js'
import { PROFILES, type Profile, scenariosOf } from '../run/profiles.js'
import { ownScenarios } from '../run/own-scenarios.js'
import { saveReplay } from '../run/replay-file.js'
import { consumerName } from '../run/resolve.js'
import { causeOf } from '../oracle/cause.js'
import { lossOf } from '../search/no-return.js'
import { alphabetOn, leakCase, noReturnsOn, runBursts, scenariosOn, surveyOf, withMoment } from '../run/run-target.js'
import type { Runner } from '../run/runner.js'
import { type Target, judgeOf, notApplicable, repositoryTarget, runnerOf } from '../run/target.js'
import { timeBudget } from '../run/time-budget.js'
import type { Scenario } from '../schedule/scenario.js'
import { type Judge, type Judged, search } from '../search/strategy.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { BURSTS_ALONE, type Bursts, burstsIn, burstsTitle, checkTime } from './bursts.js'
import { DEFAULT_COUNT, type ExplorationOptions, checkExploration, explorationTitle } from './exploration.js'
import { type About, TailraceFailure, expectBurstsValid, expectExploredValid, expectValid } from './failures.js'

/** Options of `suiteFor`: how much to run. What is left out is as the profile says. */
export interface SuiteOptions {
  /**
   * How much, under a name: `smoke` is the few scenarios that find most, `ci` and `nightly` are all of them, bursts and an exploration.
   * Default: every scenario and 200 bursts, 400 on the model, as `tailrace run` does it.
   */
  readonly profile?: 'smoke' | 'ci' | 'nightly'
  /** Scenarios of your own, to run beside those of tailrace under every profile: `scenario` makes one. Default: none. */
  readonly scenarios?: readonly Scenario[]
  /** How many bursts. 0 for none. */
  readonly bursts?: number
  /**
   * How long their test goes on with bursts, in milliseconds, in place of a number. Where `bursts` is given as well, they end at whichever
   * comes first. The seed says which they are, whatever the time.
   */
  readonly timeMs?: number
  /** What bursts are generated from: the same seed gives the same ones. Default 42. */
  readonly seed?: number
  /** Runs only the counterexample that a failure shows with this path, under the same seed. */
  readonly path?: string
  /** Runs every interleaving up to this bound. */
  readonly exploration?: Omit<ExplorationOptions, 'shard'>
  /** How long one step may take, in milliseconds, on top of the read's time-out; `open` and `close` may take four times that. Default 5000. */
  readonly watchdogMs?: number
  /**
   * The Redis of a subject with `store: 'redis'`, as a URL: `redis://`, `rediss://` or `unix://`. Default `REDIS_URL`, else a server program
   * on the `PATH`, else a container.
   */
  readonly redis?: string
}

/** What `run` of a test resolves with. */
export interface SuiteOutcome {
  /** Why the test has shown nothing, where only running it could tell: the consumer never comes to that gate. Missing where it has passed. */
  readonly skipped?: string
}

/** One test of the suite: what `suiteFor` gives. */
export interface SuiteTest {
  /** Unique in its suite, and the same in every run. */
  readonly name: string
  /** Why there is no sense in running it, by what the subject declares; undefined where there is. */
  readonly skip: string | undefined
  /**
   * Runs it. May be handed to the runner as it is: it needs no `this`, and declares no parameter, so that no runner takes it for one that
   * calls back. Tests that are started at once wait for each other.
   *
   * Rejects where the verdict is not valid, with an error named `TailraceFailure`: its message is the failure text of `tailrace run`, and
   * `actual` and `expected` are set where something was found. Rejects with what the subject's `open` throws, and with an error named
   * `StoreError` where the subject wants a Redis and there is none; the tests after that reject, too.
   *
   * Where only the run shows that the test does not apply, it resolves with `skipped`, the reason. A runner that hands a context with a
   * `skip` function over (node:test, vitest) is told by that as well, and shows the test as skipped; for others it has passed.
   */
  readonly run: SuiteRun
}

/** `run` of a test of the suite: called without anything, or by a runner, with the context that it has for its tests. */
export interface SuiteRun {
  (): Promise<SuiteOutcome>
  /** The type of a test function of node:test, which may resolve with nothing. What it resolves with is the same. */
  (context: unknown): Promise<void>
}

/** The tests for one subject, to be gone through with `for … of`: what `suiteFor` resolves with. */
export interface Suite extends Iterable<SuiteTest> {
  /** The same as a list. The first says whether the subject can be run at all; the last closes it. */
  readonly tests: readonly SuiteTest[]
  /**
   * Lets go of the subject and its store, after the tests that are under way; does nothing where nothing is open. The last test does the
   * same: call this in a hook that runs after all tests, for when the last one is filtered out. A test that runs later opens them anew.
   *
   * Rejects where the subject leaves something open, as the last test does.
   */
  close(): Promise<void>
}

/**
 * The suite for one subject as data: a test for each scenario, one for the bursts, and one for the exploration where one is asked for.
 * Nothing is run or opened before the first test runs. Failures leave a replay file in `.tailrace/` of the working directory.
 *
 * Rejects with a RangeError when `exploration` is no bound that can be explored, or `timeMs` no time; and with an error named `ScheduleError` when one of
 * `scenarios` is none, or has the name of another.
 */
export async function suiteFor(subject: SubjectDefinition, options: SuiteOptions = {}): Promise<Suite> {
  const profile: Profile = options.profile === undefined ? BURSTS_ALONE : PROFILES[options.profile]
  const { timeMs, exploration = profile.exploration } = options
  checkTime(timeMs)
  const bursts = burstsIn(options, profile)
  if (exploration !== undefined) checkExploration(exploration)
  const own = ownScenarios([{ where: 'suiteFor, scenarios', given: options.scenarios ?? [] }])
  const run = new SharedRun(subject, options, [...scenariosOf(profile, allScenarios, smoke), ...own], bursts)
  const test = (name: string, body: () => Promise<string | void>, skip?: string): SuiteTest => ({
    name,
    skip,
    // Of length 0, whatever it is given.
    run: (async (...[context]: [context?: unknown]) => {
      const skipped = await run.inTurn(body)
      if (skipped === undefined) return {}
      tellSkipped(context, skipped)
      return { skipped }
    }) as SuiteRun,
  })
  const tests = [
    test('can be run, starts and waits', () => run.start()),
    ...run.scenarios.map((scenario) =>
      test(`${scenario.name}: ${scenario.summary}`, () => run.scenario(scenario), notApplicable(subject, scenario)),
    ),
    ...(bursts.bursts > 0 ? [test(burstsTitle(bursts, subject.store, run.seed, timeMs), () => run.runBursts())] : []),
    ...(exploration === undefined ? [] : [test(explorationTitle(exploration), () => run.explore(exploration))]),
    test('closes, and leaves nothing open', async () => ((await run.close()) ? undefined : 'nothing was open')),
  ]
  return {
    tests,
    [Symbol.iterator]: () => tests[Symbol.iterator](),
    close: async () => void (await run.inTurn(() => run.close())),
  }
}

const DEFAULT_SEED = 42

/** Of vitest the context is a function. Its `skip` throws. */
function tellSkipped(context: unknown, reason: string): void {
  if ((typeof context !== 'object' && typeof context !== 'function') || context === null) return
  if ('skip' in context && typeof context.skip === 'function') context.skip(reason)
}

interface Open {
  readonly store: Store
  readonly target: Target
  readonly runner: Runner
  readonly judge: Judge
}

const aboutOf = ({ definition, store }: Target): About => ({
  name: definition.name,
  consumer: consumerName(definition),
  dialect: store.dialect,
})

/** What the tests share: the subject on its store, opened and surveyed by the first of them. */
class SharedRun {
  readonly seed: number
  #open: Open | undefined
  #survey: Judged | undefined
  /** Why nothing more can be run, once one test has said so at length. */
  #brokenBy: string | undefined
  #last: Promise<unknown> = Promise.resolve()
  /** Kinds of losses whose point of no return has been looked for. */
  readonly #toldKinds = new Set<string>()

  constructor(
    readonly subject: SubjectDefinition,
    readonly options: SuiteOptions,
    readonly scenarios: readonly Scenario[],
    readonly bursts: Bursts,
  ) {
    this.seed = options.seed ?? DEFAULT_SEED
  }

  /** One schedule at a time runs on a subject, and runners may start several tests at once. */
  inTurn<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(body)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  start(): Promise<void> {
    return this.#run(async ({ target }, survey) => {
      const reasons = this.scenarios.map((scenario) => ({ name: scenario.name, reason: target.applies(scenario, survey) }))
      if (reasons.every(({ reason }) => reason !== undefined))
        throw new TailraceFailure(`no scenario applies: ${reasons.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`)
    })
  }

  /** Resolves with why it has shown nothing, where it has not. */
  scenario(scenario: Scenario): Promise<string | undefined> {
    return this.#run(async ({ target, judge }, survey) => {
      const { cases, skipped } = await search(scenariosOn(target, [scenario], survey), judge)
      expectValid(await this.#saved(await this.#told(cases[0], target, judge), target), aboutOf(target))
      return skipped[0]?.reason
    })
  }

  runBursts(): Promise<void> {
    return this.#run(async ({ target, judge }) => {
      const { path, timeMs } = this.options
      const amount = { ...this.bursts, ...(timeMs === undefined ? {} : { time: timeBudget(timeMs) }) }
      const options = { scenarios: this.scenarios, seed: this.seed, ...(path === undefined ? amount : { bursts: 1, path }) }
      const found = await runBursts(target, judge, await alphabetOn(target, judge), options)
      const failure = await this.#saved(await this.#told(found.failure, target, judge), target)
      expectBurstsValid(failure === undefined ? found : { ...found, failure }, aboutOf(target))
    })
  }

  explore({ appends, cycles, count = DEFAULT_COUNT, faults = 0 }: Omit<ExplorationOptions, 'shard'>): Promise<void> {
    return this.#run(async ({ target, judge }) => {
      const explored = await exploreTarget(target, judge, { appends, cycles, count, faults })
      const failure = await this.#saved(explored.failure, target)
      expectExploredValid(failure === undefined ? explored : { ...explored, failure }, aboutOf(target))
    })
  }

  /** Resolves with whether anything was open. @throws TailraceFailure when the subject leaves something open. */
  async close(): Promise<boolean> {
    const open = this.#open
    this.#open = this.#survey = this.#brokenBy = undefined
    if (open === undefined) return false
    await open.runner.close().catch(() => undefined)
    await open.store.close()
    if (open.runner.leak !== undefined) expectValid(leakCase(open.runner.leak), aboutOf(open.target))
    return true
  }

  /** A failed verdict is of one test; whatever else is thrown would only be thrown again by every test after it. */
  async #run<T>(body: (open: Open, survey: Judged) => Promise<T>): Promise<T> {
    if (this.#brokenBy !== undefined) throw new TailraceFailure(`not run: the subject failed before it: ${this.#brokenBy}`)
    try {
      this.#open ??= await this.#opened()
      this.#survey ??= await this.#surveyed(this.#open)
      return await body(this.#open, this.#survey)
    } catch (error) {
      if (!(error instanceof TailraceFailure) || this.#survey === undefined)
        this.#brokenBy = (error instanceof Error ? error.message : String(error)).split('\n')[0]!
      throw error
    }
  }

  async #opened(): Promise<Open> {
    const { redis, watchdogMs } = this.options
    const store = await openStore(this.subject.store, redis === undefined ? {} : { url: redis })
    const target = repositoryTarget(this.subject, store)
    const runner = runnerOf(target, watchdogMs === undefined ? {} : { watchdogMs })
    return { store, target, runner, judge: judgeOf(runner) }
  }

  async #surveyed({ target, judge }: Open): Promise<Judged> {
    const { judged, failure } = await surveyOf(target, judge)
    expectValid(await this.#saved(failure, target), aboutOf(target))
    return judged
  }

  async #told(each: CaseResult | undefined, target: Target, judge: Judge): Promise<CaseResult | undefined> {
    if (each === undefined) return undefined
    const consumerOf = ({ name }: CaseResult) => target.saved(name, this.scenarios).consumer
    const loss = lossOf(each)
    if (loss === undefined || this.#toldKinds.has(causeOf(loss))) return each
    return withMoment(each, (await search(noReturnsOn(target, consumerOf, [each], target.replays, this.#toldKinds), judge)).get(each))
  }

  async #saved(each: CaseResult | undefined, target: Target): Promise<CaseResult | undefined> {
    if (each?.verdict.result !== 'invalid' || each.history.length === 0) return each
    return { ...each, replayFile: await saveReplay(this.subject.name, each, target.saved(each.name, this.scenarios), process.cwd()) }
  }
}
