/** `tailrace run`: the suite over the subjects of the configuration. */
import { relative } from 'node:path'
import { type SuiteResult, exitOf } from '../report/result.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Config } from '../subject/config.js'
import { PROFILES, type Profile, type ProfileName, scenariosOf } from '../run/profiles.js'
import { runSubject } from '../run/run-suite.js'
import { scenarios, smoke } from '../../scenarios/index.js'
import { chooseSubjects, findConfig, loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import type { ReporterOptions } from '../report/reporters.js'
import { chooseReports } from './reports.js'
import { chooseScenarios, loadScenarios } from './schedule-files.js'
import type { Shard } from '../search/share.js'
import { chooseShard } from './shard.js'
import { sourceOf } from './sources.js'
import { type Amount, type Verbosity, burstsIn, knownLosses, runAndReport } from './suite.js'

export interface RunCommandOptions extends ReporterOptions, Verbosity {
  readonly config?: string
  readonly subject?: readonly string[]
  readonly scenario?: readonly string[]
  /** Modules with scenarios of the user's own. */
  readonly schedule?: readonly string[]
  readonly seed?: number
  readonly runs?: number
  /** In milliseconds. */
  readonly time?: number
  readonly profile?: ProfileName
  readonly path?: string
  readonly redis?: string
  readonly shard?: Shard
}

export const DEFAULT_SEED = 42
export const ONE_BURST = '--path runs one burst alone, so there is nothing that --time could end'

export async function run(options: RunCommandOptions): Promise<number> {
  return exitOf((await runAndShow(options)).suite)
}

export interface Shown {
  readonly suite: SuiteResult
  /** The names that `--scenario` takes. */
  readonly names: readonly string[]
}

export async function runAndShow(options: RunCommandOptions): Promise<Shown> {
  const cwd = process.cwd()
  const config = await loadConfig(options.config, cwd)
  const file = findConfig(options.config, cwd)
  const subjects = chooseSubjects(config, options.subject)
  if (options.path !== undefined && options.seed === undefined) throw new UsageError('--path belongs to a --seed: a failure prints both')
  if (options.path !== undefined && options.time !== undefined) throw new UsageError(ONE_BURST)
  if (options.quiet && options.verbose) throw new UsageError('--quiet or --verbose, not both')
  const own = await loadScenarios({ scenarios: config.scenarios, where: relative(cwd, file) }, options.schedule)
  const reports = chooseReports(options)
  const shard = chooseShard(options.shard)
  const losses = await knownLosses(config, file, 'subjects')
  const sources = new Map(await Promise.all(subjects.map(async (each) => [each.name, await sourceOf(each, file, cwd)] as const)))
  const suite = await runAndReport(
    {
      names: subjects.map(({ name }) => name),
      amount: amount(options, config, own),
      seed: options.seed ?? config.seed ?? DEFAULT_SEED,
      path: options.path,
      watchdogMs: config.watchdogMs,
      redis: options.redis,
      shard,
      reports,
      losses,
      sources,
      quiet: options.quiet,
      verbose: options.verbose,
    },
    (stores, shared) =>
      subjects.map((subject) => (time) => runSubject(subject, { ...shared, ...(time && { time }), openStore: stores.get })),
  )
  return { suite, names: [...scenarios, ...own].map(({ name }) => name) }
}

/**
 * What a scenario or a path that is named leaves of the profile. Scenarios of the user's own are in every profile. What the command says
 * of bursts, it says in place of the configuration: a number where that has a time, or a time where that has a number.
 */
function amount(options: RunCommandOptions, { bursts: number, timeMs }: Config, own: readonly Scenario[]): Amount {
  const { profile = 'ci', scenario, path } = options
  const { bursts: usual, burstsOnModel: usualOnModel, exploration }: Profile = PROFILES[profile]
  const isSaid = options.runs !== undefined || options.time !== undefined
  const { runs, time } = isSaid || profile !== 'ci' ? options : { runs: number, time: timeMs }
  const chosen =
    scenario === undefined
      ? [...scenariosOf(PROFILES[profile], scenarios, smoke), ...own]
      : chooseScenarios(scenario, { builtIn: scenarios, own, list: 'npx tailrace list' })
  if (path !== undefined) return { scenarios: chosen, bursts: 1 }
  if (scenario !== undefined) return { scenarios: chosen, bursts: burstsIn(options, 0), timeMs: options.time }
  const burstsOnModel = runs === undefined && time === undefined ? usualOnModel : undefined
  return {
    scenarios: chosen,
    bursts: burstsIn({ runs, time }, usual),
    burstsOnModel,
    timeMs: time,
    ...(exploration === undefined ? {} : { exploration }),
  }
}
