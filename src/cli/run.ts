/** `tailrace run`: the suite over the subjects of the configuration. */
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
import { type Shard, chooseShard } from './shard.js'
import { sourceOf } from './sources.js'
import { type Amount, type Verbosity, knownLosses, runAndReport } from './suite.js'

export interface RunCommandOptions extends ReporterOptions, Verbosity {
  readonly config?: string
  readonly subject?: readonly string[]
  readonly scenario?: readonly string[]
  readonly seed?: number
  readonly runs?: number
  readonly profile?: ProfileName
  readonly path?: string
  readonly redis?: string
  readonly shard?: Shard
}

export const DEFAULT_SEED = 42

export async function run(options: RunCommandOptions): Promise<number> {
  return exitOf(await runAndShow(options))
}

export async function runAndShow(options: RunCommandOptions): Promise<SuiteResult> {
  const cwd = process.cwd()
  const config = await loadConfig(options.config, cwd)
  const file = findConfig(options.config, cwd)
  const subjects = chooseSubjects(config, options.subject)
  if (options.path !== undefined && options.seed === undefined) throw new UsageError('--path belongs to a --seed: a failure prints both')
  if (options.quiet && options.verbose) throw new UsageError('--quiet or --verbose, not both')
  const reports = chooseReports(options)
  const shard = chooseShard(options.shard)
  const losses = await knownLosses(config, file, 'subjects')
  const sources = new Map(await Promise.all(subjects.map(async (each) => [each.name, await sourceOf(each, file, cwd)] as const)))
  return runAndReport(
    {
      names: subjects.map(({ name }) => name),
      amount: amount(options, config),
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
    (stores, shared) => subjects.map((subject) => () => runSubject(subject, { ...shared, openStore: stores.get })),
  )
}

/** What a scenario or a path that is named leaves of the profile. */
function amount({ profile = 'ci', scenario, runs, path }: RunCommandOptions, config: Config): Amount {
  const { bursts, exploration }: Profile = PROFILES[profile]
  const usual = runs ?? (profile === 'ci' ? (config.bursts ?? bursts) : bursts)
  if (path !== undefined) return { scenarios: chooseScenarios(scenario, profile), bursts: Math.max(usual, 1) }
  if (scenario !== undefined) return { scenarios: chooseScenarios(scenario, profile), bursts: runs ?? 0 }
  return { scenarios: chooseScenarios(undefined, profile), bursts: usual, ...(exploration === undefined ? {} : { exploration }) }
}

function chooseScenarios(names: readonly string[] | undefined, profile: ProfileName): readonly Scenario[] {
  if (names === undefined) return scenariosOf(PROFILES[profile], scenarios, smoke)
  return names.map((name) => {
    const found = scenarios.find((each) => each.name === name)
    if (found === undefined) throw new UsageError(`no scenario is called "${name}" (npx tailrace list shows them all)`)
    return found
  })
}
