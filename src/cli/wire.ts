/** `tailrace wire`: a program in any language, or consumers in JavaScript, behind the wire probe. */
import { relative } from 'node:path'
import { lintText } from '../report/formats/lint.js'
import { type SourcePlace, type SubjectResult, exitOf } from '../report/result.js'
import { shellWord } from '../report/text.js'
import type { Scenario } from '../schedule/scenario.js'
import { findRedis } from '../dialects/redis/find-redis.js'
import { messageOf } from '../dialects/store-error.js'
import type { Warnings } from '../dialects/wire-dialect.js'
import type { KnownLoss } from '../subject/known-loss.js'
import type { WireSubject } from '../subject/wire-subject.js'
import { PROFILES, type Profile, type ProfileName, scenariosOf } from '../run/profiles.js'
import { runTarget } from '../run/run-target.js'
import { wireTarget } from '../run/wire-target.js'
import { wire } from '../sources/wire/definition.js'
import { type WireInvocation, subjectOf } from '../sources/wire/invocation.js'
import { wireScenarios, wireSmoke } from '../../scenarios/wire/index.js'
import type { Config } from '../subject/config.js'
import { findConfig, loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import type { ReporterOptions } from '../report/reporters.js'
import { chooseReports } from './reports.js'
import { DEFAULT_SEED, ONE_BURST } from './run.js'
import { chooseScenarios, loadScenarios } from './schedule-files.js'
import type { Shard } from '../search/share.js'
import { sourceOf } from './sources.js'
import { type Amount, burstsIn, knownLosses, runAndReport } from './suite.js'

export interface WireCommandOptions extends ReporterOptions, Omit<WireInvocation, 'command' | 'topic' | 'consumers' | 'catchUpWithinMs'> {
  readonly config?: string
  readonly subject?: readonly string[]
  readonly topic?: string
  /** How many, or their names with commas between them. */
  readonly consumers?: string
  readonly catchUpWithin?: number
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
  readonly quiet?: boolean
  /** What the program prints. */
  readonly verbose?: boolean
  readonly fast?: boolean
}

/** A subject, and what is needed to run it again. */
interface Candidate {
  readonly subject: WireSubject
  readonly invocation?: WireInvocation
  readonly again: NonNullable<SubjectResult['again']>
}

/** What comes from the configuration, where there is one. */
interface Chosen {
  readonly candidates: readonly Candidate[]
  readonly losses?: readonly KnownLoss[]
  readonly sources?: ReadonlyMap<string, SourcePlace>
  readonly watchdogMs?: number | undefined
  readonly scenarios?: { readonly scenarios: Config['scenarios']; readonly where: string }
}

export async function runOverWire(command: readonly string[], options: WireCommandOptions): Promise<number> {
  const { seed = DEFAULT_SEED, path, redis, shard, quiet, fast = false } = options
  if (path !== undefined && options.time !== undefined) throw new UsageError(ONE_BURST)
  const { candidates, scenarios, ...chosen }: Chosen =
    command.length > 0 ? { candidates: [fromCommandLine(command, options)] } : await fromConfig(options)
  const own = await loadScenarios(scenarios, options.schedule)
  const warnings = new Map<string, Warnings>()
  const suite = await runAndReport(
    {
      names: candidates.map(({ subject }) => subject.name),
      amount: amount(options, own),
      seed,
      path,
      redis,
      // Of one, there is nothing to divide.
      shard: shard?.of === 1 ? undefined : shard,
      reports: chooseReports(options),
      ...chosen,
      quiet,
      matrix: false,
      beside: ({ name }, look) => lintText(warnings.get(name)?.all ?? [], look),
    },
    (stores, shared) =>
      candidates.map(({ subject, invocation, again }) => async (time) => {
        const wired = await wire(subject, await findRedis({ url: redis }), { fast })
        await stores.keep(Promise.resolve(wired.store))
        warnings.set(subject.name, wired.store.warnings)
        const target = wireTarget(wired, { again, ...(invocation === undefined ? {} : { invocation }) })
        return runTarget(target, { ...shared, ...(time && { time }) })
      }),
  )
  return exitOf(suite)
}

const DEFAULT_BURSTS = 20

/** Every scenario and a few bursts, since each starts the program anew; more where a profile asks for it. */
function amount(options: WireCommandOptions, own: readonly Scenario[]): Amount {
  const { profile, scenario, path, time } = options
  const chosen: Profile = profile === undefined ? { bursts: DEFAULT_BURSTS } : PROFILES[profile]
  const { bursts: usual, exploration } = chosen
  const scenarios =
    scenario === undefined
      ? [...scenariosOf(chosen, wireScenarios, wireSmoke), ...own]
      : chooseScenarios(scenario, { builtIn: wireScenarios, own, of: 'of the wire ', list: 'npx tailrace list --wire' })
  if (path !== undefined) return { scenarios, bursts: 1 }
  if (scenario !== undefined) return { scenarios, bursts: burstsIn(options, 0), timeMs: time }
  return { scenarios, bursts: burstsIn(options, usual), timeMs: time, ...(exploration === undefined ? {} : { exploration }) }
}

function fromCommandLine(command: readonly string[], options: WireCommandOptions): Candidate {
  const { topic, deliveries, announce, publish, notify, env, format, from, delivery, consumers, catchUpWithin } = options
  if (options.config !== undefined) throw new UsageError('--config or a command, not both')
  if (topic === undefined) throw new UsageError("which stream does the program read? --topic 'task:*' names it")
  const invocation: WireInvocation = {
    command,
    topic,
    deliveries,
    ...(announce === undefined ? {} : { announce }),
    ...(publish === undefined ? {} : { publish }),
    ...(notify === undefined ? {} : { notify }),
    ...(env === undefined ? {} : { env }),
    ...(format === undefined ? {} : { format }),
    ...(from === undefined ? {} : { from }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(consumers === undefined ? {} : { consumers: consumersNamed(consumers) }),
    ...(catchUpWithin === undefined ? {} : { catchUpWithinMs: catchUpWithin }),
  }
  const given = { topic, deliveries, announce, publish, notify, env, format, from, delivery, consumers }
  const named = Object.entries({ ...given, 'catch-up-within': catchUpWithin?.toString() })
    .filter((option): option is [string, string] => option[1] !== undefined && option.join('=') !== 'deliveries=stdout')
    .map(([name, value]) => `--${name} ${shellWord(value)}`)
  return {
    subject: subjectOf(invocation, options.verbose ? (line) => process.stderr.write(`  │ ${line}\n`) : undefined),
    invocation,
    again: {
      command: ['npx tailrace wire', ...named, ...(options.fast ? ['--fast'] : [])].join(' '),
      rest: ` -- ${command.map(shellWord).join(' ')}`,
    },
  }
}

/** `2`, or `reader-a,reader-b`. */
function consumersNamed(text: string): number | readonly string[] {
  if (!/^\d+$/.test(text)) return text.split(',').map((name) => name.trim())
  if (Number(text) > 0) return Number(text)
  throw new UsageError('--consumers is the number of consumers in the program, or the names of their connections: 2, or reader-a,reader-b')
}

async function fromConfig({ config, subject: names, topic, fast }: WireCommandOptions): Promise<Chosen> {
  const cwd = process.cwd()
  if (topic !== undefined) throw new UsageError(`--topic belongs to a command: ${COMMAND}`)
  if (config === undefined) orCommand(() => findConfig(config, cwd))
  const loaded = await loadConfig(config, cwd)
  const { wire: subjects = [] } = loaded
  if (subjects.length === 0) throw new UsageError('nothing to run: name a command after --, or subjects under "wire" in the configuration')
  const chosen = names === undefined ? subjects : names.map((name) => named(subjects, name))
  const option = config === undefined ? '' : ` --config ${shellWord(config)}`
  const file = findConfig(config, cwd)
  return {
    candidates: chosen.map((subject) => ({
      subject,
      again: { command: `npx tailrace wire${option} --subject ${shellWord(subject.name)}${fast ? ' --fast' : ''}`, rest: '' },
    })),
    watchdogMs: loaded.watchdogMs,
    scenarios: { scenarios: loaded.scenarios, where: relative(cwd, file) },
    losses: await knownLosses(loaded, file, 'wire'),
    sources: new Map(await Promise.all(chosen.map(async ({ name }) => [name, await sourceOf({ name }, file, cwd)] as const))),
  }
}

const COMMAND = "npx tailrace wire --topic 'task:*' -- python consumer.py"

/** Who has no configuration may not want one. */
function orCommand(find: () => unknown): void {
  try {
    find()
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\nA program needs none: ${COMMAND}`)
  }
}

function named(subjects: readonly WireSubject[], name: string): WireSubject {
  const found = subjects.find((each) => each.name === name)
  if (found === undefined)
    throw new UsageError(`no subject on the wire is called "${name}". There is: ${subjects.map((each) => each.name).join(', ')}`)
  return found
}
