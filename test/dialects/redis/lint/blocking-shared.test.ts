/** L2: a connection for waiting and for writing. */
import { describe, expect, it } from 'vitest'
import { evidenceOf } from './play.js'

const said = (conversation: string) => evidenceOf(conversation, 'L2')

describe('L2', () => {
  it('warns of an append behind a read that waits', () => {
    expect(
      said(`
        1  XREAD BLOCK 5000 STREAMS tasks 0-0
        1  XADD results * status done
      `),
    ).toEqual(['XADD sent behind XREAD BLOCK, which is waiting', 'XADD and XREAD BLOCK on one connection'])
  })

  it('warns of both on one connection, in either order, once', () => {
    expect(said('1  XADD a * f v → 1-0\n1  XREAD BLOCK 10 STREAMS a 0 → 1-0\n1  XADD a * f v → 2-0')).toEqual([
      'XADD and XREAD BLOCK on one connection',
    ])
  })

  it('warns of an acknowledgement that waits behind a read', () => {
    expect(said('1  XREADGROUP GROUP g c BLOCK 0 STREAMS a >\n1  XACK a g 1-0')).toEqual([
      'XACK sent behind XREADGROUP BLOCK, which is waiting',
    ])
  })

  it.each([
    [
      'writes through another connection',
      `
        1  XREAD BLOCK 5000 STREAMS tasks 0-0
        2  XADD results * status done            → 1-0
        1  ← 5-0
      `,
    ],
    ['does not block', '1  XREAD STREAMS a 0 → empty\n1  XADD a * f v → 1-0'],
    ['acknowledges between two reads', '1  XREADGROUP GROUP g c BLOCK 9 STREAMS a > → 1-0\n1  XACK a g 1-0 → 1'],
    ['looks into the stream behind its read', '1  XREAD BLOCK 9 STREAMS a 0\n1  XRANGE a - +'],
    ['writes on a new connection', '1  XREAD BLOCK 9 STREAMS a 0\n1  closed\n2  XADD a * f v → 1-0'],
  ])('has nothing on a program that %s', (_, conversation) => {
    expect(said(conversation)).toEqual([])
  })
})
