import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/**
 * R33, the other half: the entry is written, and its reply is lost. The producer knows nothing of it, and the log has it:
 * it is owed like any other, once.
 */
export default scenario('acknowledgement-lost', {
  summary: 'the reply of an append is lost after the entry was written',
  race: 'R33',
  rule: '1.6',
  also: ['1.3', '1.1'],
  steps: [advanceTo('read-called'), fail('append', { after: 1 }), append(2)],
})
