import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/** The tail cannot be had for a while: whoever starts somewhere else by then has all of the history again, or a gap. */
export default scenario('tail-fails-again-and-again', {
  summary: 'three questions for the tail in a row fail, on a topic that has a history',
  rule: '4.5',
  also: ['4.1'],
  needs: ['retries'],
  steps: [append(2), advanceTo('tail-called'), fail('tail', { times: 3 }), advanceTo('read-called'), append(1)],
})
