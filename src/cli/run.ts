/** `tailrace run`: the suite over the subjects of the configuration. */
import { dirname, resolve } from 'node:path'
import { today } from '../clock/clock.js'
import { readBaseline } from '../report/known/baseline.js'
import { markKnown, outcomesOfKnown } from '../report/known/known-losses.js'
import { type SubjectResult, type SuiteResult, exitOf } from '../report/result.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Config } from '../subject/config.js'
import type { KnownLoss } from '../subject/known-loss.js'
import { PROFILES, type Profile, type ProfileName, scenariosOf } from '../suite/profiles.js'
import { runSuite } from '../suite/run-suite.js'
import { scenarios } from '../../scenarios/index.js'
import { chooseSubjects, findConfig, loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import { chooseReports, type ReportOptions, writeReports } from './reports.js'
import { type Verbosity, runOutput } from './run-output.js'
import { sourceOf, withSource } from './sources.js'
import { withStores } from './stores.js'

export interface RunCommandOptions extends ReportOptions, Verbosity {
  readonly config?: string
  readonly subject?: readonly string[]
  readonly scenario?: readonly string[]
  readonly seed?: number
  readonly runs?: number
  readonly profile?: ProfileName
  readonly path?: string
  readonly redis?: string
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
  const losses = await knownLosses(config, file)
  const sources = new Map(await Promise.all(subjects.map(async (each) => [each.name, await sourceOf(each, file, cwd)] as const)))
  const day = today()
  const judged = (subject: SubjectResult) => markKnown(withSource(subject, sources), losses, day)
  const { finish, stop, onSubject, ...output } = runOutput(
    subjects.map(({ name }) => name),
    options,
  )
  const ran = await withStores(options.redis, (stores) =>
    runSuite(subjects, {
      ...amount(options, config),
      seed: options.seed ?? config.seed ?? DEFAULT_SEED,
      ...(options.path === undefined ? {} : { path: options.path }),
      ...(config.watchdogMs === undefined ? {} : { watchdogMs: config.watchdogMs }),
      openStore: stores.get,
      saveTo: cwd,
      ...output,
      onSubject: (result) => onSubject(judged(result)),
    }),
  ).finally(stop)
  const known = losses.length === 0 ? {} : { known: outcomesOfKnown(ran.subjects, losses, day) }
  const suite: SuiteResult = { ...ran, subjects: ran.subjects.map(judged), ...known }
  await writeReports(suite, reports)
  finish(suite)
  return suite
}

/** A path is relative to the configuration. */
async function knownLosses({ knownLosses = [] }: Config, file: string): Promise<readonly KnownLoss[]> {
  return typeof knownLosses === 'string' ? readBaseline(resolve(dirname(file), knownLosses)) : knownLosses
}

/** What a scenario or a path that is named leaves of the profile. */
function amount({ profile = 'ci', scenario, runs, path }: RunCommandOptions, config: Config) {
  const { bursts, exploration }: Profile = PROFILES[profile]
  const usual = runs ?? (profile === 'ci' ? (config.bursts ?? bursts) : bursts)
  if (path !== undefined) return { scenarios: chooseScenarios(scenario, profile), bursts: Math.max(usual, 1) }
  if (scenario !== undefined) return { scenarios: chooseScenarios(scenario, profile), bursts: runs ?? 0 }
  return { scenarios: chooseScenarios(undefined, profile), bursts: usual, ...(exploration === undefined ? {} : { exploration }) }
}

function chooseScenarios(names: readonly string[] | undefined, profile: ProfileName): readonly Scenario[] {
  if (names === undefined) return scenariosOf(PROFILES[profile], scenarios)
  return names.map((name) => {
    const found = scenarios.find((each) => each.name === name)
    if (found === undefined) throw new UsageError(`no scenario is called "${name}" (npx tailrace list shows them all)`)
    return found
  })
}
