/** L3: a group that begins at "$". */
import { describe, expect, it } from 'vitest'
import { evidenceOf } from './play.js'

const said = (conversation: string) => evidenceOf(conversation, 'L3')

describe('L3', () => {
  it('warns of a group that is created at "$"', () => {
    expect(said('1  XGROUP CREATE tasks workers $ MKSTREAM   → OK')).toEqual(['XGROUP CREATE tasks workers $'])
  })

  it('warns of one that is put there', () => {
    expect(said('1  XGROUP SETID tasks workers $   → OK')).toEqual(['XGROUP SETID tasks workers $'])
  })

  it.each([
    ['creates it at 0', '1  XGROUP CREATE tasks workers 0 MKSTREAM   → OK'],
    ['finds it there', '1  XGROUP CREATE tasks workers $ MKSTREAM   → error'],
    ['has not got an answer', '1  XGROUP CREATE tasks workers $'],
    ['gives the transaction up', '1  MULTI → OK\n1  XGROUP CREATE a g $ → QUEUED\n1  DISCARD → OK'],
  ])('has nothing on a program that %s', (_, conversation) => {
    expect(said(conversation)).toEqual([])
  })
})
