import { advanceTo, append, loseAcknowledgement, scenario } from '../../src/schedule/scenario.js'

/** R33. An append is in the log, and its answer is lost with the connection: a client that sends it again adds it twice. */
export default scenario('wire-acknowledgement-lost', {
  summary: 'the answer to an append is lost with its connection',
  race: 'R33',
  rule: '1.3',
  needs: ['appendsThroughProbe'],
  steps: [advanceTo('blocked'), append(1), loseAcknowledgement(), append(1)],
})
