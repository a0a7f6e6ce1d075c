/** Bursts: schedules that are drawn as they run, each with a chance of its own by its number. The first that fails is made small. */
import { stopwatch } from '../clock/clock.js'
import { NO_COUNTS, addCounts } from '../oracle/check.js'
import type { BurstsResult, CaseResult } from '../report/result.js'
import type { Json } from '../contract/stream-repository.js'
import { type Random, integer, oneOf, seedOf, seeded } from '../random/seeded.js'
import type { Step } from '../schedule/step.js'
import { minimise } from './minimise.js'
import { Walker } from './walk.js'
import { type AsyncWalk, type Strategy, asking, strategy } from './strategy.js'
import { type Alphabet, EVERYTHING } from './alphabet.js'

export interface BurstOptions {
  /** How many. May be infinite, where `enough` ends them. */
  readonly runs: number
  /** The number of the first. Default 1. */
  readonly first?: number
  /** Asked before each is drawn: shall it not be run any more? What is found is made small all the same. Default: all are run. */
  readonly enough?: () => boolean
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

export function bursts({
  runs,
  first = 1,
  enough = () => false,
  seed,
  path,
  alphabet = {},
  lacks = () => undefined,
  shrink = true,
  onRun,
}: BurstOptions): Strategy<BurstsResult> {
  let elapsed = stopwatch()
  let counts = NO_COUNTS
  let done = 0
  let failure: CaseResult | undefined
  return strategy(walk(), () => ({ runs: done, seed, counts, ...(failure === undefined ? {} : { failure }), ms: elapsed() }))

  async function* walk(): AsyncWalk {
    const payload = await payloads(seed)
    elapsed = stopwatch()
    const drawn = { payload, alphabet: { ...EVERYTHING, ...alphabet }, lacks }
    const by = `bursts, seed ${seed}`
    for (const number of path === undefined ? numbers(first, runs) : [numberOf(path)]) {
      if (enough()) return
      const walker = new Walker({ ...drawn, random: seeded(seed, `burst ${number}`) })
      const judged = yield { schedule: walker.schedule, chooser: walker, by }
      counts = addCounts(counts, judged.verdict.counts)
      done++
      onRun?.(first - 1 + done)
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
        foundAfter: first - 1 + done,
        path: String(number),
        notes: [],
      }
      return
    }
  }
}

/** @throws where it is none. */
function numberOf(path: string): number {
  const number = Number(path)
  if (Number.isInteger(number) && number > 0) return number
  throw new Error(`no burst is called "${path}": expected its number among those of the seed, such as 12`)
}

function* numbers(first: number, runs: number): Generator<number> {
  for (let number = first; number < first + runs; number++) yield number
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
