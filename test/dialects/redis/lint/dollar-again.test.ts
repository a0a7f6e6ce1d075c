/** L1: "$" asked for again. */
import { describe, expect, it } from 'vitest'
import { evidenceOf, warningsOf } from './play.js'

const said = (conversation: string) => evidenceOf(conversation, 'L1')

describe('L1', () => {
  it('warns of "$" after an empty answer', () => {
    expect(
      said(`
        1  XREAD BLOCK 2000 STREAMS tasks $   → empty
        1  XREAD BLOCK 2000 STREAMS tasks $   → 7-0
      `),
    ).toEqual(['XREAD BLOCK on tasks from "$" again, after an empty answer'])
  })

  it('warns of "$" after entries, an error, and a read that was given up', () => {
    expect(
      said(`
        1  XREAD BLOCK 2000 STREAMS tasks $   → 5-0
        1  XREAD BLOCK 2000 STREAMS tasks $   → error
        1  XREAD BLOCK 2000 STREAMS tasks $
        1  XREAD BLOCK 2000 STREAMS tasks $
      `),
    ).toEqual([
      'XREAD BLOCK on tasks from "$" again, after entries',
      'XREAD BLOCK on tasks from "$" again, after an error',
      'XREAD BLOCK on tasks from "$" again, after no answer',
    ])
  })

  it('counts how often', () => {
    const read = '1  XREAD BLOCK 100 STREAMS tasks $   → empty\n'
    expect(warningsOf(read.repeat(5), 'L1')).toMatchObject([{ rule: 'L1', connection: 'connection 1', count: 4 }])
  })

  it('warns where only one of two streams is asked for again', () => {
    expect(
      said(`
        1  XREAD BLOCK 2000 STREAMS a b $ $     → 5-0
        1  XREAD BLOCK 2000 STREAMS a b 5-0 $   → empty
      `),
    ).toEqual(['XREAD BLOCK on b from "$" again, after an empty answer'])
  })

  it('warns on a new connection of the same name, when the one before is closed', () => {
    const warnings = warningsOf(
      `
        1  CLIENT SETNAME follower             → OK
        1  XREAD BLOCK 0 STREAMS tasks $
        1  closed
        2  CLIENT SETNAME follower             → OK
        2  XREAD BLOCK 0 STREAMS tasks $
      `,
      'L1',
    )
    expect(warnings).toEqual([
      { rule: 'L1', connection: 'connection 2 (follower)', evidence: 'XREAD BLOCK on tasks from "$" again, after a reconnect', count: 1 },
    ])
  })

  it('warns on a new connection where one without a name was cut off', () => {
    expect(
      said(`
        1  XREAD BLOCK 0 STREAMS tasks $
        1  cut off
        2  XREAD BLOCK 0 STREAMS tasks $
      `),
    ).toEqual(['XREAD BLOCK on tasks from "$" again, after a reconnect'])
  })

  it.each([
    [
      'reads on from ids',
      `
        1  XREAD BLOCK 2000 STREAMS tasks $     → 5-0
        1  XREAD BLOCK 2000 STREAMS tasks 5-0   → empty
        1  XREAD BLOCK 2000 STREAMS tasks 5-0   → 7-0
      `,
    ],
    [
      'takes the tail first',
      `
        1  XREVRANGE tasks + - COUNT 1            → empty
        1  XREAD BLOCK 2000 STREAMS tasks 0-0     → empty
        1  XREAD BLOCK 2000 STREAMS tasks 0-0     → 7-0
      `,
    ],
    ['follows two streams', '1  XREAD STREAMS a $ → empty\n1  XREAD STREAMS b $ → empty'],
    ['follows one stream on two connections', '1  XREAD STREAMS a $ → empty\n2  XREAD STREAMS a $ → empty'],
    ['has one reader leave and another come', '1  XREAD STREAMS a $ → empty\n1  closed\n2  XREAD STREAMS a $ → empty'],
    ['comes back with an id', '1  XREAD STREAMS a $ → 5-0\n1  cut off\n2  XREAD STREAMS a 5-0\n3  XREAD STREAMS a $'],
    ['was cut off when it had read from an id', '1  XREAD STREAMS a 0\n1  cut off\n2  XREAD STREAMS a $'],
    ['has one name for two that are open', '1  CLIENT SETNAME x\n1  XREAD STREAMS a $\n2  CLIENT SETNAME x\n2  XREAD STREAMS a $'],
  ])('has nothing on a program that %s', (_, conversation) => {
    expect(said(conversation)).toEqual([])
  })
})
