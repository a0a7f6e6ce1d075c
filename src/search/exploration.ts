/**
 * Exhaustive exploration up to a bound, with what commutes reduced away.
 *
 * A bound is a number of consumer moves m and of appends a. Without any reduction the appends are distinct, so there are
 * (m + a)! / m! interleavings; as the appends of one burst are interchangeable, C(m + a, a) are left to tell apart.
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
 *
 * With one fault (or one client that leaves and is followed) each fault f is placed after each number of moves, too, from none to all m
 * of them. What that makes is a line of m + 1 moves, and over each line the appends are placed as before: (m + 1) · (m + 1 + a)! / (m + 1)!
 * interleavings more for each fault. A fault is a move that may touch the store, which is read off the history as well: an append commutes
 * with one of which nothing is seen yet, such as a read that will fail once it is made. Where a fault cannot be (a connection is cut only
 * while it waits) the schedule ends, and stands for all that could have come behind it: those show nothing.
 */
import { stopwatch } from '../clock/clock.js'
import { type Counts, NO_COUNTS, addCounts } from '../oracle/check.js'
import type { Run } from '../stage/stage.js'
import { GATES } from '../schedule/gate.js'
import { type Schedule, schedule } from '../schedule/schedule.js'
import type { Step } from '../schedule/step.js'
import { Ranks, type Seen, type Shard, Share, choose } from './share.js'
import { type Judged, type Strategy, type Walk, strategy } from './strategy.js'

export interface Bound {
  readonly moves: number
  readonly appends: number
}

/** What may come in between, under the name that reports have for it. */
export interface Fault {
  readonly name: string
  readonly steps: readonly Step[]
}

/** (m + a)! / m!: every order of the moves and of distinct appends; and as many with one of so many faults, at any place. */
export function unreduced({ moves, appends }: Bound, faults = 0): bigint {
  let product = 1n
  for (let i = 1; i <= appends; i++) product *= BigInt(moves + i)
  if (faults > 0) product += BigInt(faults) * BigInt(moves + 1) * unreduced({ moves: moves + 1, appends })
  return product
}

export function factorial(n: number): bigint {
  return n <= 1 ? 1n : BigInt(n) * factorial(n - 1)
}

/** Where the appends stand: after how many moves of the consumer, each; not descending. */
export type Placement = readonly number[]

/** What appends are placed in: the moves of the consumer, and a fault among them. */
export type Line = readonly (readonly Step[])[]

export const lineOf = (moves: number): Line => Array.from({ length: moves }, () => [{ advance: 0 }])

/** The line of the moves alone, and those with a fault after so many of them. */
export function linesOf(moves: number, faults: readonly Fault[] = []): readonly Line[] {
  const line = lineOf(moves)
  return [line, ...faults.flatMap(({ steps }) => Array.from({ length: moves + 1 }, (_, at) => line.toSpliced(at, 0, steps)))]
}

/** The steps of a placement, each with the move that it belongs to; appends belong to none. */
function* placed(placement: Placement, line: Line): Generator<readonly [step: Step, move?: number]> {
  for (let move = 0; move <= line.length; move++) {
    const here = placement.filter((at) => at === move).length
    if (here > 0) yield [{ append: here }]
    for (const step of line[move] ?? []) yield [step, move]
  }
}

/** The schedule of a placement. */
export const stepsOf = (placement: Placement, line: Line): Step[] => [...placed(placement, line)].map(([step]) => step)

/** Every placement, for checking a reduction against: C(m + a, a) of them. */
export function* placements({ moves, appends }: Bound, from = 0): Generator<Placement> {
  if (appends === 0) {
    yield []
    return
  }
  for (let at = from; at <= moves; at++) {
    for (const rest of placements({ moves, appends: appends - 1 }, at)) yield [at, ...rest]
  }
}

/** How many single moves take the consumer through so many read cycles, and through which gates. */
export interface Cycles {
  readonly moves: number
  readonly gates: readonly string[]
}

/** Learns it from one schedule. Ends with an error where the consumer does not come through them undisturbed. */
export function surveyCycles(cycles: number, as = (each: Schedule) => each): Strategy<Cycles> {
  let found!: Cycles
  return strategy(walk(), () => found)

  function* walk(): Walk {
    const { run } = yield { schedule: as(schedule(Array.from({ length: 12 + 8 * cycles }, () => ({ advance: 0 })))) }
    let returned = 0
    for (const event of run.history) {
      if (event.type === 'read-returned') returned++
      if (event.type !== 'read-called' || returned < cycles) continue
      const upTo = run.history.slice(0, run.history.indexOf(event))
      const seen = new Set(run.history.map(({ type }) => type as string))
      found = { moves: upTo.filter(({ type }) => type === 'step').length, gates: GATES.filter((gate) => seen.has(gate)) }
      return
    }
    throw new Error(`the consumer does not come through ${cycles} read ${cycles === 1 ? 'cycle' : 'cycles'} when nothing disturbs it`)
  }
}

/** Every placement of up to so many appends; one with fewer comes first. Nothing is reduced away: to measure other ways against. */
export function everyPlacement({ moves, appends, cycles }: Bound & { readonly cycles: number }): Strategy<void> {
  return strategy(walk(), () => undefined)

  function* walk(): Walk {
    for (let few = 1; few <= appends; few++)
      for (const placement of placements({ moves, appends: few }))
        yield { by: `${few} appends × ${cycles} cycles`, schedule: schedule(stepsOf(placement, lineOf(moves)), { read: { count: 2 } }) }
  }
}

export interface ExploreOptions extends Bound {
  readonly count?: number
  /** One of these is placed among the moves, too. Default: none. */
  readonly faults?: readonly Fault[]
  /** Runs every placement, without the reduction by independence. */
  readonly full?: boolean
  /** Only this part, from 0, of so many. */
  readonly shard?: Shard
  /** Asked before each schedule: shall it, and what comes behind it, not be run any more? Default: all of it is run. */
  readonly enough?: () => boolean
  /** What is made of each schedule before it runs. Default: nothing. */
  readonly as?: (schedule: Schedule) => Schedule
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
  /** `enough` ended it. */
  readonly stopped: boolean
  readonly ms: number
}

export function exploration(options: ExploreOptions): Strategy<Explored> {
  const { moves, appends } = options
  const elapsed = stopwatch()
  const symmetric = factorial(appends)
  const total = { covered: 0n, lost: 0n, unknown: 0n, schedules: 0, counts: NO_COUNTS, signatures: new Set<string>() }
  let failure: Explored['failure']
  let stopped = false
  let dealt: Dealt = ALL_OF_IT
  return strategy(walk(), () => ({
    ...total,
    ...(failure === undefined ? {} : { failure }),
    stopped,
    ms: elapsed(),
  }))

  function* walk(): Walk {
    const lines = linesOf(moves, options.faults)
    dealt = yield* dealOut(lines, options)
    for (const [number, line] of lines.entries()) {
      const part: PartOf = (prefix) => dealt.of(number, prefix)
      yield* options.full ? all(line, part) : visit(line, part, [])
    }
  }

  /** `fixed` appends stand where they are; the others are at the end, and are placed by the children. */
  function* visit(line: Line, part: PartOf, fixed: readonly number[]): Walk {
    if (isEnough() || part(fixed) === 'not mine') return
    const rest = Array.from({ length: appends - fixed.length }, () => line.length)
    const touching = yield* run(line, part, [...fixed, ...rest], fixed.length)
    if (rest.length === 0) return
    for (const move of touching) if (move >= (fixed.at(-1) ?? 0) && move < line.length) yield* visit(line, part, [...fixed, move])
  }

  function* all(line: Line, part: PartOf): Walk {
    for (const placement of placements({ moves: line.length, appends })) {
      if (isEnough()) return
      if (part(placement) === 'mine') yield* run(line, part, placement, placement.length)
    }
  }

  function* run(line: Line, part: PartOf, placement: Placement, fixed: number): Walk<readonly number[]> {
    const plan = planOf(placement, line, options)
    const judged = dealt.runs.get(JSON.stringify(plan)) ?? (yield { schedule: plan })
    const touching = touchingMoves(judged.run, placement, line)
    if (part(placement.slice(0, fixed)) !== 'mine') return touching
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

  function isEnough(): boolean {
    return (stopped ||= options.enough?.() ?? false)
  }
}

/**
 * The moves, from 0, that touch the store or the promise. An append directly before one of them can matter. Of a fault that is anything
 * that is seen of it. One that could not be made does, too: what is appended before it was there, and what comes behind it never is.
 */
function touchingMoves({ history, ending }: Run, placement: Placement, line: Line): readonly number[] {
  const moves = [...placed(placement, line)].map(([, move]) => move)
  const touching = new Set<number>()
  const batches = new Set<number>()
  let move: number | undefined
  let last = 0
  for (const event of history) {
    if (event.type === 'drain') break
    if (event.type === 'read-entry') batches.add(event.read)
    if (event.type === 'step') move = moves[(last = event.index)]
    else if (
      move !== undefined &&
      (isFault(line[move]!) || TOUCHING.has(event.type) || (event.type === 'read-ended' && batches.has(event.read)))
    )
      touching.add(move)
  }
  if (ending.kind !== 'completed' && last < moves.length - 1 && move !== undefined) touching.add(move)
  return [...touching].sort((a, b) => a - b)
}

const isFault = (steps: readonly Step[]): boolean => !steps.every((step) => 'advance' in step)

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

const planOf = (placement: Placement, line: Line, { count = 10, as = (each) => each }: ExploreOptions): Schedule =>
  as(schedule(stepsOf(placement, line), { read: { count } }))

// ── parts of it

/** What is whose, and what was run to find that out, by its schedule. */
interface Dealt {
  readonly of: Share['of']
  readonly runs: ReadonlyMap<string, Judged>
}

const ALL_OF_IT: Dealt = { of: () => 'mine', runs: new Map() }

function* dealOut(lines: readonly Line[], options: ExploreOptions): Walk<Dealt> {
  const { shard, appends, full } = options
  if (shard === undefined) return ALL_OF_IT
  const { seen, runs } = full ? { seen: undefined, runs: ALL_OF_IT.runs } : yield* measure(lines[0]!, options)
  const ranks = lines.map((line) => new Ranks(seen === undefined ? everythingIn(line) : withFault(seen, line.findIndex(isFault)), appends))
  const share = new Share(ranks, shard)
  return { of: (line, prefix) => share.of(line, prefix), runs }
}

/** Before which moves an append can matter where none is placed in between, and behind a first one. */
function* measure(line: Line, options: ExploreOptions): Walk<{ seen: Seen; runs: Dealt['runs'] }> {
  const { appends, moves } = options
  const runs = new Map<string, Judged>()
  const behindOf = function* (...fixed: readonly number[]): Walk<readonly number[]> {
    const placement = [...fixed, ...Array.from({ length: appends - fixed.length }, () => moves)]
    const plan = planOf(placement, line, options)
    const judged = yield { schedule: plan }
    runs.set(JSON.stringify(plan), judged)
    return touchingMoves(judged.run, placement, line).filter((move) => move < moves)
  }
  const first = yield* behindOf()
  const behind = new Map<number, readonly number[]>()
  if (appends > 1) for (const move of first) behind.set(move, yield* behindOf(move))
  return { seen: { first, behind }, runs }
}

const everythingIn = (line: Line): Seen => ({ first: [...line.keys(), line.length], behind: new Map() })

/** A fault at this place is one more move, and matters. */
function withFault({ first, behind }: Seen, place: number): Seen {
  if (place === -1) return { first, behind }
  const moved = (move: number) => (move < place ? move : move + 1)
  const withIt = (moves: readonly number[]) => [
    ...moves.filter((move) => move < place),
    place,
    ...moves.filter((move) => move >= place).map(moved),
  ]
  return { first: withIt(first), behind: new Map([...behind].map(([move, moves]) => [moved(move), withIt(moves)])) }
}

/** Whose this placement is: see share.ts. */
type PartOf = (fixed: readonly number[]) => ReturnType<Share['of']>

const signature = ({ verdict }: Judged): string => {
  const losses = verdict.anomalies.map(({ code, window }) => `${code}@${window ?? ''}`)
  return `${verdict.result} ${[...new Set(losses)].sort().join(' ')}`.trim()
}
