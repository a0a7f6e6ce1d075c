/** L5: what the wire can tell of an early acknowledgement. */
import { describe, expect, it } from 'vitest'
import { evidenceOf } from './play.js'

const said = (conversation: string) => evidenceOf(conversation, 'L5')
const WARNED = ['XACK tasks workers of entries that the program was not given']

describe('L5', () => {
  it('warns of NOACK', () => {
    expect(said('1  XREADGROUP GROUP workers w1 COUNT 10 NOACK STREAMS tasks >   → 5-0')).toEqual([
      'XREADGROUP workers on tasks with NOACK',
    ])
  })

  it('warns when a pending list is emptied by its ids alone', () => {
    expect(
      said(`
        1  XPENDING tasks workers - + 10   → 5-0 6-0
        1  XACK tasks workers 5-0 6-0      → 2
      `),
    ).toEqual(WARNED)
  })

  it('warns when one of several was not given', () => {
    expect(said('1  XREADGROUP GROUP workers w1 STREAMS tasks > → 5-0\n1  XACK tasks workers 5-0 6-0 → 2')).toEqual(WARNED)
  })

  it('warns of a claim that brings the ids only', () => {
    expect(said('1  XCLAIM tasks workers w1 0 5-0 JUSTID → 5-0\n1  XACK tasks workers 5-0 → 1')).toEqual(WARNED)
  })

  it('sees it in a transaction', () => {
    expect(said('1  MULTI → OK\n1  XACK tasks workers 5-0 → QUEUED\n1  EXEC → [1]')).toEqual(WARNED)
  })

  it.each([
    [
      'acknowledges what it was given',
      `
        1  XREADGROUP GROUP workers w1 COUNT 10 STREAMS tasks >   → 5-0 6-0
        1  XACK tasks workers 5-0 6-0                             → 2
      `,
    ],
    ['acknowledges on another connection', '1  XREADGROUP GROUP workers w1 STREAMS tasks > → 5-0\n2  XACK tasks workers 5-0 → 1'],
    ['claims first', '1  XAUTOCLAIM tasks workers w1 0 0 → 5-0\n1  XACK tasks workers 5-0 → 1'],
    ['looks it up first', '1  XRANGE tasks 5-0 5-0 → 5-0\n1  XACK tasks workers 5-0 → 1'],
    ['names an id that is not pending', '1  XACK tasks workers 5-0 → 0'],
    ['rolls the transaction back', '1  MULTI → OK\n1  XACK tasks workers 5-0 → QUEUED\n1  EXEC → empty'],
    ['calls its consumer NOACK', '1  XREADGROUP GROUP workers NOACK STREAMS tasks > → 5-0'],
  ])('has nothing on a program that %s', (_, conversation) => {
    expect(said(conversation)).toEqual([])
  })
})
