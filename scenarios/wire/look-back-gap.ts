import { advanceTo, append, scenario } from '../../src/schedule/scenario.js'

/**
 * R6. Between the answer to the first read, often a look back, and whatever comes after it: one entry there, and one for the
 * read that waits then.
 */
export default scenario('wire-look-back-gap', {
  summary: 'an entry is added while the answer to the first read is under way, and another when a read waits',
  race: 'R6',
  rule: '4.3',
  steps: [advanceTo('read-returned'), append(1), advanceTo('blocked'), append(1)],
})
