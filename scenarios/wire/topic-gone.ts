import { advanceTo, append, drop, scenario } from '../../src/schedule/scenario.js'

/**
 * R17, R25. The key goes away, by expiry or a flush, and is there again with the next entry: without its groups, and
 * with reads that were told of an end.
 */
export default scenario('wire-topic-gone', {
  summary: 'the stream is deleted between two entries',
  race: 'R17',
  rule: '5.1',
  steps: [advanceTo('blocked'), append(1), advanceTo('delivered'), drop(), append(1)],
})
