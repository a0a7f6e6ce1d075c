import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/** A ring of the newest entries, or of their numbers, holds so many: whoever was away for longer is not in it any more. */
export default scenario('away-for-long', {
  summary: 'a thousand entries are added while a client is away, and it comes back with its last id',
  rule: '5.5',
  needs: ['resumes'],
  read: { count: 100 },
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), abort(), append(1030), restart('last-id')],
})
