/** `tailrace run`: the suite over the subjects of the configuration. */
import { dirname, resolve } from 'node:path'
import { today } from '../clock/clock.js'
import { readBaseline } from '../report/baseline.js'
import { markKnown, outcomesOfKnown } from '../report/known-losses.js'
import { type SubjectResult, type SuiteResult, exitOf } from '../report/result.js'
import type { Scenario } from '../schedule/scenario.js'
import type { Config } from '../subject/config.js'
import type { KnownLoss } from '../subject/known-loss.js'
import { PROFILES, type Profile, type ProfileName, scenariosOf } from '../run/profiles.js'
import { type SuiteOptions, runSuite } from '../run/run-suite.js'
import { scenarios } from '../../scenarios/index.js'
import { chooseSubjects, findConfig, loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import type { ReporterOptions } from '../report/reporters.js'
import { chooseReports, writeReports } from './reports.js'
import { type Verbosity, runOutput } from './run-output.js'
import { type Shard, chooseShard } from './shard.js'
import { sourceOf, withSource } from './sources.js'
import { withStores } from './stores.js'

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
      ...part(amount(options, config), shard),
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
  const suite: SuiteResult = {
    ...ran,
    subjects: ran.subjects.map(judged),
    ...known,
    ...(shard === undefined ? {} : { shard: `${shard.index + 1}/${shard.of}` }),
  }
  await writeReports(suite, reports)
  finish(suite)
  return suite
}

/** A path is relative to the configuration. One of a subject that there is not is told of: it was renamed, or has gone. */
async function knownLosses({ knownLosses = [], subjects }: Config, file: string): Promise<readonly KnownLoss[]> {
  const losses = typeof knownLosses === 'string' ? await readBaseline(resolve(dirname(file), knownLosses)) : knownLosses
  for (const name of new Set(losses.map((loss) => loss.subject)))
    if (!subjects.some((subject) => subject.name === name))
      process.stderr.write(`tailrace: a loss of "${name}" is known, and no subject is called so: rename it there, or remove it\n`)
  return losses
}

type Amount = Pick<SuiteOptions, 'scenarios' | 'bursts' | 'exploration'>

/** What a scenario or a path that is named leaves of the profile. */
function amount({ profile = 'ci', scenario, runs, path }: RunCommandOptions, config: Config): Amount {
  const { bursts, exploration }: Profile = PROFILES[profile]
  const usual = runs ?? (profile === 'ci' ? (config.bursts ?? bursts) : bursts)
  if (path !== undefined) return { scenarios: chooseScenarios(scenario, profile), bursts: Math.max(usual, 1) }
  if (scenario !== undefined) return { scenarios: chooseScenarios(scenario, profile), bursts: runs ?? 0 }
  return { scenarios: chooseScenarios(undefined, profile), bursts: usual, ...(exploration === undefined ? {} : { exploration }) }
}

/** A shard has every n-th scenario; what cannot be split is for the last of them, and for the last but one. */
function part({ scenarios: all, bursts, exploration }: Amount, shard: Shard | undefined): Amount {
  if (shard === undefined) return { scenarios: all, bursts, ...(exploration === undefined ? {} : { exploration }) }
  const { index, of } = shard
  return {
    scenarios: all.filter((_, at) => at % of === index),
    bursts: index === of - 1 ? bursts : 0,
    ...(exploration === undefined || index !== of - 2 ? {} : { exploration }),
  }
}

function chooseScenarios(names: readonly string[] | undefined, profile: ProfileName): readonly Scenario[] {
  if (names === undefined) return scenariosOf(PROFILES[profile], scenarios)
  return names.map((name) => {
    const found = scenarios.find((each) => each.name === name)
    if (found === undefined) throw new UsageError(`no scenario is called "${name}" (npx tailrace list shows them all)`)
    return found
  })
}
