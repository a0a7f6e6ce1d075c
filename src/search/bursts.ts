/** Bursts: schedules that are drawn as they run, each with a chance of its own by its number. The first that fails is made small. */
import { stopwatch } from '../clock/clock.js'
import { NO_COUNTS, addCounts } from '../oracle/check.js'
import type { BurstsResult, CaseResult } from '../report/result.js'
import { seeded } from '../random/seeded.js'
import type { Step } from '../schedule/step.js'
import { minimise } from './minimise.js'
import { type AsyncWalk, type Strategy, asking, strategy } from './strategy.js'
import { type Alphabet, EVERYTHING } from './alphabet.js'

export interface BurstOptions {
  readonly runs: number
  readonly seed: number
  /** Runs this one alone, as counted from 1: what a failure of that seed says. */
  readonly path?: string
  /** What may happen. Default: all that happens to a consumer of a repository, entries of others apart. */
  readonly alphabet?: Partial<Alphabet>
  /** Why the store cannot follow a step; undefined where it can. Default: it follows all. */
  readonly lacks?: ((step: Step) => string | undefined) | undefined
  /** Ends at the first schedule that shows an anomaly, and makes it small. Default true; otherwise all of them are run. */
  readonly shrink?: boolean
  readonly onRun?: (done: number) => void
}

export function bursts({ runs, seed, path, alphabet = {}, lacks = () => undefined, shrink = true, onRun }: BurstOptions): Strategy<BurstsResult> {
  let elapsed = stopwatch()
  let counts = NO_COUNTS
  let done = 0
  let failure: CaseResult | undefined
  return strategy(walk(), () => ({ runs: done, seed, counts, ...(failure === undefined ? {} : { failure }), ms: elapsed() }))

  async function* walk(): AsyncWalk {
    // Loaded on use: most commands draw nothing.
    const [{ payloads }, { Walker }] = await Promise.all([import('./payloads.js'), import('./walk.js')])
    elapsed = stopwatch()
    const drawn = { payload: payloads(seed), alphabet: { ...EVERYTHING, ...alphabet }, lacks }
    const by = `bursts, seed ${seed}`
    for (const number of path === undefined ? upTo(runs) : [Number(path)]) {
      const walker = new Walker({ ...drawn, random: seeded(seed, `burst ${number}`) })
      const judged = yield { schedule: walker.schedule, chooser: walker, by }
      counts = addCounts(counts, judged.verdict.counts)
      onRun?.(++done)
      if (judged.run.ending.kind === 'broken') throw new Error(judged.run.ending.message)
      if (judged.verdict.result !== 'invalid' || !shrink) continue
      const smallest = yield* asking(minimise(judged, judged.run.schedule), (each) => ({ ...each, by }))
      failure = {
        kind: 'burst',
        name: 'bursts',
        verdict: smallest.judged.verdict,
        schedule: smallest.schedule,
        history: smallest.judged.run.history,
        ms: elapsed(),
        seed,
        foundAfter: done,
        path: String(number),
        notes: [],
      }
      return
    }
  }
}

function* upTo(runs: number): Generator<number> {
  for (let number = 1; number <= runs; number++) yield number
}
