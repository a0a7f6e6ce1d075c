/** What is put into entries that are drawn: payloads that codecs trip over, and values that nobody thought of. */
import fc from 'fast-check'
import type { Json } from '../contract/stream-repository.js'
import { type Random, integer, oneOf, seedOf } from '../random/seeded.js'

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

/** Any character, as `binary` of fast-check: that lists all 1,112,064 of them once, and takes longer for it than most runs take. */
const character = fc.nat(0x10ffff - HALVES).map((place) => String.fromCodePoint(place < SURROGATES ? place : place + HALVES))

/** How many are made up for a seed. */
const MADE_UP = 64

/** Draws payloads: three of four are known ones. */
export function payloads(seed: number): (random: Random) => Json {
  const madeUp = fc.sample(fc.jsonValue({ stringUnit: character }), { numRuns: MADE_UP, seed: seedOf(seed, 'payloads') }) as Json[]
  return (random) => oneOf(random, integer(random, 4) < 3 ? KNOWN : madeUp)
}
