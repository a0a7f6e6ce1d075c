/**
 * Bursts: schedules that are drawn as they run, each with a chance of its own by its number. They begin anew (swarm testing, see walk.ts);
 * behind the first two hundred, every second one goes on from where an earlier one has come (greybox search, see corpus.ts). The first that
 * fails is made small.
 */
import { stopwatch } from '../clock/clock.js'
import { NO_COUNTS, addCounts } from '../oracle/check.js'
import type { BurstsResult, CaseResult } from '../report/result.js'
import type { Json } from '../contract/stream-repository.js'
import { type Random, integer, oneOf, seedOf, seeded } from '../random/seeded.js'
import type { Step } from '../schedule/step.js'
import { type Beginning, Corpus, beginningOf } from './corpus.js'
import { minimise } from './minimise.js'
import { type WalkOptions, Walker } from './walk.js'
import { type AsyncWalk, type Judged, type Strategy, asking, strategy } from './strategy.js'
import { type Alphabet, EVERYTHING } from './alphabet.js'

/** So many begin anew: most of what can be found is found by them, and they show where there is to go on from. */
const ANEW = 200

/** Behind them, every second one goes on from where an earlier one has come. */
const everySecond = (number: number): boolean => number > ANEW && number % 2 === 0

export interface BurstOptions {
  /** How many. May be infinite, where `enough` ends them. */
  readonly runs: number
  /** The number of the first. Default 1. */
  readonly first?: number
  /** Asked before each is drawn: shall it not be run any more? What is found is made small all the same. Default: all are run. */
  readonly enough?: () => boolean
  readonly seed: number
  /** Runs this one alone, after what it goes on from: what a failure of that seed says. */
  readonly path?: string
  /** What may happen. Default: all that happens to a consumer of a repository, entries of others apart. */
  readonly alphabet?: Partial<Alphabet>
  /** Why the store cannot follow a step; undefined where it can. Default: it follows all. */
  readonly lacks?: ((step: Step) => string | undefined) | undefined
  /** Does the one of this number go on from where an earlier one has come, instead of beginning anew? Default: every second behind the first 200. */
  readonly goesOn?: (number: number) => boolean
  /** Where those before the first have come. Default: there are none. */
  readonly corpus?: Corpus
  /** Ends at the first schedule that shows an anomaly, and makes it small. Default true; otherwise all of them are run. */
  readonly shrink?: boolean
  readonly onRun?: (done: number) => void
}

export function bursts({
  runs,
  first = 1,
  enough = () => false,
  seed,
  path,
  alphabet = {},
  lacks = () => undefined,
  goesOn = everySecond,
  corpus = new Corpus(),
  shrink = true,
  onRun,
}: BurstOptions): Strategy<BurstsResult> {
  const by = `bursts, seed ${seed}`
  let elapsed = stopwatch()
  let counts = NO_COUNTS
  let done = 0
  let goneOn = 0
  let failure: CaseResult | undefined
  return strategy(walk(), () => ({ runs: done, goneOn, seed, counts, ...(failure === undefined ? {} : { failure }), ms: elapsed() }))

  async function* walk(): AsyncWalk {
    const drawn = { payload: await payloads(seed), alphabet: { ...EVERYTHING, ...alphabet }, lacks }
    elapsed = stopwatch()
    if (path !== undefined) return yield* along(legsOf(path), drawn)
    for (let number = first; number < first + runs && failure === undefined && !enough(); number++) {
      const from = goesOn(number) ? corpus.pick(seeded(seed, `beginning of burst ${number}`)) : undefined
      yield* burst(number, from, drawn)
    }
  }

  /** What it goes on from comes first, for each is drawn as it runs. */
  async function* along(legs: readonly Leg[], drawn: Drawn): AsyncWalk {
    let from: Beginning | undefined
    for (const { number, steps } of legs) {
      const { judged, path: upTo } = yield* burst(number, from, drawn)
      if (steps === undefined || failure !== undefined) return
      from = beginningOf(judged.run.schedule, steps, upTo)
    }
  }

  async function* burst(number: number, from: Beginning | undefined, drawn: Drawn): AsyncWalk<{ judged: Judged; path: string }> {
    const walker = new Walker({ ...drawn, random: seeded(seed, `burst ${number}`), from: from?.schedule })
    const path = from === undefined ? String(number) : `${from.path},${number}`
    const judged = yield { schedule: walker.schedule, chooser: walker, by }
    counts = addCounts(counts, judged.verdict.counts)
    done++
    if (from !== undefined) goneOn++
    onRun?.(first - 1 + done)
    if (judged.run.ending.kind === 'broken') throw new Error(judged.run.ending.message)
    corpus.learn(judged.run, path)
    if (judged.verdict.result !== 'invalid' || !shrink) return { judged, path }
    const smallest = yield* asking(minimise(judged, judged.run.schedule), (each) => ({ ...each, by }))
    failure = {
      kind: 'burst',
      name: 'bursts',
      verdict: smallest.judged.verdict,
      schedule: smallest.schedule,
      history: smallest.judged.run.history,
      ms: elapsed(),
      seed,
      foundAfter: first - 1 + done,
      path,
      notes: [],
    }
    return { judged, path }
  }
}

type Drawn = Pick<WalkOptions, 'payload' | 'alphabet' | 'lacks'>

/** A burst, and how many of its steps the next one begins with. Of the last, none. */
interface Leg {
  readonly number: number
  readonly steps?: number
}

/** `3:4,12:9,57`: burst 57, which goes on from the first 9 steps of burst 12, which goes on from the first 4 of burst 3. @throws where it is none. */
function legsOf(path: string): readonly Leg[] {
  if (!/^([1-9]\d*:[1-9]\d*,)*[1-9]\d*$/.test(path))
    throw new Error(
      `no burst is called "${path}": expected its number, such as 12, or 3:4,12 where it goes on from the first 4 steps of burst 3`,
    )
  return path.split(',').map((leg) => {
    const [number, steps] = leg.split(':').map(Number)
    return { number: number!, ...(steps === undefined ? {} : { steps }) }
  })
}

// ── What is put into entries: payloads that codecs trip over, and values that nobody thought of.

/** Payloads that codecs trip over. */
const KNOWN: readonly Json[] = [
  '',
  'ünïcödé 漢字 🏁 \u2028 "quoted" \\ \r\n\t',
  'e\u0301 \u212b',
  '2026-01-02T03:04:05.678Z',
  '0042',
  {},
  [],
  0,
  -1.5e-7,
  false,
  { nested: [{ deeply: [[], {}, null, { '': '' }] }] },
  // An own key of this name: an object literal would set the prototype instead.
  JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as Json,
  { 'a.b': 1, $: '$', '>': '0-0' },
]

/** Halves of characters, which are none by themselves: from here on, and so many. */
const SURROGATES = 0xd800
const HALVES = 0x800

/** How many are made up for a seed. */
const MADE_UP = 64

/** Draws payloads: three of four are known ones. fast-check is loaded on use: most commands draw nothing. */
async function payloads(seed: number): Promise<(random: Random) => Json> {
  const { default: fc } = await import('fast-check')
  /** Any character, as `binary` of fast-check: that lists all 1,112,064 of them once, and takes longer for it than most runs take. */
  const character = fc.nat(0x10ffff - HALVES).map((place) => String.fromCodePoint(place < SURROGATES ? place : place + HALVES))
  const madeUp = fc.sample(fc.jsonValue({ stringUnit: character }), { numRuns: MADE_UP, seed: seedOf(seed, 'payloads') }) as Json[]
  return (random) => oneOf(random, integer(random, 4) < 3 ? KNOWN : madeUp)
}
