/**
 * The suite as vitest tests: one test a scenario, one for the bursts, one for the exploration where one is asked for. The
 * failure text is what `tailrace run` shows.
 *
 * ```ts
 * import { describeStreamRepository } from 'tailrace/vitest'
 * describeStreamRepository('RedisStreamRepository', { store: 'redis', open: ({ url }) => new RedisStreamRepository(url) })
 * ```
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Coverage, addCoverage } from '../report/coverage.js'
import { tellersOf } from '../report/findings.js'
import type { SubjectResult, SuiteResult } from '../report/result.js'
import { openStore } from '../dialects/open-store.js'
import type { Store } from '../dialects/store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import type { Certificate } from '../search/certificate.js'
import { type Exploration, explorationResult } from '../run/explore-target.js'
import { runSuite } from '../run/run-suite.js'
import { ownScenarios } from '../run/own-scenarios.js'
import { timeBudget } from '../run/time-budget.js'
import type { Scenario } from '../schedule/scenario.js'
import { scenarios as builtIn } from '../../scenarios/index.js'
import { BURSTS_ALONE, burstsIn, burstsTitle, checkTime } from '../testing/bursts.js'
import { type ExplorationOptions, checkExploration, explorationTitle, runExploration } from '../testing/exploration.js'
import { TailraceFailure, expectBurstsValid, expectExploredValid, expectValid } from '../testing/failures.js'
import { attachResult, nameOfResults, resultsDirectory, saveResults } from './results.js'

export type { ExplorationOptions } from '../testing/exploration.js'

/** What `describeStreamRepository` takes: a subject without its name, and how much to run on it. */
export interface DescribeOptions<Frame = unknown> extends Omit<SubjectDefinition<Frame>, 'name'> {
  /** Scenarios of your own, to run beside those of tailrace: `scenario` makes one. Default: none. */
  readonly scenarios?: readonly Scenario[]
  /** How many bursts. Default 200, and 400 on the model; 0 for none. */
  readonly bursts?: number
  /**
   * How long bursts go on, in milliseconds since the subject began to run, in place of a number: scenarios come first, and are all run.
   * Where `bursts` is given as well, they end at whichever comes first. The seed says which they are, whatever the time.
   */
  readonly timeMs?: number
  /** What bursts are generated from: the same seed gives the same ones. Default 42. */
  readonly seed?: number
  /** Runs only the counterexample that a failure shows with this path, under the same seed. */
  readonly path?: string
  /** How long one step may take, in milliseconds, on top of the read's time-out; `open` and `close` may take four times that. Default 5000. */
  readonly watchdogMs?: number
  /** Runs every interleaving up to this bound, or one shard of them. None unless said. */
  readonly exploration?: ExplorationOptions
  /** Saves the results in this directory, for `tailrace merge`. Default: what TAILRACE_RESULTS says, or nowhere. */
  readonly results?: string
}

/** All of it runs before the first test; generous, because a hanging subject costs the watchdog's patience at every step. */
const TIMEOUT_MS = 300_000

/**
 * Declares the suite for one subject as vitest tests: one for each scenario, one for the bursts, and one for the exploration where
 * `exploration` is given. A scenario that does not apply is skipped with its reason; a verdict of invalid or unknown fails its test.
 * To be called where `describe` may be.
 *
 * The subject runs in `beforeAll`, on the model or on the Redis that is found (`REDIS_URL`, a server on the PATH, a container). Where
 * it could not be run, the first test fails and says why.
 * @throws RangeError when `exploration` is no bound that can be explored, or `timeMs` no time; and an error named `ScheduleError` when one
 * of `scenarios` is none, or has the name of another.
 */
export function describeStreamRepository<Frame>(name: string, options: DescribeOptions<Frame>): void {
  const { scenarios: own = [], bursts: asked, timeMs, seed = 42, path, watchdogMs, exploration, results, ...subject } = options
  checkTime(timeMs)
  const bursts = burstsIn({ bursts: asked, timeMs }, BURSTS_ALONE)
  const timeoutMs = TIMEOUT_MS + (timeMs ?? 0)
  const scenarios = [...builtIn, ...ownScenarios([{ where: `describeStreamRepository('${name}'), scenarios`, given: own }])]
  if (exploration !== undefined) checkExploration(exploration)
  describe(name, () => {
    let store: Store | undefined
    let result: SubjectResult
    let explored: Exploration | undefined

    // vitest reads the names of fixtures off the first parameter, and refuses one that is no pattern.
    // oxlint-disable-next-line no-empty-pattern
    beforeAll(async ({}, task) => {
      const suite = await runSuite([{ ...subject, name }], {
        scenarios,
        ...bursts,
        seed,
        ...(path === undefined ? {} : { path }),
        ...(timeMs === undefined ? {} : { time: timeBudget(timeMs) }),
        ...(watchdogMs === undefined ? {} : { watchdogMs }),
        openStore: async (kind) => (store = await openStore(kind)),
        saveTo: process.cwd(),
      })
      result = suite.subjects[0]!
      // What already fails, or cannot be run, would only fail in every interleaving.
      if (exploration !== undefined && store !== undefined && result.error === undefined) {
        try {
          const { coverage, ...rest } = await runExploration({ ...subject, name }, store, exploration, watchdogMs)
          explored = rest
          if (coverage !== undefined) result = withCoverage(result, coverage)
          if (exploration.shard === undefined) result = { ...result, exploration: explorationResult(explored) }
        } catch (error) {
          result = { ...result, error: error instanceof Error ? error.message : String(error) }
        }
      }
      attachResult(task, { ...suite, subjects: [result] })
      const certificate = exploration?.shard === undefined ? undefined : explored?.certificate
      await save(name, { ...suite, subjects: [result] }, certificate, results)
    }, timeoutMs)

    afterAll(async () => store?.close())

    it('can be run, starts, waits and closes', () => {
      if (result.error !== undefined) throw new TailraceFailure(result.error)
      for (const each of result.scenarios) if (!scenarios.some((scenario) => scenario.name === each.name)) expectValid(each, result)
      if (result.scenarios.length === 0)
        throw new TailraceFailure(`no scenario applies: ${result.skipped.map((each) => `${each.name}: ${each.reason}`).join('; ')}`)
    })

    for (const scenario of scenarios) {
      it(`${scenario.name}: ${scenario.summary}`, (context) => {
        const skipped = result.skipped.find((each) => each.name === scenario.name)
        if (skipped !== undefined) context.skip(skipped.reason)
        const each = result.scenarios.find((other) => other.name === scenario.name)
        if (each === undefined) context.skip('not run: the subject failed before it')
        expectValid(each, result, each && tellersOf(result).get(each))
      })
    }

    if (bursts.bursts > 0) {
      it(burstsTitle(bursts, subject.store, seed, timeMs), (context) => {
        if (result.bursts === undefined) return context.skip('not run: the subject failed before it')
        expectBurstsValid(result.bursts, result)
      })
    }

    if (exploration !== undefined) {
      it(explorationTitle(exploration), (context) => {
        if (explored === undefined) return context.skip('not run: the subject failed before it')
        expectExploredValid(explored, result, exploration.shard !== undefined)
      })
    }
  })
}

const withCoverage = (result: SubjectResult, more: Coverage): SubjectResult => ({
  ...result,
  coverage: result.coverage === undefined ? more : addCoverage(result.coverage, more),
})

async function save(name: string, suite: SuiteResult, certificate: Certificate | undefined, results: string | undefined): Promise<void> {
  const directory = resultsDirectory(results)
  if (directory === undefined) return
  await saveResults(directory, nameOfResults(name, expect.getState().testPath ?? '', process.cwd()), suite, certificate)
}
