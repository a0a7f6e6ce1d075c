import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** At each gate of two rounds, one, count or count + 1 entries are added. What the bursts do at random, once by hand. */
export default scenario('burst-at-every-gate', {
  summary: 'one, two or three entries are added at each gate, with a count of 2',
  rule: '4.8',
  also: ['5.2', '4.7'],
  read: { count: 2 },
  steps: [
    advanceTo('read-called'),
    append(3),
    advanceTo('read-returned', { outcome: 'batch' }),
    append(2),
    advanceTo('delivered'),
    append(1),
    advanceTo('blocked'),
    append(3),
    advanceTo('read-returned', { outcome: 'empty' }),
    append(2),
    advanceTo('read-called'),
    append(3),
  ],
})
