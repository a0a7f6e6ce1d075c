import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/**
 * A read waits and is woken, and more comes before its reader has looked: it is in this read or in the next. Whoever
 * listens only while it waits has missed it.
 */
export default scenario('woken-late', {
  summary: 'entries are added while a read waits, and again before its reader has looked at what woke it',
  rule: '3.7',
  also: ['1.7', '3.6'],
  steps: [advanceTo('blocked'), append(2), append(1), advanceTo('delivered'), append(1)],
})
