import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/** The client goes away while its read waits, and comes back later: the wait ends, and what came meanwhile is delivered. */
export default scenario('aborted-while-blocked', {
  summary: 'the client goes away while a read waits, entries are added, and it resumes',
  rule: '5.3',
  also: ['5.5'],
  needs: ['resumes'],
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), advanceTo('blocked'), abort(), append(2), restart('last-id')],
})
