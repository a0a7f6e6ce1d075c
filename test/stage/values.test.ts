/** Payloads as large as users have them: found out in a time that grows with their length, not with its square. */
import { describe, expect, it } from 'vitest'
import { Values, tokenOf } from '../../src/stage/values.js'
import { TOKEN } from '../../src/sources/wire/sentinels.js'

// With the square of its length this takes minutes, and the test its time-out.
const WORD = 'A'.repeat(1_000_000)

describe('an entry with a megabyte of one word', () => {
  it('is recognised by its token', () => {
    const values = new Values({ payload: (token) => ({ word: WORD, token }) })
    const data = values.create('s1')
    expect(values.identify({ id: '1-0', data })).toEqual({ id: '1-0', value: 's1' })
    expect(values.inFields('1-0', ['word', WORD, 'token', tokenOf('s2')])).toBe('s2')
    expect(values.identify({ id: '1-0', data: { word: WORD } })).toMatchObject({ id: '1-0', got: expect.stringContaining('A') })
  })

  it('is recognised on the wire, and so are tokens side by side', () => {
    expect(`${WORD} ${tokenOf('s1')}${tokenOf('s2')} {"x":"${tokenOf('s3')}"}`.match(TOKEN)).toEqual(['s1', 's2', 's3'].map(tokenOf))
  })
})

describe('entries that hold the same', () => {
  const three = () => {
    const values = new Values()
    const data = values.create('s1')
    expect(values.repeat('s2', 's1')).toEqual(data)
    expect(values.repeat('s3', 's1')).toEqual(data)
    for (const n of [1, 2, 3]) values.acknowledged(`s${n}`, `${n}-0`)
    return { values, data }
  }

  it('are told by their ids', () => {
    const { values, data } = three()
    expect(values.identify({ id: '2-0', data })).toEqual({ id: '2-0', value: 's2' })
    expect(values.identify({ id: '3-0', data })).toEqual({ id: '3-0', value: 's3' })
    expect(values.inFields('2-0', ['data', JSON.stringify(data)])).toBe('s2')
  })

  it('come in their order where frames carry no ids, and what comes behind the last is the last again', () => {
    const { values, data } = three()
    expect([1, 2, 3, 4].map(() => values.identify({ data }).value)).toEqual(['s1', 's2', 's3', 's3'])
  })

  it('are not what an id says that belongs to something else', () => {
    const { values, data } = three()
    const other = values.create('s4')
    values.acknowledged('s4', '4-0')
    expect(values.identify({ id: '4-0', data })).toMatchObject({ value: 's1' })
    expect(values.identify({ id: '4-0', data: other })).toEqual({ id: '4-0', value: 's4' })
  })

  it('keep their entry where a later one is given its id', () => {
    const { values, data } = three()
    values.acknowledged('s3', '1-0')
    expect(values.inFields('1-0', ['data', JSON.stringify(data)])).toBe('s1')
  })
})
