import { expect, it } from 'vitest'
import { abort, advanceTo, append, cut, disconnect, expire, reply, restart, slow } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { turnedTo } from '../../src/schedule/schedule.js'

it('gives what one consumer does to another, in every kind of step', () => {
  const steps = (consumer: number) => [
    advanceTo('blocked', { consumer }),
    expire(consumer),
    append(1),
    disconnect(consumer),
    reply('lost', consumer),
    cut(consumer),
    slow(100, consumer),
    restart('tail', consumer),
    abort(consumer),
  ]
  expect(turnedTo(schedule(steps(0)), 2, 3)).toEqual(schedule(steps(2), { consumers: 3 }))
  expect(turnedTo(schedule(steps(2), { consumers: 4 }), 2, 3)).toEqual(schedule(steps(0), { consumers: 4 }))
  expect(turnedTo(schedule(steps(1)), 0, 2)).toEqual(schedule(steps(1), { consumers: 2 }))
})
