import { advanceTo, append, disconnect, scenario } from '../src/schedule/scenario.js'

/** R9. The connection is cut while the read waits, and an entry is added before the client is back and asks again. */
export default scenario('cut-while-blocked', {
  summary: 'the connection is cut while a read waits, and an entry is added before it is back',
  race: 'R9',
  rule: '4.5',
  also: ['3.9'],
  needs: ['retries'],
  steps: [advanceTo('blocked'), disconnect(), append(1)],
})
