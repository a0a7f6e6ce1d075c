/** L7: a stream that is shorter than its readers are slow. */
import { describe, expect, it } from 'vitest'
import { evidenceOf } from './play.js'

const said = (conversation: string) => evidenceOf(conversation, 'L7')

describe('L7', () => {
  it('warns when a reader asks for more than is kept', () => {
    const warned = ['XADD MAXLEN ~ 10 on tasks, which is read with COUNT 100']
    expect(
      said(`
        1  XREAD COUNT 100 BLOCK 2000 STREAMS tasks 0-0
        2  XADD tasks MAXLEN ~ 10 * status done           → 1-0
      `),
    ).toEqual(warned)
    expect(said('1  XADD tasks MAXLEN ~ 10 * f v → 1-0\n1  XREADGROUP GROUP g c COUNT 100 STREAMS tasks >')).toEqual(warned)
  })

  it.each([
    'IDMPAUTO p MAXLEN 10 *',
    'IDMP p i MAXLEN 10 *',
    'MAXLEN 10 IDMPAUTO p *',
    'idmpauto p maxlen = 10 *',
    'IDMPAUTO MAXLEN MAXLEN 10 *',
    'NOMKSTREAM KEEPREF IDMP p MAXLEN MAXLEN 10 LIMIT 5 *',
    'MINID 5 MAXLEN 10 *',
    'ACKED MAXLEN 10 NOMKSTREAM *',
  ])('finds the length among the options: %s', (options) => {
    expect(said(`1  XREAD COUNT 100 STREAMS tasks 0-0\n2  XADD tasks ${options} status done → 1-0`)).toEqual([
      'XADD MAXLEN 10 on tasks, which is read with COUNT 100',
    ])
  })

  it.each(['IDMPAUTO MAXLEN *', 'IDMP MAXLEN 10 *', 'MINID ~ 10 LIMIT 10 *', 'NOMKSTREAM * MAXLEN 10', '* MAXLEN 10'])(
    'takes nothing else for it: %s',
    (options) => {
      expect(said(`1  XREAD COUNT 100 STREAMS tasks 0-0\n2  XADD tasks ${options} status done → 1-0`)).toEqual([])
    },
  )

  it('finds it in XTRIM and in a transaction, too', () => {
    const read = '1  XREAD COUNT 100 STREAMS tasks 0-0\n'
    expect(said(`${read}2  XTRIM tasks KEEPREF MAXLEN 10 → 3`)).toEqual(['XTRIM MAXLEN 10 on tasks, which is read with COUNT 100'])
    expect(said(`${read}2  MULTI → OK\n2  XADD tasks IDMPAUTO p MAXLEN 10 * f v → QUEUED\n2  EXEC → [1-0]`)).toEqual([
      'XADD MAXLEN 10 on tasks, which is read with COUNT 100',
    ])
  })

  it('warns when a reader is overtaken', () => {
    expect(
      said(`
        1  XREAD COUNT 1 STREAMS tasks 0-0       → empty
        2  XADD tasks MAXLEN 2 * step 1          → 1-0
        2  XADD tasks MAXLEN 2 * step 2          → 2-0
        2  XADD tasks MAXLEN 2 * step 3          → 3-0
        2  XADD tasks MAXLEN 2 * step 4          → 4-0
      `),
    ).toEqual(['XADD MAXLEN 2 on tasks, while a reader is more than 2 behind'])
  })

  it('warns when a group is overtaken, over any connection', () => {
    const add = (id: number) => `2  XADD a * f v → ${id}-0\n`
    const group = '1  XREADGROUP GROUP g c STREAMS a > → 1-0\n1  closed\n'
    expect(said(`${add(1)}${group}${add(2)}${add(3)}3  XTRIM a MAXLEN = 1 → 2`)).toEqual([
      'XTRIM MAXLEN 1 on a, while a reader is more than 1 behind',
    ])
  })

  it('knows where a reader stands that began at "$"', () => {
    const add = (id: number) => `2  XADD a MAXLEN 1 * f v → ${id}-0\n`
    const begins = '1  XREAD BLOCK 0 STREAMS a $\n'
    expect(said(`${add(1)}${add(2)}${begins}${add(3)}`)).toEqual([])
    expect(said(`${add(1)}${add(2)}${begins}${add(3)}${add(4)}`)).toHaveLength(1)
  })

  it.each([
    [
      'keeps enough, and reads on',
      `
        1  XREAD COUNT 10 STREAMS tasks 0-0         → empty
        2  XADD tasks MAXLEN ~ 10000 * step 1       → 1-0
        1  XREAD COUNT 10 STREAMS tasks 0-0         → 1-0
        2  XADD tasks MAXLEN ~ 10000 * step 2       → 2-0
      `,
    ],
    ['is just behind', '1  XREAD STREAMS a 0 → empty\n2  XADD a MAXLEN 2 * f v → 1-0\n2  XADD a MAXLEN 2 * f v → 2-0'],
    ['trims by age', '1  XREAD COUNT 9 STREAMS a 0 → empty\n2  XADD a MINID 5 * f v → 9-0'],
    ['calls a field MAXLEN', '1  XREAD COUNT 9 STREAMS a 0 → empty\n2  XADD a NOMKSTREAM * MAXLEN 1 → 9-0'],
    ['trims another stream', '1  XREAD COUNT 9 STREAMS a 0 → empty\n2  XADD b MAXLEN 1 * f v → 9-0'],
    ['does not trim', '1  XREAD COUNT 9 STREAMS a 0 → empty\n2  XADD a * f v → 9-0'],
    ['has left', '1  XREAD STREAMS a 0 → empty\n1  closed\n2  XADD a MAXLEN 1 * f v → 1-0\n2  XADD a MAXLEN 1 * f v → 2-0'],
  ])('has nothing on a program that %s', (_, conversation) => {
    expect(said(conversation)).toEqual([])
  })
})
