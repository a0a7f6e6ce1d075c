import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LATEST, ORIGIN, type StreamId, compareIds, isAfter, isStreamId, maxId, parseStreamId } from '../../src/contract/stream-id.js'

const MAX = 18446744073709551615n

/** Numbers of every length, and the places where a digit more or a bit more begins. */
const part = fc.oneof(
  fc.bigInt({ min: 0n, max: MAX }),
  fc.bigInt({ min: 0n, max: 120n }),
  fc.constantFrom(0n, 1n, 9n, 10n, 99n, 100n, (1n << 53n) - 1n, 1n << 53n, (1n << 53n) + 1n, (1n << 63n) - 1n, 1n << 63n, MAX - 1n, MAX),
)
const pair = fc.tuple(part, part)
const idOf = ([ms, seq]: readonly [bigint, bigint]): StreamId => parseStreamId(`${ms}-${seq}`)
const comparePairs = (a: readonly [bigint, bigint], b: readonly [bigint, bigint]) => {
  const [x, y] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]]
  return x < y ? -1 : x > y ? 1 : 0
}

describe('compareIds', () => {
  it('agrees with pairs of 64-bit numbers', () => {
    fc.assert(fc.property(pair, pair, (a, b) => Math.sign(compareIds(idOf(a), idOf(b))) === comparePairs(a, b)))
  })

  it('is a total order', () => {
    fc.assert(
      fc.property(pair, pair, pair, (...pairs) => {
        const [a, b, c] = pairs.map(idOf) as [StreamId, StreamId, StreamId]
        expect(compareIds(a, a)).toBe(0)
        expect(Math.sign(compareIds(a, b))).toBe(-Math.sign(compareIds(b, a)) + 0)
        expect(compareIds(a, b) === 0).toBe(a === b)
        if (compareIds(a, b) <= 0 && compareIds(b, c) <= 0) expect(compareIds(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('sorts as numbers sort', () => {
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        expect(pairs.map(idOf).sort(compareIds)).toEqual([...pairs].sort(comparePairs).map(idOf))
      }),
    )
  })

  it.each([
    ['9-0', '10-0'],
    ['5-9', '5-10'],
    ['5-18446744073709551615', '6-0'],
    ['9007199254740992-0', '9007199254740993-0'],
    [ORIGIN, '0-1'],
    ['18446744073709551615-18446744073709551614', '18446744073709551615-18446744073709551615'],
  ])('puts %s before %s', (low, high) => {
    const [a, b] = [parseStreamId(low), parseStreamId(high)]
    expect([compareIds(a, b) < 0, compareIds(b, a) > 0, isAfter(b, a), isAfter(a, b), isAfter(a, a)]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
    expect([maxId(a, b), maxId(b, a), maxId(a, a)]).toEqual([b, b, a])
  })
})

describe('isStreamId', () => {
  it('takes every canonical pair of 64-bit numbers', () => {
    fc.assert(fc.property(pair, ([ms, seq]) => isStreamId(`${ms}-${seq}`)))
  })

  it('takes nothing beyond 64 bits', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: MAX + 1n, max: MAX * 20n }),
        part,
        (beyond, seq) => !isStreamId(`${beyond}-${seq}`) && !isStreamId(`${seq}-${beyond}`),
      ),
    )
  })

  it.each([
    LATEST,
    '',
    '-',
    '1',
    '1-',
    '-1',
    '1-2-3',
    '01-0',
    '1-00',
    '+1-0',
    '1-0 ',
    ' 1-0',
    '1-0\n',
    '1.0-0',
    '1e3-0',
    '0x1-0',
    '１-0',
    'a-b',
    '*',
    '1-*',
    '-',
    '+',
  ])('does not take %j', (text) => {
    expect(isStreamId(text)).toBe(false)
    expect(() => parseStreamId(text)).toThrow(RangeError)
    expect(() => parseStreamId(text)).toThrow(`"${text}" is not a stream id`)
  })

  it.each([undefined, null, 1, 1n, ['1-0'], { toString: () => '1-0' }])('does not take what is no text: %s', (value) => {
    expect(isStreamId(value)).toBe(false)
  })

  it('says the same of any text as parseStreamId does', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,21}-\d{0,21}$/))
    fc.assert(
      fc.property(text, (each) => {
        if (isStreamId(each)) expect(parseStreamId(each)).toBe(each)
        else expect(() => parseStreamId(each)).toThrow(RangeError)
      }),
    )
  })
})
