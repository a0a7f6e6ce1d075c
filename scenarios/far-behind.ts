import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** A consumer that takes itself for too far behind, or a page for the last, goes on where it is live. */
export default scenario('far-behind', {
  summary: 'a thousand entries are added at once, and are read page by page',
  rule: '5.2',
  also: ['4.3'],
  read: { count: 100 },
  steps: [advanceTo('read-called'), append(1030)],
})
