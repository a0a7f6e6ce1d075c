import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R27. Several entries share a millisecond: the one above 1-0 is 1-1, and a cursor that was added to has passed it. */
export default scenario('sequence-counts-on', {
  summary: 'the ids that follow differ in their sequence alone',
  race: 'R27',
  rule: '3.2',
  also: ['3.1'],
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['1-0'] }),
    advanceTo('delivered'),
    append(2, { ids: ['1-1', '1-2'] }),
    advanceTo('delivered'),
    advanceTo('delivered'),
    advanceTo('blocked'),
    append(1, { ids: ['1-3'] }),
  ],
})
