/** Bursts: generated schedules, shrunk as data, then made small and readable. */
import fc, { type RunDetails } from 'fast-check'
import { stopwatch } from '../clock/clock.js'
import type { Json } from '../contract/stream-repository.js'
import { addCounts, NO_COUNTS } from '../oracle/check.js'
import type { BurstsResult, CaseResult } from '../report/result.js'
import { type Schedule, schedule } from '../schedule/schedule.js'
import type { Step } from '../schedule/step.js'
import { minimise } from './minimise.js'
import { asking, type AsyncWalk, type Candidate, type Judged, type Strategy, strategy } from './strategy.js'

export interface BurstOptions {
  readonly runs: number
  readonly seed: number
  /** Replays one counterexample of that seed. */
  readonly path?: string
  /** Whether reads fail in some of them; not for a consumer that ends when one does. Default true. */
  readonly faults?: boolean
  /** What is made of each generated schedule before it runs. Default: nothing. */
  readonly as?: (schedule: Schedule) => Schedule
  /** Ends at the first schedule that shows an anomaly, and shrinks it. Default true; otherwise all of them are run as they are drawn. */
  readonly shrink?: boolean
  readonly onRun?: (done: number) => void
}

export function bursts({
  runs,
  seed,
  path,
  faults = true,
  as = (each) => each,
  shrink = true,
  onRun,
}: BurstOptions): Strategy<BurstsResult> {
  let elapsed = stopwatch()
  let counts = NO_COUNTS
  let done = 0
  let foundAfter: number | undefined
  let last: { schedule: Schedule; judged: Judged } | undefined
  let failure: CaseResult | undefined
  return strategy(walk(), () => ({ runs: done, seed, counts, ...(failure === undefined ? {} : { failure }), ms: elapsed() }))

  async function* walk(): AsyncWalk {
    // Loaded on use: most commands draw nothing.
    const [{ default: fc }, { burst }] = await Promise.all([import('fast-check'), import('./bursts.js')])
    elapsed = stopwatch()
    const drawn = drawnBy((judge) =>
      fc.check(
        fc.asyncProperty(burst(faults).map(as), async (schedule) => look(schedule, await judge(schedule))),
        { numRuns: runs, seed, ...(path === undefined ? {} : { path }) },
      ),
    )
    const details = yield* asking(drawn, (each) => ({ ...each, by: `bursts, seed ${seed}` }))
    if (!details.failed) return
    if (last === undefined) throw details.errorInstance
    const smallest = yield* asking(minimise(last.judged, last.schedule))
    failure = {
      kind: 'burst',
      name: 'bursts',
      verdict: smallest.judged.verdict,
      schedule: smallest.schedule,
      smallest: smallest.schedule,
      history: smallest.judged.run.history,
      ms: elapsed(),
      seed,
      foundAfter: foundAfter!,
      ...(details.counterexamplePath === null ? {} : { path: details.counterexamplePath }),
      notes: [],
    }
  }

  /** @throws what makes the schedule a counterexample for fast-check. */
  function look(schedule: Schedule, judged: Judged): void {
    if (foundAfter === undefined) {
      done++
      onRun?.(done)
      counts = addCounts(counts, judged.verdict.counts)
    }
    if (judged.run.ending.kind === 'broken') throw new Error(judged.run.ending.message)
    if (judged.verdict.result !== 'invalid' || !shrink) return
    foundAfter ??= done
    last = { schedule, judged }
    throw new Error(judged.verdict.anomalies[0]!.evidence)
  }
}

/** fast-check calls, and a strategy is asked: each waits here until the other has come. */
function drawnBy<T>(check: (judge: (schedule: Schedule) => Promise<Judged>) => Promise<RunDetails<T>>): Strategy<RunDetails<T>> {
  let checking = false
  let details!: RunDetails<T>
  let asked = deferred<Candidate | undefined>()
  let tell!: (judged: Judged) => void
  const judge = (schedule: Schedule) =>
    new Promise<Judged>((resolve) => {
      tell = resolve
      asked.resolve({ schedule })
    })
  const start = async () => {
    checking = true
    try {
      details = await check(judge)
      asked.resolve(undefined)
    } catch (error) {
      asked.reject(error)
    }
  }
  return {
    next: () => {
      if (!checking) void start()
      return asked.promise
    },
    told: (judged) => {
      asked = deferred()
      tell(judged)
    },
    report: () => details,
  }
}

function deferred<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}

// ── A burst is a walk of one consumer from gate to gate with bursts of appends wherever it
// is held, so every gate is tried with 1, count, count + 1 and more. It is plain data and shrinks as such.

/** Payloads that codecs trip over. */
const PAYLOADS: readonly Json[] = [
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

const payload: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PAYLOADS) },
  { weight: 1, arbitrary: fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<Json> },
)

/** Long enough to cross the loop twice: connect, an empty read, a batch, and into the next read. Without `size` it is 12. */
const MAX_MOVES = 24

/** How large an append is, against what one read returns. The first is what the others shrink to. */
const SIZES = {
  one: () => 1,
  count: (count: number) => count,
  'count + 1': (count: number) => count + 1,
  'two batches and one': (count: number) => 2 * count + 1,
}

type Move =
  | 'advance'
  | { readonly failAfter: number; readonly times: number }
  | { readonly size: keyof typeof SIZES; readonly payloads: readonly Json[] | undefined }

const append = fc.record({
  size: fc.constantFrom(...(Object.keys(SIZES) as (keyof typeof SIZES)[])),
  payloads: fc.option(fc.array(payload, { minLength: 1, maxLength: 2 }), { nil: undefined }),
})

const move: fc.Arbitrary<Move> = fc.oneof({ weight: 4, arbitrary: fc.constant('advance' as const) }, { weight: 1, arbitrary: append })

/** A read that fails, at once or in the middle of its batch, once or several times in a row. */
const failing = fc.record({ failAfter: fc.nat(3), times: fc.constantFrom(1, 1, 3) })

const walk = (moves: fc.Arbitrary<Move>): fc.Arbitrary<Move[]> => fc.array(moves, { minLength: 1, maxLength: MAX_MOVES, size: 'max' })

const quiet = walk(move)
const faulty = walk(fc.oneof({ weight: 12, arbitrary: move }, { weight: 1, arbitrary: failing }))

/** @param faults whether reads fail in some of them; not for a consumer that ends when one does. */
export function burst(faults = true): fc.Arbitrary<Schedule> {
  // Most of them without: a failed read leads away from what takes several batches to show.
  const walks = faults ? fc.oneof({ weight: 5, arbitrary: quiet }, { weight: 1, arbitrary: faulty }) : quiet
  return fc.tuple(fc.constantFrom(10, 1, 2, 3), walks).map(([count, moves]) => {
    const steps = moves.map((each) => toStep(each, count))
    return schedule(steps, { read: { count } })
  })
}

function toStep(each: Move, count: number): Step {
  if (each === 'advance') return { advance: 0 }
  if ('times' in each) return { fail: 'read', times: each.times, ...(each.failAfter === 0 ? {} : { after: each.failAfter }) }
  return { append: SIZES[each.size](count), ...(each.payloads === undefined ? {} : { payloads: each.payloads }) }
}
