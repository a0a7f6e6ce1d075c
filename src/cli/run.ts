/** `tailrace run`: the suite over the subjects of the configuration. */
import { writeFile } from 'node:fs/promises'
import { toJson } from '../report/json.js'
import { EXIT, type SuiteResult, resultOf, worst } from '../report/result.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Config } from '../subject/config.js'
import { PROFILES, type Profile, type ProfileName, scenariosOf } from '../suite/profiles.js'
import { runSuite } from '../suite/run-suite.js'
import { scenarios } from '../../scenarios/index.js'
import { chooseSubjects, loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import { type Verbosity, runOutput } from './run-output.js'
import { withStores } from './stores.js'

export interface RunCommandOptions extends Verbosity {
  readonly config?: string
  readonly subject?: readonly string[]
  readonly scenario?: readonly string[]
  readonly seed?: number
  readonly runs?: number
  readonly profile?: ProfileName
  readonly path?: string
  readonly redis?: string
  readonly json?: string
  readonly junit?: string
}

export const DEFAULT_SEED = 42

export async function run(options: RunCommandOptions): Promise<number> {
  return EXIT[worst((await runAndShow(options)).subjects.map(resultOf))]
}

export async function runAndShow(options: RunCommandOptions): Promise<SuiteResult> {
  const config = await loadConfig(options.config, process.cwd())
  const subjects = chooseSubjects(config, options.subject)
  if (options.path !== undefined && options.seed === undefined) throw new UsageError('--path belongs to a --seed: a failure prints both')
  if (options.quiet && options.verbose) throw new UsageError('--quiet or --verbose, not both')
  const { finish, stop, ...output } = runOutput(
    subjects.map(({ name }) => name),
    options,
  )
  const suite = await withStores(options.redis, (stores) =>
    runSuite(subjects, {
      ...amount(options, config),
      seed: options.seed ?? config.seed ?? DEFAULT_SEED,
      ...(options.path === undefined ? {} : { path: options.path }),
      ...(config.watchdogMs === undefined ? {} : { watchdogMs: config.watchdogMs }),
      openStore: stores.get,
      saveTo: process.cwd(),
      ...output,
    }),
  ).finally(stop)
  if (options.json !== undefined) await write(options.json, `${toJson(suite)}\n`)
  if (options.junit !== undefined) await write(options.junit, await (await import('../report/junit.js')).toJunit(suite))
  finish(suite)
  return suite
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

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new UsageError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
}
