/** One exploration of one subject: its bound in moves, the schedules, the certificate, and the first thing found. */
import type { CaseResult, ExplorationResult } from '../report/result.js'
import { type Certificate, certify } from '../search/certificate.js'
import { faultsOf } from '../search/alphabet.js'
import { type ExploreOptions, exploration, surveyCycles, unreduced } from '../search/exploration.js'
import { lackOf } from '../dialects/store.js'
import { type Judge, search } from '../search/strategy.js'
import { consumerName } from './resolve.js'
import type { Target } from './target.js'

export interface ExploreTargetOptions extends Pick<ExploreOptions, 'shard' | 'full' | 'enough'> {
  readonly appends: number
  readonly cycles: number
  /** What the reads ask for at most. */
  readonly count: number
  /** So many faults among the moves, 0 or 1. Default 0. */
  readonly faults?: number
  /** @param whole how many interleavings there are. */
  readonly onProgress?: (covered: bigint, schedules: number, whole: bigint) => void
}

export interface Exploration {
  readonly certificate: Certificate
  readonly failure?: CaseResult
  /** Its time was over before all of it was run. */
  readonly stopped: boolean
}

export async function exploreTarget(target: Target, judge: Judge, options: ExploreTargetOptions): Promise<Exploration> {
  const { appends, cycles, count, faults: most = 0, onProgress, ...rest } = options
  const { definition, store, variants } = target
  // Where a program holds several consumers, the first one moves.
  const as: ExploreOptions['as'] = (schedule) => variants(schedule)[0]!
  const { moves, gates } = await search(surveyCycles(cycles, as), judge)
  const faults = most > 0 && target.alphabet !== undefined ? faultsOf(target.alphabet, (step) => lackOf(store, step)) : []
  const whole = unreduced({ moves, appends }, faults.length)
  const progress = onProgress && ((covered: bigint, schedules: number) => onProgress(covered, schedules, whole))
  const strategy = exploration({ ...rest, moves, appends, count, faults, as, ...(progress === undefined ? {} : { onProgress: progress }) })
  const explored = await search(strategy, judge)
  const about = {
    subject: definition.name,
    consumer: consumerName(definition),
    store: store.description,
    bound: { appends, cycles, moves, count, ...(faults.length === 0 ? {} : { faults: faults.map(({ name }) => name) }) },
    gates,
  }
  const certificate = certify({ ...about, ...(rest.shard === undefined ? {} : { shard: rest.shard }) }, explored)
  const { failure, stopped, ms } = explored
  if (failure === undefined) return { certificate, stopped }
  const { schedule, judged } = failure
  return {
    certificate,
    stopped,
    failure: { kind: 'burst', name: 'exploration', verdict: judged.verdict, schedule, history: judged.run.history, ms, notes: [] },
  }
}

/** As part of a run. */
export function explorationResult({ certificate, failure, stopped }: Exploration): ExplorationResult {
  const { bound, interleavings, covered, lost, schedules, counts, hash, ms } = certificate
  const { appends, cycles, faults } = bound
  return {
    appends,
    cycles,
    ...(faults === undefined ? {} : { faults }),
    interleavings,
    covered,
    lost,
    schedules,
    counts,
    certificate: hash,
    ms,
    ...(stopped ? { stopped: true } : {}),
    ...(failure === undefined ? {} : { failure }),
  }
}
