import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/** The client leaves after the first of three entries, and comes back: what the read held is free, the rest is delivered. */
export default scenario('left-in-mid-batch', {
  summary: 'the client leaves after the first entry of a batch, and comes back for the rest',
  rule: '3.12',
  also: ['4.4', '5.3'],
  needs: ['resumes'],
  steps: [advanceTo('read-called'), append(3), advanceTo('delivered'), abort(), restart('last-id')],
})
