import { advanceTo, append, scenario, trim } from '../src/schedule/scenario.js'

/** R23, for those who say that they notice: the consumer stands at 1-0, and the log begins at 4-0 when it reads again. */
export default scenario('trimmed-in-mid-stream', {
  summary: 'entries behind the last one delivered are trimmed before the next read',
  race: 'R23',
  rule: '6.1',
  needs: ['signalsTruncation'],
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), append(3), trim(1)],
})
