/** L6: a consumer that goes with its list. */
import { describe, expect, it } from 'vitest'
import { evidenceOf } from './play.js'

const said = (conversation: string) => evidenceOf(conversation, 'L6')

describe('L6', () => {
  it('warns when entries were pending', () => {
    expect(said('1  XGROUP DELCONSUMER tasks workers w1   → 3')).toEqual(['XGROUP DELCONSUMER tasks workers with 3 entries pending'])
    expect(said('1  XGROUP DELCONSUMER tasks workers w1   → 1')).toEqual(['XGROUP DELCONSUMER tasks workers with 1 entry pending'])
  })

  it.each([
    [
      'claims them first',
      `
        1  XAUTOCLAIM tasks workers w2 0 0       → 5-0 6-0
        1  XGROUP DELCONSUMER tasks workers w1   → 0
      `,
    ],
    ['is refused', '1  XGROUP DELCONSUMER tasks workers w1   → error'],
    ['makes one', '1  XGROUP CREATECONSUMER tasks workers w1   → 1'],
  ])('has nothing on a program that %s', (_, conversation) => {
    expect(said(conversation)).toEqual([])
  })
})
