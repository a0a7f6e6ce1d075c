import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R3. The consumer has subscribed, and the producer is faster than its first read. */
export default scenario('before-first-read', {
  summary: 'an entry is added after the subscription and before the first read',
  race: 'R3',
  rule: '4.1',
  also: ['1.1', '2.2', '3.6'],
  steps: [advanceTo('read-called'), append(1)],
})
