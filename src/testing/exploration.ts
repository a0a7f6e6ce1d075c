/** An exploration as part of a test file: all of it, or one shard, whose certificate `tailrace merge` joins with the others. */
import { type Coverage, Tally } from '../report/coverage.js'
import type { CaseResult } from '../report/result.js'
import type { Store } from '../dialects/store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { type Exploration, exploreTarget } from '../run/explore-target.js'
import { saveReplay } from '../run/replay-file.js'
import { counting } from '../run/run-target.js'
import { judgeOf, repositoryTarget, runnerOf } from '../run/target.js'

/** The bound of an exploration: all interleavings of so many appends over so many read cycles are run. */
export interface ExplorationOptions {
  /** How many entries are added, in every possible way. */
  readonly appends: number
  /** Over how many read cycles. */
  readonly cycles: number
  /** What the reads ask for at most. Default 2: few appends then fill a batch. */
  readonly count?: number
  /** So many faults or restarts among the moves, at every place: 0 or 1. Default 0. */
  readonly faults?: 0 | 1
  /** Only this part, from 1, of so many, as in `--shard=1/4`. The whole is certified by `tailrace merge`. */
  readonly shard?: { readonly index: number; readonly of: number }
}

/** Of `count`. */
export const DEFAULT_COUNT = 2

/** @throws RangeError where there is no such part, or nothing to explore. */
export function checkExploration({ appends, cycles, count = DEFAULT_COUNT, faults = 0, shard }: ExplorationOptions): void {
  const wholes = { appends, cycles, count, ...(shard === undefined ? {} : { 'shard.index': shard.index, 'shard.of': shard.of }) }
  for (const [name, value] of Object.entries(wholes))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`exploration.${name} is ${value}: expected a whole number of at least 1`)
  if (![0, 1].includes(faults)) throw new RangeError(`exploration.faults is ${faults}: expected 0 or 1`)
  if (shard !== undefined && shard.index > shard.of)
    throw new RangeError(`exploration.shard is ${shard.index} of ${shard.of}: expected an index from 1 to ${shard.of}`)
}

export function explorationTitle({ appends, cycles, faults = 0, shard }: ExplorationOptions): string {
  const part = shard === undefined ? '' : `, shard ${shard.index}/${shard.of}`
  return `every interleaving of ${appends} ${appends === 1 ? 'append' : 'appends'} over ${cycles} ${cycles === 1 ? 'cycle' : 'cycles'}${faults === 0 ? '' : ', with one fault and without'}${part}`
}

export async function runExploration(
  definition: SubjectDefinition,
  store: Store,
  options: ExplorationOptions,
  watchdogMs?: number,
): Promise<Exploration & { readonly coverage?: Coverage }> {
  const { appends, cycles, count = DEFAULT_COUNT, faults = 0, shard } = options
  const target = repositoryTarget(definition, store)
  const runner = runnerOf(target, watchdogMs === undefined ? {} : { watchdogMs })
  const tally = new Tally()
  try {
    const part = shard === undefined ? {} : { shard: { index: shard.index - 1, of: shard.of } }
    const explored = await exploreTarget(target, counting(judgeOf(runner), tally), { appends, cycles, count, faults, ...part })
    const coverage = tally.coverage(target.takes(undefined))
    const result = coverage === undefined ? explored : { ...explored, coverage }
    return explored.failure === undefined ? result : { ...result, failure: await saved(definition.name, explored.failure) }
  } finally {
    await runner.close()
  }
}

const saved = async (name: string, failure: CaseResult): Promise<CaseResult> => ({
  ...failure,
  replayFile: await saveReplay(name, failure, {}, process.cwd()),
})
