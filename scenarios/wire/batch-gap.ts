import { advanceTo, append, scenario } from '../../src/schedule/scenario.js'

/** R2. An entry is added while the program handles the one before it. */
export default scenario('wire-batch-gap', {
  summary: 'an entry is added while the one before it is being handled',
  race: 'R2',
  rule: '4.3',
  steps: [advanceTo('blocked'), append(1), advanceTo('delivered'), append(1)],
})
