import { advance, advanceTo, append, scenario } from '../src/schedule/scenario.js'

const inTurns = Array.from({ length: 8 }, () => [advance(), advance(1)]).flat()

/** Two consumers ask from the same place for more than one read gives, first in step, then one ahead: neither may see what the other took. */
export default scenario('two-at-one-cursor', {
  summary: 'two consumers read the same backlog from the same cursor, entry by entry in turns',
  rule: '3.10',
  also: ['4.9', '3.4'],
  consumers: 2,
  read: { count: 2 },
  steps: [
    advanceTo('read-called'),
    advanceTo('read-called', { consumer: 1 }),
    append(5),
    ...inTurns,
    append(5),
    advance(),
    advance(),
    advance(),
    ...inTurns,
  ],
})
