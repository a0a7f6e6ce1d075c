/** `tailrace run`: the suite over the subjects of the configuration. */
import { writeFile } from 'node:fs/promises'
import { failureText } from '../report/failure-text.js'
import { subjectText, summaryText } from '../report/green-text.js'
import { toJson } from '../report/json.js'
import { createProgress } from '../report/progress.js'
import { EXIT, type SubjectResult, failuresOf, resultOf, worst } from '../report/result.js'
import { styleFor } from '../report/style.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Config } from '../subject/config.js'
import { PROFILES, type Profile, type ProfileName, scenariosOf } from '../suite/profiles.js'
import { runSuite } from '../suite/run-suite.js'
import { scenarios } from '../../scenarios/index.js'
import { chooseSubjects, loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import { withStores } from './stores.js'

export interface RunCommandOptions {
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
  const config = await loadConfig(options.config, process.cwd())
  const subjects = chooseSubjects(config, options.subject)
  if (options.path !== undefined && options.seed === undefined) throw new UsageError('--path belongs to a --seed: a failure prints both')
  const style = styleFor(process.stdout)
  const width = process.stdout.columns ?? 80
  const progress = createProgress(process.stderr)
  const show = (subject: SubjectResult) => {
    progress.stop()
    for (const each of failuresOf(subject)) process.stdout.write(`${failureText(each, subject, { style, width })}\n\n`)
    process.stdout.write(`${subjectText(subject, { style, width })}\n\n`)
  }
  const suite = await withStores(options.redis, (stores) =>
    runSuite(subjects, {
      ...amount(options, config),
      seed: options.seed ?? config.seed ?? DEFAULT_SEED,
      ...(options.path === undefined ? {} : { path: options.path }),
      ...(config.watchdogMs === undefined ? {} : { watchdogMs: config.watchdogMs }),
      openStore: stores.get,
      saveTo: process.cwd(),
      onProgress: (what) => progress.update(what),
      onSubject: show,
    }),
  ).finally(() => progress.stop())
  if (options.json !== undefined) await write(options.json, `${toJson(suite)}\n`)
  if (options.junit !== undefined) await write(options.junit, await (await import('../report/junit.js')).toJunit(suite))
  process.stdout.write(`${summaryText(suite, { style, width })}\n`)
  return EXIT[worst(suite.subjects.map(resultOf))]
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
