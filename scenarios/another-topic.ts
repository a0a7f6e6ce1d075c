import { advanceTo, append, elsewhere, scenario } from '../src/schedule/scenario.js'

/** A topic whose name begins with this one's is written to, before and while a read waits: neither shows here. */
export default scenario('another-topic', {
  summary: 'entries are added to another topic whose name begins with the same letters',
  rule: '3.11',
  steps: [advanceTo('read-called'), elsewhere(1), append(1), advanceTo('delivered'), advanceTo('blocked'), elsewhere(2), append(1)],
})
