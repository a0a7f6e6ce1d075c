import { advanceTo, append, remove, scenario } from '../src/schedule/scenario.js'

/**
 * R31. The last entry is deleted before the tail is asked for: XREVRANGE says 1-0, last-generated-id says 2-0. Either is a
 * cursor from which the next entry is read; that the tail stays at 2-0 is judged where it is declared.
 */
export default scenario('tail-deleted', {
  summary: 'the last entry is deleted, then the tail is asked for, then an entry is added',
  race: 'R31',
  rule: '2.5',
  also: ['4.1'],
  steps: [append(2), remove(2), advanceTo('read-called'), append(1)],
})
