import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R2. An entry is added while the consumer handles the batch before it: the next read must not start at the tail of now. */
export default scenario('batch-gap', {
  summary: 'an entry is added while the one before it is being handled',
  race: 'R2',
  rule: '4.3',
  also: ['3.1', '4.7'],
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), append(1)],
})
