/** `tailrace wire`: a program in any language, or consumers in JavaScript, behind the wire probe. */
import { stopwatch } from '../clock/clock.js'
import { LiveStatus, createProgress } from '../report/formats/live.js'
import { failureText } from '../report/formats/failure.js'
import { subjectText, summaryText } from '../report/formats/summary.js'
import { lintText } from '../report/formats/lint.js'
import { EXIT, type SubjectResult, type SuiteResult, failuresOf, resultOf, worst } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { shellWord } from '../report/text.js'
import type { Scenario } from '../schedule/scenario.js'
import { findRedis } from '../dialects/redis/find-redis.js'
import { messageOf } from '../dialects/store-error.js'
import type { WireSubject } from '../subject/wire-subject.js'
import { runTarget } from '../run/run-target.js'
import { wireTarget } from '../run/wire-target.js'
import { version } from '../version.js'
import { wire } from '../sources/wire/definition.js'
import { type WireInvocation, subjectOf } from '../sources/wire/invocation.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { findConfig, loadConfig } from './config-file.js'
import { UsageError } from './errors.js'
import { DEFAULT_SEED } from './run.js'
import { type Stores, withStores } from './stores.js'

export interface WireCommandOptions {
  readonly config?: string
  readonly subject?: readonly string[]
  readonly topic?: string
  readonly deliveries: string
  readonly announce?: string
  readonly publish?: string
  readonly notify?: string
  readonly env?: string
  readonly format?: string
  readonly from?: 'tail' | 'beginning'
  readonly consumers?: string
  readonly scenario?: readonly string[]
  readonly seed?: number
  readonly runs: number
  readonly path?: string
  readonly redis?: string
  readonly verbose?: boolean
  readonly fast?: boolean
}

/** A subject, and what is needed to run it again. */
interface Candidate {
  readonly subject: WireSubject
  readonly invocation?: WireInvocation
  readonly again: NonNullable<SubjectResult['again']>
}

export async function runOverWire(command: readonly string[], options: WireCommandOptions): Promise<number> {
  const candidates = command.length > 0 ? [fromCommandLine(command, options)] : await fromConfig(options)
  const scenarios = chooseScenarios(options.scenario)
  const elapsed = stopwatch()
  const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
  const subjects: SubjectResult[] = []
  await withStores(options.redis, async (stores) => {
    for (const candidate of candidates) {
      const { result, warnings } = await runOne(candidate, scenarios, options, stores)
      for (const each of failuresOf(result)) process.stdout.write(`${failureText(each, result, look)}\n\n`)
      process.stdout.write(`${subjectText(result, look)}\n\n`)
      if (warnings !== '') process.stdout.write(`${warnings}\n\n`)
      subjects.push(result)
    }
  })
  const suite: SuiteResult = { version: 1, tailrace: version, seed: options.seed ?? DEFAULT_SEED, subjects, ms: elapsed() }
  process.stdout.write(`${summaryText(suite, look)}\n`)
  return EXIT[worst(subjects.map(resultOf))]
}

async function runOne(
  { subject, invocation, again }: Candidate,
  scenarios: readonly Scenario[],
  { seed = DEFAULT_SEED, runs, path, redis, scenario, fast = false }: WireCommandOptions,
  stores: Stores,
): Promise<{ readonly result: SubjectResult; readonly warnings: string }> {
  const progress = createProgress(process.stderr)
  const status = new LiveStatus([subject.name])
  progress.update((width) => status.line(width))
  const wired = await wire(subject, await findRedis({ url: redis }), { fast })
  await stores.keep(Promise.resolve(wired.store))
  const target = wireTarget(wired, { again, ...(invocation === undefined ? {} : { invocation }) })
  const result = await runTarget(target, {
    scenarios,
    bursts: scenario === undefined || path !== undefined ? runs : 0,
    seed,
    ...(path === undefined ? {} : { path }),
    saveTo: process.cwd(),
    onProgress: (activity) => status.doing(activity),
  }).finally(() => progress.stop())
  return {
    result,
    warnings: lintText(wired.store.warnings.all, { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }),
  }
}

function fromCommandLine(command: readonly string[], options: WireCommandOptions): Candidate {
  const { topic, deliveries, announce, publish, notify, env, format, from, consumers } = options
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
    ...(consumers === undefined ? {} : { consumers: consumersNamed(consumers) }),
  }
  const named = Object.entries({ topic, deliveries, announce, publish, notify, env, format, from, consumers })
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

async function fromConfig({ config, subject: names, topic, fast }: WireCommandOptions): Promise<readonly Candidate[]> {
  if (topic !== undefined) throw new UsageError(`--topic belongs to a command: ${COMMAND}`)
  if (config === undefined) orCommand(() => findConfig(config, process.cwd()))
  const { wire: subjects = [] } = await loadConfig(config, process.cwd())
  if (subjects.length === 0) throw new UsageError('nothing to run: name a command after --, or subjects under "wire" in the configuration')
  const chosen = names === undefined ? subjects : names.map((name) => named(subjects, name))
  const file = config === undefined ? '' : ` --config ${shellWord(config)}`
  return chosen.map((subject) => ({
    subject,
    again: { command: `npx tailrace wire${file} --subject ${shellWord(subject.name)}${fast ? ' --fast' : ''}`, rest: '' },
  }))
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

function chooseScenarios(names: readonly string[] | undefined): readonly Scenario[] {
  if (names === undefined) return wireScenarios
  return names.map((name) => {
    const found = wireScenarios.find((each) => each.name === name)
    if (found === undefined)
      throw new UsageError(`no scenario of the wire is called "${name}". There are: ${wireScenarios.map((each) => each.name).join(', ')}`)
    return found
  })
}
