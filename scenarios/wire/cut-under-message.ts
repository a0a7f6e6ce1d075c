import { advanceTo, append, cut, scenario } from '../../src/schedule/scenario.js'

/** R9, of a channel. The server has sent the message, and the connection breaks under it. */
export default scenario('wire-cut-under-message', {
  summary: 'the connection breaks under the message that tells of an entry',
  race: 'R9',
  rule: '4.5',
  needs: ['notifies'],
  steps: [advanceTo('blocked'), append(1), advanceTo('delivered'), advanceTo('blocked'), append(1), cut()],
})
