import { advanceTo, append, disconnect, scenario } from '../src/schedule/scenario.js'

/** Without luck: the connection breaks each time that it is back, below the consumer, which has seen nothing come back. */
export default scenario('cut-again-and-again', {
  summary: 'the connection is cut three times while reads wait, and an entry is added before it is back',
  rule: '4.5',
  also: ['3.9'],
  needs: ['retries'],
  steps: [...Array.from({ length: 3 }, () => [advanceTo('blocked'), disconnect()]).flat(), append(1)],
})
