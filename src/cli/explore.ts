/** `tailrace explore`: every interleaving up to a bound, in parts if need be, and the certificate. */
import { writeFile } from 'node:fs/promises'
import { stopwatch } from '../clock/clock.js'
import type { Store } from '../dialects/store.js'
import { failureText } from '../report/formats/failure.js'
import { createProgress } from '../report/formats/live.js'
import { type CaseResult, EXIT, type SubjectResult } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { duration } from '../report/text.js'
import type { Config } from '../subject/config.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { type Certificate, certificateText } from '../search/certificate.js'
import { exploreTarget } from '../run/explore-target.js'
import { saveReplay } from '../run/replay-file.js'
import { consumerName } from '../run/resolve.js'
import { withNoReturn } from '../run/run-target.js'
import { judgeOf, repositoryTarget, runnerOf } from '../run/target.js'
import { chooseSubjects, loadConfig } from './config-file.js'
import { UsageError, describeError } from './errors.js'
import { type TimeBudget, isOver, partOf, timeBudget } from '../run/time-budget.js'
import type { Shard } from '../search/share.js'
import { chooseShard } from './shard.js'
import { type Stores, withStores } from './stores.js'

export interface ExploreCommandOptions {
  readonly config?: string
  readonly subject?: readonly string[]
  readonly appends: number
  readonly cycles: number
  readonly count: number
  readonly faults: number
  /** Default: what the CI engine says. */
  readonly shard?: Shard
  /** In milliseconds. */
  readonly time?: number
  /** The same, in seconds. */
  readonly timeLimit?: number
  readonly full?: boolean
  readonly redis?: string
  readonly json?: string
}

export async function exploreSubjects(asked: ExploreCommandOptions): Promise<number> {
  const options = withShard(asked)
  const config = await loadConfig(options.config, process.cwd())
  const subjects = chooseSubjects(config, options.subject)
  if (options.json !== undefined && subjects.length > 1)
    throw new UsageError('--json takes the certificate of one subject: name it with --subject')
  const { timeLimit, time = timeLimit && timeLimit * 1000 } = options
  const whole = time === undefined ? undefined : timeBudget(time)
  return withStores(options.redis, async (stores) => {
    const codes: number[] = []
    for (const [at, subject] of subjects.entries())
      codes.push(await exploreOrSay(subject, stores, config, options, whole && partOf(whole, subjects.length - at)))
    return codes.includes(EXIT.invalid) ? EXIT.invalid : Math.max(...codes)
  })
}

/** One that cannot be explored keeps none of the others from it. */
async function exploreOrSay(
  definition: SubjectDefinition,
  stores: Stores,
  config: Config,
  options: ExploreCommandOptions,
  time: TimeBudget | undefined,
): Promise<number> {
  try {
    return await exploreOne(definition, stores, config, options, time)
  } catch (error) {
    progress.stop()
    process.stderr.write(`tailrace: ${definition.name}: ${describeError(error, process.env['TAILRACE_DEBUG'] !== undefined)}\n`)
    return EXIT.unknown
  }
}

function withShard({ shard: asked, ...options }: ExploreCommandOptions): ExploreCommandOptions {
  const shard = chooseShard(asked)
  return shard === undefined ? options : { ...options, shard }
}

async function exploreOne(
  definition: SubjectDefinition,
  stores: Stores,
  { watchdogMs }: Config,
  options: ExploreCommandOptions,
  time: TimeBudget | undefined,
): Promise<number> {
  const { appends, cycles, count, faults, shard } = options
  const store = await stores.get(definition.store)
  const target = repositoryTarget(definition, store)
  const runner = runnerOf(target, watchdogMs === undefined ? {} : { watchdogMs })
  try {
    const { certificate, failure, stopped } = await exploreTarget(target, judgeOf(runner), {
      appends,
      cycles,
      count,
      faults,
      ...(shard === undefined ? {} : { shard }),
      ...(options.full ? { full: true } : {}),
      enough: () => isOver(time),
      onProgress: progressOf(definition.name, shard?.of ?? 1, time),
    })
    progress.stop()
    if (failure !== undefined) await showFailure(definition, store, await withNoReturn(failure, target, judgeOf(runner), undefined))
    process.stdout.write(`${definition.name} × ${consumerName(definition)}   ${store.description}\n${certificateText(certificate)}\n`)
    if (stopped && time !== undefined) process.stdout.write(`stopped: the time of ${duration(time.ms)} was over\n`)
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(certificate, null, 2)}\n`)
    return exitCode(certificate, shard !== undefined)
  } finally {
    progress.stop()
    await runner.close()
  }
}

/** A shard is not complete by itself: what counts is that it was run to its end, which `merge` finds out. */
export function exitCode({ lost, complete, counts }: Certificate, isShard: boolean): number {
  if (lost !== '0') return 1
  if (isShard) return 0
  return complete && counts.owed > 0 ? 0 : 2
}

const progress = createProgress(process.stderr)

function progressOf(
  name: string,
  shards: number,
  time: TimeBudget | undefined,
): (covered: bigint, schedules: number, whole: bigint) => void {
  const elapsed = stopwatch()
  return (covered, schedules, whole) => {
    const seconds = elapsed() / 1000
    const share = Number((covered * 10_000n * BigInt(shards)) / whole) / 10_000
    const needed = share > 0 ? Math.round(seconds / share - seconds) : undefined
    const left = time === undefined ? needed : Math.min(needed ?? Number.POSITIVE_INFINITY, Math.round(time.leftMs() / 1000))
    const rate = Math.round(schedules / seconds)
    progress.update(`${name} · ${Math.round(share * 100)} % · ${rate} schedules/s${left === undefined ? '' : ` · about ${left} s left`}`)
  }
}

async function showFailure(definition: SubjectDefinition, store: Store, failure: CaseResult): Promise<void> {
  const saved = { ...failure, replayFile: await saveReplay(definition.name, failure, {}, process.cwd()) }
  const subject: SubjectResult = {
    name: definition.name,
    consumer: consumerName(definition),
    store: store.description,
    dialect: store.dialect,
    scenarios: [saved],
    skipped: [],
    ms: failure.ms,
  }
  const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
  process.stdout.write(`${failureText(saved, subject, look)}\n\n`)
}
