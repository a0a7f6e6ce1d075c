import { abort, advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** The session is closed, and the producer goes on: nobody may read or deliver any of it. */
export default scenario('closed-then-appended', {
  summary: 'the session is closed while a read waits, and entries are added after that',
  rule: '5.4',
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), advanceTo('blocked'), abort(), append(1), append(1)],
})
