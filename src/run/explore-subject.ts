/** One exploration of one subject: its bound in moves, the schedules, the certificate, and the first thing found. */
import type { CaseResult, ExplorationResult } from '../report/result.js'
import { type Certificate, certify, surveyCycles } from '../search/certificate.js'
import { type ExploreOptions, explore } from '../search/explore.js'
import { consumerName } from './resolve.js'
import type { SubjectRunner } from './subject-runner.js'

export interface ExploreSubjectOptions extends Pick<ExploreOptions, 'shard' | 'full' | 'timeLimitMs'> {
  readonly appends: number
  readonly cycles: number
  /** What the reads ask for at most. */
  readonly count: number
  readonly onProgress?: (covered: bigint, schedules: number, moves: number) => void
}

export interface Exploration {
  readonly certificate: Certificate
  readonly failure?: CaseResult
  /** It came to its time limit. */
  readonly stopped: boolean
}

export async function exploreSubject(runner: SubjectRunner, options: ExploreSubjectOptions): Promise<Exploration> {
  const { appends, cycles, count, onProgress, ...rest } = options
  const judge: ExploreOptions['judge'] = (each) => runner.judge(each)
  const { moves, gates } = await surveyCycles(cycles, judge)
  const progress = onProgress && ((covered: bigint, schedules: number) => onProgress(covered, schedules, moves))
  const explored = await explore({ ...rest, moves, appends, count, judge, ...(progress === undefined ? {} : { onProgress: progress }) })
  const { definition, store } = runner
  const about = {
    subject: definition.name,
    consumer: consumerName(definition),
    store: store.description,
    bound: { appends, cycles, moves, count },
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
export function explorationResult({ certificate, failure }: Exploration): ExplorationResult {
  const { bound, interleavings, covered, lost, schedules, counts, hash, ms } = certificate
  return { ...bound, interleavings, covered, lost, schedules, counts, certificate: hash, ms, ...(failure === undefined ? {} : { failure }) }
}
