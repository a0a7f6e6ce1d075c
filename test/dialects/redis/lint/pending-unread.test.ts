/** L4: a group consumer that reconnects. */
import { describe, expect, it } from 'vitest'
import { evidenceOf } from './play.js'

const said = (conversation: string) => evidenceOf(conversation, 'L4')
const WARNED = ['XREADGROUP workers on tasks from ">" after a reconnect, and no read of the pending list']

/** What was on its way when the connection broke. */
const BROKEN = `
  1  XREADGROUP GROUP workers w1 BLOCK 0 STREAMS tasks >
  1  closed
`
const NEW = '2  XREADGROUP GROUP workers w1 BLOCK 0 STREAMS tasks >'

describe('L4', () => {
  it.each([
    '2  XREADGROUP GROUP workers w1 BLOCK 0 CLAIM 5000 STREAMS tasks >',
    '2  XREADGROUP GROUP workers w1 CLAIM 0 COUNT 10 STREAMS other tasks > >',
    '2  XREADGROUP GROUP workers w1 BLOCK 0 STREAMS tasks >\n2  xreadgroup group workers w2 claim 0 streams tasks >',
  ])('a read that claims gives what is pending, too: %s', (next) => {
    expect(said(`${BROKEN}${next}`)).toEqual([])
  })

  it('a read that claims of another group or stream gives nothing of this one', () => {
    for (const [group, key] of [
      ['others', 'tasks'],
      ['workers', 'other'],
    ])
      expect(said(`${BROKEN}${NEW}\n3  XREADGROUP GROUP ${group} w1 CLAIM 0 STREAMS ${key} >`)).toEqual(WARNED)
  })

  it('warns when nothing but ">" follows on a read that was cut off', () => {
    expect(
      said(`
        1  XREADGROUP GROUP workers w1 BLOCK 0 STREAMS tasks >
        1  closed
        2  XREADGROUP GROUP workers w1 BLOCK 0 STREAMS tasks >
      `),
    ).toEqual(WARNED)
  })

  it('warns when what was given out was not acknowledged', () => {
    expect(said(`1  XREADGROUP GROUP workers w1 STREAMS tasks >  → 5-0 6-0\n1  XACK tasks workers 5-0 → 1\n1  closed\n${NEW}`)).toEqual(
      WARNED,
    )
  })

  it('warns when the list was read before the reconnect only', () => {
    expect(said(`1  XREADGROUP GROUP workers w1 STREAMS tasks 0 → empty\n${BROKEN}${NEW}`)).toEqual(WARNED)
  })

  it('warns when it was looked at, and something was there', () => {
    expect(said(`${BROKEN}2  XPENDING tasks workers - + 10 → 5-0\n${NEW}`)).toEqual(WARNED)
  })

  it.each([
    [
      'reads its list first',
      `
        1  XREADGROUP GROUP workers w1 BLOCK 0 STREAMS tasks >
        1  closed
        2  XREADGROUP GROUP workers w1 STREAMS tasks 0            → 5-0
        2  XREADGROUP GROUP workers w1 BLOCK 0 STREAMS tasks >
      `,
    ],
    ['reads its list later', `${BROKEN}${NEW}\n3  XREADGROUP GROUP workers w1 STREAMS tasks 0 → 5-0`],
    ['claims', `${BROKEN}${NEW}\n3  XAUTOCLAIM tasks workers w1 60000 0 → 5-0`],
    ['has claimed before', `3  XAUTOCLAIM tasks workers w1 60000 0 → 1-0\n${BROKEN}${NEW}`],
    ['looks, and finds nothing', `${BROKEN}2  XPENDING tasks workers - + 10 → []\n${NEW}`],
    ['looks, and claims what it finds', `${BROKEN}2  XPENDING tasks workers - + 10 → 5-0\n2  XCLAIM tasks workers w1 0 5-0 → 5-0\n${NEW}`],
    [
      'had acknowledged everything',
      `1  XREADGROUP GROUP workers w1 STREAMS tasks > → 5-0\n1  XACK tasks workers 5-0 → 1\n1  closed\n${NEW}`,
    ],
    ['has another consumer that reads on', `${BROKEN}2  XREADGROUP GROUP workers w2 STREAMS tasks >`],
    ['needs no list', '1  XREADGROUP GROUP g c NOACK STREAMS a >\n1  closed\n2  XREADGROUP GROUP g c NOACK STREAMS a >'],
    ['does not come back', BROKEN],
  ])('has nothing on a program that %s', (_, conversation) => {
    expect(said(conversation)).toEqual([])
  })
})
