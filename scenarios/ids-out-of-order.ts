import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/**
 * R29. Two producers choose ids themselves, and the smaller one comes second. The store rejects it, and its producer is
 * told; nothing of it may turn up, and what comes after it is owed as ever.
 */
export default scenario('ids-out-of-order', {
  summary: 'an entry with an explicit id below the last one is rejected, and others follow',
  race: 'R29',
  rule: '1.2',
  also: ['1.4'],
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['5-0'] }),
    append(1, { ids: ['3-0'] }),
    advanceTo('delivered'),
    append(1, { ids: ['4-9'] }),
    append(1, { ids: ['5-1'] }),
  ],
})
