import { advanceTo, append, scenario, trim } from '../src/schedule/scenario.js'

/** R23. The log is trimmed beyond the cursor of a consumer that is behind: what is left is still owed. */
export default scenario('trimmed-while-behind', {
  summary: 'two of three entries are trimmed before the consumer reads them',
  race: 'R23',
  rule: '6.1',
  steps: [advanceTo('read-called'), append(3), trim(1)],
})
