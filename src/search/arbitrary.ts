/**
 * Bursts: generated schedules. A burst is a walk of one consumer from gate to gate with bursts of appends wherever it
 * is held, so every gate is tried with 1, count, count + 1 and more. It is plain data and shrinks as such.
 */
import fc from 'fast-check'
import type { Json } from '../contract/stream-repository.js'
import { type Schedule, schedule } from '../schedule/schedule.js'
import type { Step } from '../schedule/step.js'

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

/** Halves of characters, which are none by themselves: from here on, and so many. */
const SURROGATES = 0xd800
const HALVES = 0x800

/**
 * Any character, as `binary` of fast-check. That lists all 1,112,064 of them once, to look up which `__proto__` is made of, and takes
 * longer for it than most runs take.
 */
const character = fc.nat(0x10ffff - HALVES).map(
  (place) => String.fromCodePoint(place < SURROGATES ? place : place + HALVES),
  (text) => {
    if (typeof text !== 'string' || !/^\P{Surrogate}$/su.test(text)) throw new Error('not one character')
    const point = text.codePointAt(0)!
    return point < SURROGATES ? point : point - HALVES
  },
)

const payload: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PAYLOADS) },
  { weight: 1, arbitrary: fc.jsonValue({ stringUnit: character }) as fc.Arbitrary<Json> },
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
  | { readonly size: keyof typeof SIZES; readonly payloads: readonly Json[] | undefined; readonly foreign?: boolean }

const append = fc.record({
  size: fc.constantFrom(...(Object.keys(SIZES) as (keyof typeof SIZES)[])),
  payloads: fc.option(fc.array(payload, { minLength: 1, maxLength: 2 }), { nil: undefined }),
})

const advance = fc.constant('advance' as const)
const move: fc.Arbitrary<Move> = fc.oneof({ weight: 4, arbitrary: advance }, { weight: 1, arbitrary: append })
/** Of a subject that owes a part of the log: every other append is of what is not owed. */
const foreign = append.chain((each) => fc.boolean().map((is) => ({ ...each, foreign: is })))
const partlyForeign: fc.Arbitrary<Move> = fc.oneof({ weight: 4, arbitrary: advance }, { weight: 2, arbitrary: foreign })

/** A read that fails, at once or in the middle of its batch, once or several times in a row. */
const failing = fc.record({ failAfter: fc.nat(3), times: fc.constantFrom(1, 1, 3) })

const walk = (moves: fc.Arbitrary<Move>): fc.Arbitrary<Move[]> => fc.array(moves, { minLength: 1, maxLength: MAX_MOVES, size: 'max' })

const withFaults = (moves: fc.Arbitrary<Move>) => walk(fc.oneof({ weight: 12, arbitrary: moves }, { weight: 1, arbitrary: failing }))

/**
 * @param faults whether reads fail in some of them; not for a consumer that ends when one does.
 * @param others whether entries of others are appended, too; only for a subject that makes some.
 */
export function burst(faults = true, others = false): fc.Arbitrary<Schedule> {
  const moves = others ? partlyForeign : move
  const quiet = walk(moves)
  // Most of them without: a failed read leads away from what takes several batches to show.
  const walks = faults ? fc.oneof({ weight: 5, arbitrary: quiet }, { weight: 1, arbitrary: withFaults(moves) }) : quiet
  return fc.tuple(fc.constantFrom(10, 1, 2, 3), walks).map(([count, moves]) => {
    const steps = moves.map((each) => toStep(each, count))
    return schedule(steps, { read: { count } })
  })
}

function toStep(each: Move, count: number): Step {
  if (each === 'advance') return { advance: 0 }
  if ('times' in each) return { fail: 'read', times: each.times, ...(each.failAfter === 0 ? {} : { after: each.failAfter }) }
  const { size, payloads } = each
  return {
    append: SIZES[size](count),
    ...(payloads === undefined ? {} : { payloads }),
    ...(each.foreign ? { foreign: true as const } : {}),
  }
}
