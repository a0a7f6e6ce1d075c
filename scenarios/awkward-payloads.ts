import type { Json } from '../src/contract/stream-repository.js'
import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** 64 KB, of characters that take one, two, three and four bytes. */
const LARGE = 'aß漢🏁'.repeat(6554)

const nested = (depth: number): Json => (depth === 0 ? [] : { in: [nested(depth - 1)] })

const PAYLOADS: readonly Json[] = [
  '',
  'ünïcödé 漢字 🏁 \u2028 \u0000 "quoted" \\ \r\n\t',
  // Not in a composed form, and not to be put into one.
  'e\u0301 \u212b',
  '2026-01-02T03:04:05.678Z',
  {},
  [[], {}, null, false, 0, -1.5e-7, 9007199254740991, '0', 'null'],
  // An own key of this name: an object literal would set the prototype instead.
  JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null,"":""}') as Json,
  nested(40),
  { $: '$', '>': '0-0', 'a.b': 1, data: 'data' },
  LARGE,
]

/** Payloads that codecs trip over: each comes back as it went in, whichever way the consumer gets it. */
export default scenario('awkward-payloads', {
  summary: 'entries with unicode, empty, nested, large and oddly named payloads are added',
  rule: '1.5',
  steps: [advanceTo('read-called'), append(PAYLOADS.length, { payloads: PAYLOADS })],
})
