import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LATEST, ORIGIN, compareIds, parseStreamId } from '../../src/contract/stream-id.js'
import { MemoryStream } from '../../src/model/memory-stream.js'

const MAX = '18446744073709551615'
const id = parseStreamId
const ids = (stream: MemoryStream, after: string = ORIGIN, count = 100) => stream.range('t', after, count).map((entry) => entry.id)

function filled(...entries: readonly string[]): MemoryStream {
  const stream = new MemoryStream()
  for (const each of entries) stream.add('t', each, id(each))
  return stream
}

describe('XADD', () => {
  it('assigns ids that rise', () => {
    const stream = new MemoryStream()
    expect([stream.add('t', 'a'), stream.add('t', 'b'), stream.add('t', 'c')]).toEqual(['1-0', '2-0', '3-0'])
  })

  it('assigns as many in one millisecond as it is told to, and the next one to a topic that is made anew', () => {
    const stream = new MemoryStream({ idsPerMillisecond: 3 })
    const three = () => [stream.add('t', 'a'), stream.add('t', 'b'), stream.add('t', 'c')]
    expect([...three(), ...three()]).toEqual(['1-0', '1-1', '1-2', '2-0', '2-1', '2-2'])
    stream.drop('t')
    expect(stream.add('t', 'd')).toBe('3-0')
    stream.add('t', 'e', id('9-0'))
    stream.drop('t')
    expect(stream.add('t', 'f')).toBe('10-0')
  })

  it('assigns ids topic by topic', () => {
    const stream = new MemoryStream()
    stream.add('t', 'a')
    expect([stream.add('u', 'a'), stream.add('t', 'b')]).toEqual(['1-0', '2-0'])
  })

  it('takes an explicit id above the last one, and none at it or below, by number', () => {
    const stream = filled('5-9')
    expect(stream.add('t', 'x', id('5-10'))).toBe('5-10')
    expect(stream.add('t', 'x', id('10-0'))).toBe('10-0')
    for (const low of ['10-0', '9-99', '5-11', '0-1'])
      expect(() => stream.add('t', 'x', id(low))).toThrow('equal or smaller than the target stream top item')
    expect(ids(stream)).toEqual(['5-9', '5-10', '10-0'])
  })

  it('takes 0-1, and not 0-0', () => {
    expect(() => new MemoryStream().add('t', 'x', ORIGIN)).toThrow('must be greater than 0-0')
    expect(new MemoryStream().add('t', 'x', id('0-1'))).toBe('0-1')
  })

  it('compares with the highest id ever given, not with what is left', () => {
    const stream = filled('5-0', '6-0')
    stream.delete('t', id('6-0'))
    expect(() => stream.add('t', 'x', id('6-0'))).toThrow(RangeError)
    expect(compareIds(stream.add('t', 'x'), id('6-0'))).toBeGreaterThan(0)
  })

  it('counts the sequence on where the time is ahead of any clock', () => {
    expect(filled(`${MAX}-0`).add('t', 'x')).toBe(`${MAX}-1`)
    expect(filled(`${MAX}-9007199254740993`).add('t', 'x')).toBe(`${MAX}-9007199254740994`)
  })

  it('takes the next millisecond where the sequence is used up', () => {
    expect(filled(`18446744073709551614-${MAX}`).add('t', 'x')).toBe(`${MAX}-0`)
  })

  it('has no id left after the last one', () => {
    expect(() => filled(`${MAX}-${MAX}`).add('t', 'x')).toThrow('exhausted the last possible ID')
  })

  it('only ever gives higher ids, whatever is done in between', () => {
    const action = fc.oneof(
      fc.constant('add' as const),
      fc.constant('trim' as const),
      fc.constant('drop' as const),
      fc.tuple(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: 0n, max: 3n })),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const stream = new MemoryStream()
        let last = ORIGIN
        for (const each of actions) {
          if (each === 'trim') stream.trim('t', 1)
          else if (each === 'drop') stream.drop('t')
          else if (each === 'add') {
            const given = stream.add('t', 'x')
            expect(compareIds(given, last)).toBeGreaterThan(0)
            last = given
          } else {
            const explicit = id(`${each[0]}-${each[1]}`)
            if (compareIds(explicit, stream.lastGenerated('t')) > 0) stream.add('t', 'x', explicit)
            if (compareIds(explicit, last) > 0 && stream.lastGenerated('t') === explicit) last = explicit
          }
        }
      }),
    )
  })
})

describe('XREAD', () => {
  it('takes the cursor exclusively, and at most count', () => {
    const stream = filled('1-0', '2-0', '3-0')
    expect(ids(stream, '1-0')).toEqual(['2-0', '3-0'])
    expect(ids(stream, '1-0', 1)).toEqual(['2-0'])
    expect(ids(stream, '3-0')).toEqual([])
  })

  it('takes a cursor that is no entry, by number', () => {
    const stream = filled('9-9', '9-10', '10-0', '10-1')
    expect(ids(stream, '9-9')).toEqual(['9-10', '10-0', '10-1'])
    expect(ids(stream, '9-11')).toEqual(['10-0', '10-1'])
    expect(ids(stream, '0-0', 2)).toEqual(['9-9', '9-10'])
    expect(ids(stream, `${MAX}-${MAX}`)).toEqual([])
  })

  it('takes "$" as above all that is there', () => {
    expect(ids(filled('1-0'), LATEST)).toEqual([])
  })

  it('finds nothing in a topic that is not there, and refuses what is no id', () => {
    expect(new MemoryStream().range('t', ORIGIN, 1)).toEqual([])
    expect(() => filled('1-0').range('t', 'last', 1)).toThrow(RangeError)
  })

  it('keeps topics apart, even those whose names begin alike', () => {
    const stream = filled('1-0')
    stream.add('t:elsewhere', 'x')
    expect([ids(stream), stream.all('t').length, [...stream.topics()].sort()]).toEqual([['1-0'], 1, ['t', 't:elsewhere']])
  })

  it('gives the entries above the cursor, in order, as many as asked for', () => {
    const entries = fc.uniqueArray(
      fc.tuple(fc.nat(12), fc.nat(12)).map(([ms, seq]) => id(`${ms + 1}-${seq}`)),
      { maxLength: 20 },
    )
    const cursor = fc.tuple(fc.nat(14), fc.nat(14)).map(([ms, seq]) => id(`${ms}-${seq}`))
    fc.assert(
      fc.property(entries, cursor, fc.integer({ min: 1, max: 25 }), (all, after, count) => {
        const sorted = [...all].sort(compareIds)
        expect(ids(filled(...sorted), after, count)).toEqual(sorted.filter((each) => compareIds(each, after) > 0).slice(0, count))
      }),
    )
  })
})

describe('XREVRANGE: the tail', () => {
  it('is the origin of an empty or missing topic, else the last entry', () => {
    const stream = new MemoryStream()
    expect(stream.tail('t')).toBe(ORIGIN)
    stream.add('t', 'x')
    stream.add('t', 'x')
    expect(stream.tail('t')).toBe('2-0')
  })

  it('goes back when the last entry is deleted or all are trimmed, and "$" does not', () => {
    const stream = filled('5-0', '6-0')
    expect(stream.delete('t', id('6-0'))).toBe(true)
    expect([stream.tail('t'), stream.lastGenerated('t')]).toEqual(['5-0', '6-0'])
    stream.trim('t', 0)
    expect([stream.tail('t'), stream.lastGenerated('t')]).toEqual([ORIGIN, '6-0'])
  })
})

describe('XTRIM, XDEL, DEL', () => {
  it('trims the oldest, exactly, and says which', () => {
    const stream = filled('1-0', '2-0', '3-0')
    expect(stream.trim('t', 5)).toEqual([])
    expect(stream.trim('t', 1)).toEqual(['1-0', '2-0'])
    expect([ids(stream), new MemoryStream().trim('t', 0)]).toEqual([['3-0'], []])
  })

  it('deletes one, once, and says whether it was there', () => {
    const stream = filled('1-0', '2-0')
    expect([stream.delete('t', id('1-0')), stream.delete('t', id('1-0')), stream.delete('u', id('1-0'))]).toEqual([true, false, false])
    expect(ids(stream)).toEqual(['2-0'])
  })

  it('drops the topic with its last id, but time goes on', () => {
    const stream = filled('5-0')
    stream.drop('t')
    expect([stream.tail('t'), stream.lastGenerated('t'), stream.topics()]).toEqual([ORIGIN, ORIGIN, []])
    expect(compareIds(stream.add('t', 'x'), id('5-0'))).toBeGreaterThan(0)
    stream.drop('t')
    expect(stream.add('t', 'x', id('1-0'))).toBe('1-0')
  })
})

describe('BLOCK', () => {
  it('is served by an entry above its cursor', async () => {
    const stream = filled('1-0')
    const waiter = stream.wait('t', '1-0', 10)
    expect([waiter.waiting, stream.waiting().length]).toEqual([true, 1])
    stream.add('t', 'x')
    expect([await waiter.ended, waiter.waiting, stream.waiting().length]).toEqual(['served', false, 0])
  })

  it('is not served by one below its cursor, nor by another topic', () => {
    const stream = filled('1-0')
    const waiter = stream.wait('t', '9-0', 10)
    stream.add('t', 'x', id('8-0'))
    stream.add('u', 'x', id('10-0'))
    expect(waiter.waiting).toBe(true)
    stream.add('t', 'x', id('9-1'))
    expect(waiter.waiting).toBe(false)
  })

  it('takes "$" as the highest id ever given when the wait begins', () => {
    const stream = filled('5-0', '6-0')
    stream.delete('t', id('6-0'))
    expect(stream.wait('t', LATEST, 10).after).toBe('6-0')
    expect(new MemoryStream().wait('t', LATEST, 10).after).toBe(ORIGIN)
  })

  it('serves all who wait', async () => {
    const stream = new MemoryStream()
    const waiters = [stream.wait('t', ORIGIN, 10), stream.wait('t', LATEST, 10)]
    stream.add('t', 'x')
    expect(await Promise.all(waiters.map(({ ended }) => ended))).toEqual(['served', 'served'])
  })

  it.each(['expired', 'aborted', 'disconnected'] as const)('ends %s, once, and is not served afterwards', async (how) => {
    const stream = new MemoryStream()
    const waiter = stream.wait('t', ORIGIN, 10)
    waiter.end(how)
    waiter.end('expired')
    stream.add('t', 'x')
    expect([await waiter.ended, stream.waiting().length]).toEqual([how, 0])
  })

  it('is not served by what happens while its connection is cut', async () => {
    const stream = new MemoryStream()
    const waiter = stream.wait('t', ORIGIN, 10)
    expect(waiter.disconnect(() => stream.add('t', 'x'))).toBe('1-0')
    expect(await waiter.ended).toBe('disconnected')
  })

  it('tells who watches it', () => {
    const stream = new MemoryStream()
    const seen: string[] = []
    stream.onWait = ({ topic, after }) => seen.push(`${topic} ${after}`)
    stream.wait('t', ORIGIN, 10)
    expect(seen).toEqual(['t 0-0'])
  })

  it('refuses what is no id', () => {
    expect(() => new MemoryStream().wait('t', 'last', 10)).toThrow(RangeError)
  })
})
