import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R36. A read waits in the store: an append must not queue behind it on a shared connection, and must wake it. */
export default scenario('append-while-blocked', {
  summary: 'an entry is added through the same repository while a read waits',
  race: 'R36',
  rule: '1.8',
  also: ['3.7'],
  steps: [advanceTo('blocked'), append(1)],
})
