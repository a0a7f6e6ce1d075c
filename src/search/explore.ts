/**
 * Exhaustive exploration up to a bound, with what commutes reduced away.
 *
 *  1. Symmetry: the appends of a schedule are interchangeable, so only their places count.
 *  2. Independence: an append commutes with a move of the consumer that touches neither the store nor what the consumer
 *     has promised (the pause after an empty read, say). Of the two orders only "move, then append" is run.
 *
 * Which moves touch the store is not assumed but read off the history. Each placement is run with the appends that are
 * left over at its very end, and that one run shows which of the remaining moves the next append can matter before:
 *
 * ```
 *   placement [2]     m m a m m m a a       the moves behind the first append: pause, read sent, BLOCK expired
 *     children        [2,3] [2,4] …         an append before each of them that touches the store
 * ```
 * So every placement that is run stands for a known number of interleavings, and the numbers must add up to the closed
 * formula: that is the certificate.
 */
import { type Counts, NO_COUNTS, addCounts } from '../oracle/check.js'
import { stopwatch } from '../clock/clock.js'
import type { History } from '../history/event.js'
import { type Bound, type Placement, choose, factorial, placements, stepsOf } from './enumeration.js'
import { type Schedule, schedule } from '../schedule/schedule.js'
import type { Judged } from '../run/subject-runner.js'

export interface ExploreOptions extends Bound {
  readonly judge: (schedule: Schedule) => Promise<Judged>
  readonly count?: number
  /** Runs every placement, without the reduction by independence. */
  readonly full?: boolean
  /** Only this part, from 0, of so many. */
  readonly shard?: { readonly index: number; readonly of: number }
  /** Stops cleanly after so long. */
  readonly timeLimitMs?: number
  readonly onProgress?: (covered: bigint, schedules: number) => void
}

export interface Explored {
  /** Interleavings of distinct appends that the schedules stand for. */
  readonly covered: bigint
  readonly lost: bigint
  readonly unknown: bigint
  readonly schedules: number
  readonly counts: Counts
  /** Schedules by verdict: what a full enumeration must agree with. */
  readonly signatures: ReadonlySet<string>
  readonly failure?: { readonly schedule: Schedule; readonly judged: Judged }
  readonly stopped: boolean
  readonly ms: number
}

/** Subtrees are dealt out to shards at this depth; what lies above is run by all of them, and counted by one. */
const SHARD_DEPTH = 2

export async function explore(options: ExploreOptions): Promise<Explored> {
  const { moves, appends } = options
  const elapsed = stopwatch()
  const symmetric = factorial(appends)
  const total = { covered: 0n, lost: 0n, unknown: 0n, schedules: 0, counts: NO_COUNTS, signatures: new Set<string>() }
  let failure: Explored['failure']
  let stopped = false

  const run = async (placement: Placement, fixed: number): Promise<readonly number[]> => {
    const plan = schedule(stepsOf(placement, moves), { read: { count: options.count ?? 10 } })
    const judged = await options.judge(plan)
    const touching = touchingMoves(judged.run.history, plan)
    if (!isMine(placement.slice(0, fixed), options)) return touching
    const weight = (options.full ? 1n : classSize(placement, touching)) * symmetric
    total.schedules++
    total.covered += weight
    total.counts = addCounts(total.counts, judged.verdict.counts)
    total.signatures.add(signature(judged))
    if (judged.verdict.result === 'invalid') total.lost += weight
    if (judged.verdict.result === 'unknown') total.unknown += weight
    if (judged.verdict.result === 'invalid' && !failure) failure = { schedule: plan, judged }
    options.onProgress?.(total.covered, total.schedules)
    return touching
  }

  /** `fixed` appends stand where they are; the others are at the end, and are placed by the children. */
  const visit = async (fixed: readonly number[]): Promise<void> => {
    stopped ||= options.timeLimitMs !== undefined && elapsed() > options.timeLimitMs
    if (stopped || (fixed.length >= SHARD_DEPTH && !isMine(fixed, options))) return
    const rest = Array.from({ length: appends - fixed.length }, () => moves)
    const touching = await run([...fixed, ...rest], fixed.length)
    if (rest.length === 0) return
    for (const move of touching) if (move >= (fixed.at(-1) ?? 0) && move < moves) await visit([...fixed, move])
  }

  if (options.full) {
    for (const placement of placements(options)) {
      stopped ||= options.timeLimitMs !== undefined && elapsed() > options.timeLimitMs
      if (stopped) break
      if (isMine(placement, options)) await run(placement, placement.length)
    }
  } else await visit([])
  return { ...total, ...(failure === undefined ? {} : { failure }), stopped, ms: elapsed() }
}

/** The moves, from 0, that touch the store or the promise. An append directly before one of them can matter. */
function touchingMoves(history: History, { steps }: Schedule): readonly number[] {
  const touching = new Set<number>()
  const batches = new Set<number>()
  let moves = 0
  let moving = false
  for (const event of history) {
    if (event.type === 'drain') break
    if (event.type === 'step') {
      moving = 'advance' in steps[event.index]!
      if (moving) moves++
    }
    if (event.type === 'read-entry') batches.add(event.read)
    if (moving && (TOUCHING.has(event.type) || (event.type === 'read-ended' && batches.has(event.read)))) touching.add(moves - 1)
  }
  return [...touching]
}

/** The end of a batch counts: an adapter may go back to the store for it. */
const TOUCHING = new Set(['session', 'tail-sent', 'announced', 'read-sent', 'expired', 'read-entry', 'closed'])

/** How many placements are equal to this one up to moves that commute with the appends behind them. */
function classSize(placement: Placement, touching: readonly number[]): bigint {
  const touches = new Set(touching)
  let size = 1n
  for (const at of new Set(placement)) {
    let free = 0
    while (at - free - 1 >= 0 && !touches.has(at - free - 1)) free++
    size *= choose(placement.filter((other) => other === at).length + free, free)
  }
  return size
}

function isMine(fixed: readonly number[], { shard }: ExploreOptions): boolean {
  if (shard === undefined) return true
  let hash = 7
  for (const at of fixed.slice(0, SHARD_DEPTH)) hash = (hash * 31 + at + 1) % 1_000_003
  return hash % shard.of === shard.index
}

const signature = ({ verdict }: Judged): string => {
  const losses = verdict.anomalies.map(({ code, window }) => `${code}@${window ?? ''}`)
  return `${verdict.result} ${[...new Set(losses)].sort().join(' ')}`.trim()
}
