import { advanceTo, append, elsewhere, scenario } from '../../src/schedule/scenario.js'

/** R22. One of several streams has something, and the others are asked for from their tails of now once more. */
export default scenario('wire-several-at-tail', {
  summary: 'of several streams another one has an entry, and this one gets its own before it is asked for again',
  race: 'R22',
  rule: '4.2',
  needs: ['severalStreams'],
  steps: [advanceTo('blocked'), elsewhere(1), advanceTo('read-called'), append(1)],
})
