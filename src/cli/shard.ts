/**
 * Which part of the work is ours, as the engine says that runs several of us side by side. Engines that always set their
 * variables, also for a single job, say 1 of 1, which is no part at all.
 */
import type { Shard } from '../search/share.js'
import { UsageError } from './errors.js'

interface Engine {
  readonly name: string
  readonly index: string
  readonly total: string
  readonly first: 0 | 1
}

const ENGINES: readonly Engine[] = [
  { name: 'GitLab CI', index: 'CI_NODE_INDEX', total: 'CI_NODE_TOTAL', first: 1 },
  { name: 'CircleCI', index: 'CIRCLE_NODE_INDEX', total: 'CIRCLE_NODE_TOTAL', first: 0 },
  // Kubernetes says the index only: the manifest has to hand on how many there are.
  { name: 'Kubernetes indexed Job', index: 'JOB_COMPLETION_INDEX', total: 'JOB_COMPLETIONS', first: 0 },
]

export interface EnvironmentShard {
  readonly shard: Shard
  /** `CI_NODE_INDEX=2 and CI_NODE_TOTAL=4 (GitLab CI)` */
  readonly from: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws UsageError where an engine says something that is no part of a whole. */
export function shardFromEnvironment(environment: Environment): EnvironmentShard | undefined {
  for (const engine of ENGINES) {
    const index = environment[engine.index]
    if (index === undefined || index === '') continue
    return shardOf(engine, index, environment[engine.total])
  }
  return undefined
}

function shardOf({ name, index, total, first }: Engine, at: string, of: string | undefined): EnvironmentShard | undefined {
  const hint = '--shard i/n says it, too, and --shard 1/1 is all of it'
  if (of === undefined || of === '')
    throw new UsageError(`${index} is ${at} (${name}), and ${total} does not say of how many: set it in the manifest. ${hint}`)
  const shard = { index: whole(at) - first, of: whole(of) }
  // NaN is neither.
  if (!(shard.index >= 0 && shard.index < shard.of))
    throw new UsageError(`${index}=${at} and ${total}=${of} (${name}) are no part of a whole. ${hint}`)
  return shard.of === 1 ? undefined : { shard, from: `${index}=${at} and ${total}=${of} (${name})` }
}

const whole = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN)

/** What was asked for, else what the engine says, and then it is told. Undefined: all of it. */
export function chooseShard(asked: Shard | undefined): Shard | undefined {
  const found = asked === undefined ? shardFromEnvironment(process.env) : undefined
  if (found !== undefined)
    process.stderr.write(`tailrace: shard ${found.shard.index + 1}/${found.shard.of}, from ${found.from}; --shard 1/1 runs all of it\n`)
  const shard = asked ?? found?.shard
  return shard?.of === 1 ? undefined : shard
}
