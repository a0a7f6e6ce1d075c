/** Where the cursors and the tail stand at each row. */
import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../../src/dialects/redis/dialect.js'
import { snapshotCursor } from '../../../src/consumers/loops.js'
import type { CaseResult } from '../../../src/report/result.js'
import { positionsOf } from '../../../src/report/timeline/log.js'
import { timelineRows } from '../../../src/report/timeline/rows.js'
import { advanceTo, append, disconnect, trim } from '../../../src/schedule/scenario.js'
import { EMPTY_GAP, emptyGap, runCase } from '../runs.js'

/** `asked from tail entries` of each row that is a move. */
function told({ history, verdict }: CaseResult) {
  const rows = timelineRows(history, verdict, redisDialect)
  const positions = positionsOf(history, rows, verdict, redisDialect.ids)
  return rows.flatMap(({ n }, at) => {
    const { cursors, tail, entries } = positions[at]!
    const where = cursors.map(({ asked, from }) => `${asked}=${from ?? '?'}`).join(',')
    const log = entries.map(({ id, state }) => `${id} ${state}`).join(', ')
    return n === undefined ? [] : [[where, tail, log].join(' | ')]
  })
}

describe('positions', () => {
  it('show a "$" that is an id during its read alone, and the entry that it passes by', async () => {
    expect(told(await emptyGap())).toEqual([
      ' | 0-0 | ',
      '$=0-0 | 0-0 | ',
      '$=? | 0-0 | ',
      '$=? | 1-0 | 1-0 lost',
      '$=1-0 | 1-0 | 1-0 lost',
      '$=? | 1-0 | 1-0 lost',
    ])
  })

  it('show a cursor that stays where it is until something was delivered', async () => {
    const positions = told(await runCase(EMPTY_GAP, { consume: snapshotCursor }))
    expect(positions).toContain('0-0=0-0 | 1-0 | 1-0 waiting')
    expect(positions).toContain('0-0=0-0 | 1-0 | 1-0 delivered')
    expect(positions.at(-1)).toBe('1-0=1-0 | 1-0 | 1-0 delivered')
  })

  it('count rows that stand for several events to their end', async () => {
    const positions = told(await runCase([advanceTo('read-called'), append(5), trim(3)], { consume: snapshotCursor }))
    const five = ['1-0', '2-0', '3-0', '4-0', '5-0']
    expect(positions).toContain(` | 5-0 | ${five.map((id) => `${id} waiting`).join(', ')}`)
    expect(positions).toContain(` | 5-0 | ${five.map((id, at) => `${id} ${at < 2 ? 'removed' : 'waiting'}`).join(', ')}`)
  })

  it('are those of each consumer, and delivered is what everybody has', async () => {
    const steps = [advanceTo('blocked'), advanceTo('read-called', { consumer: 1 }), append(1), advanceTo('delivered')]
    const positions = told(await runCase(steps, { consumers: 2, consume: snapshotCursor }))
    expect(positions).toContain('0-0=0-0 | 1-0 | 1-0 waiting')
    expect(positions.at(-1)).toMatch(/^\S+=\S+,\S+=\S+ \| 1-0 \| 1-0 delivered$/)
  })

  it('name the gate at which a consumer is held while others move', async () => {
    const { history, verdict } = await emptyGap()
    const rows = timelineRows(history, verdict, redisDialect)
    const append = rows.findIndex(({ producerText }) => producerText === 'append s1')
    expect(positionsOf(history, rows, verdict, redisDialect.ids)[append]!.gates.get(0)).toBe('read-returned')
  })

  it('forget what "$" was when the connection is cut', async () => {
    const positions = told(await runCase([advanceTo('blocked'), disconnect(), append(1)]))
    expect(positions.slice(0, 3)).toEqual([' | 0-0 | ', '$=0-0 | 0-0 | ', '$=? | 0-0 | '])
  })
})
