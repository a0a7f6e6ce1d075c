import { advanceTo, append, elsewhere, scenario } from '../../src/schedule/scenario.js'

/** R21. One answer brings entries of two streams: whoever handles the first and goes on has lost the other. */
export default scenario('wire-several-in-one-reply', {
  summary: 'one answer has entries of several streams',
  race: 'R21',
  rule: '4.8',
  needs: ['severalStreams'],
  steps: [advanceTo('blocked'), append(1), advanceTo('delivered'), append(1), elsewhere(1)],
})
