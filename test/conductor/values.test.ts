/** Payloads as large as users have them: found out in a time that grows with their length, not with its square. */
import { describe, expect, it } from 'vitest'
import { Values, tokenOf } from '../../src/conductor/values.js'
import { TOKEN } from '../../src/wire/sentinels.js'

// With the square of its length this takes minutes, and the test its time-out.
const WORD = 'A'.repeat(1_000_000)

describe('an entry with a megabyte of one word', () => {
  it('is recognised by its token', () => {
    const values = new Values((token) => ({ word: WORD, token }))
    const data = values.create('s1')
    expect(values.identify({ id: '1-0', data })).toEqual({ id: '1-0', value: 's1' })
    expect(values.inFields('1-0', ['word', WORD, 'token', tokenOf('s2')])).toBe('s2')
    expect(values.identify({ id: '1-0', data: { word: WORD } })).toMatchObject({ id: '1-0', got: expect.stringContaining('A') })
  })

  it('is recognised on the wire, and so are tokens side by side', () => {
    expect(`${WORD} ${tokenOf('s1')}${tokenOf('s2')} {"x":"${tokenOf('s3')}"}`.match(TOKEN)).toEqual(['s1', 's2', 's3'].map(tokenOf))
  })
})
