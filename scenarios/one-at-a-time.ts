import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** Each read returns one entry, so that every entry but the first is due at a read that follows another. */
export default scenario('one-at-a-time', {
  summary: 'three entries are read with a count of 1',
  rule: '3.5',
  also: ['3.4', '3.6', '1.7'],
  read: { count: 1 },
  steps: [advanceTo('read-called'), append(3), advanceTo('delivered'), append(1)],
})
