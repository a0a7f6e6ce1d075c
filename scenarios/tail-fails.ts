import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/** The tail cannot be had at the start: neither 0-0 nor "now" may stand in for it. */
export default scenario('tail-fails', {
  summary: 'the first question for the tail fails, on a topic that has a history',
  rule: '4.5',
  also: ['4.1'],
  needs: ['retries'],
  steps: [append(2), advanceTo('tail-called'), fail('tail'), advanceTo('read-called'), append(1)],
})
