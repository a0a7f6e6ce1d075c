/**
 * Twelve mutants, from those that one append in one place shows to those that take four, and how many schedules each way
 * of finding schedules needs until the first that shows the anomaly which the mutant declares:
 *
 *  - a uniform random walk, and PCT, over the alphabet that bursts have (see strategies.ts);
 *  - swarm: bursts that all begin anew; greybox: bursts that all go on from where others have come;
 *  - bursts, as `tailrace run` draws them: two hundred that begin anew, and then of both in turn;
 *  - exploration, which has one order, and scenarios, which were written: they hang on no seed.
 */
import { type Anomaly, LOST } from '../src/oracle/anomaly.js'
import { mutantSubject, mutants } from '../src/kit/mutants/index.js'
import type { Mutant } from '../src/kit/mutants/mutant.js'
import { memoryStore } from '../src/dialects/memory/memory-store.js'
import { type BurstOptions, bursts } from '../src/search/bursts.js'
import { everyPlacement, surveyCycles } from '../src/search/exploration.js'
import { eachOnce } from '../src/search/scenarios.js'
import { type Strategy, hunt, search } from '../src/search/strategy.js'
import { judgeOf, repositoryTarget, runnerOf } from '../src/run/target.js'
import { scenarios } from '../scenarios/index.js'
import type { Options } from './options.js'
import { seedOf } from '../src/random/seeded.js'
import type { DepthResult, DepthRow } from './results.js'
import { PCT_DEPTH, PCT_ONE_IN, TURNS, pct, randomWalk } from './strategies.js'
import { censoredMedian, proportion } from './statistics.js'

const MUTANTS = [
  'empty-after-wake-up',
  'jumps-after-empty-batch-empty',
  'starts-over-after-two-rounds',
  'jumps-after-two-batches',
  'jumps-after-batch-empty-batch',
  'jumps-after-second-quiet-time',
  'jumps-after-full-part-full',
  'jumps-after-full-empty-full',
  'empty-after-two-wake-ups',
  'empty-after-time-out-between',
  'jumps-after-three-batches',
]
/** The bug itself, as a mutant. */
const SHALLOW = mutants.find(({ breaks, trips, depth = 1 }) => breaks === '4.2' && trips === 'unseen' && depth === 1)!

const BOUND = { appends: 4, cycles: 4 }

export async function depth({ seed, quick, say }: Options): Promise<DepthResult> {
  const cap = quick ? 60 : 400
  const seeds = quick ? 2 : 7
  const rows: DepthRow[] = []
  for (const mutant of [SHALLOW, ...MUTANTS.map(named)]) {
    say(`depth, ${mutant.name}`)
    rows.push(await rowOf(mutant, cap, seeds, seed))
  }
  return {
    cap,
    seeds,
    turns: TURNS,
    pct: { depth: PCT_DEPTH, oneIn: PCT_ONE_IN },
    mutants: rows.toSorted((a, b) => b.walk.value - a.walk.value),
  }
}

function named(name: string): Mutant {
  const found = mutants.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no mutant is called ${name}`)
  return found
}

async function rowOf(mutant: Mutant, cap: number, seeds: number, seed: number): Promise<DepthRow> {
  const target = repositoryTarget(mutantSubject(mutant, 'memory'), memoryStore())
  const runner = runnerOf(target, { watchdogMs: 1000 })
  const judge = judgeOf(runner)
  const wanted = ({ code }: Anomaly) => code === mutant.trips || (LOST.has(code) && LOST.has(mutant.trips))
  /** Schedules up to the first find of each search. */
  const firstFinds = async (schedules: (index: number) => Strategy<unknown>, searches: number) => {
    const after: (number | undefined)[] = []
    for (let index = 0; index < searches; index++) after.push((await hunt(schedules(index), judge, wanted, cap)).found?.after)
    return { schedules: censoredMedian(after, cap), found: after.filter((each) => each !== undefined).length, searches }
  }
  const { moves } = await search(surveyCycles(BOUND.cycles), judge).catch(() => ({ moves: 8 * BOUND.cycles }))
  const of = (name: string, index: number) => seedOf(seed, `${name} ${mutant.name} ${index}`)
  const burstsOf = (goesOn?: BurstOptions['goesOn']) => (index: number) =>
    bursts({ runs: cap, seed: of('bursts', index), shrink: false, ...(goesOn && { goesOn }) })
  const strategies = {
    'random walk': await firstFinds((index) => randomWalk(cap, of('random walk', index)), seeds),
    PCT: await firstFinds((index) => pct(cap, of('PCT', index)), seeds),
    swarm: await firstFinds(
      burstsOf(() => false),
      seeds,
    ),
    greybox: await firstFinds(
      burstsOf(() => true),
      seeds,
    ),
    bursts: await firstFinds(burstsOf(), seeds),
    exploration: await firstFinds(() => everyPlacement({ ...BOUND, moves }), 1),
    scenarios: await firstFinds(() => eachOnce(scenarios, target.applies), 1),
  }
  let shown = 0
  await search(randomWalk(cap, of('share', 0)), async (candidate) => {
    const judged = await judge(candidate)
    if (judged.verdict.anomalies.some(wanted)) shown++
    return judged
  })
  await runner.close()
  return { mutant: mutant.name, depth: mutant.depth ?? 1, walk: proportion(shown, cap), strategies }
}
