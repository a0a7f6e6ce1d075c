import { advanceTo, append, cut, scenario } from '../../src/schedule/scenario.js'

/** The server has taken the entry off the pending list, and the program does not come to know: what it has not handled by then is gone. */
export default scenario('wire-cut-at-acknowledgement', {
  summary: 'the connection is cut when an entry has been acknowledged, before the program knows',
  rule: '4.5',
  needs: ['acknowledges'],
  steps: [advanceTo('blocked'), append(1), advanceTo('command-returned', { command: 'XACK' }), cut()],
})
