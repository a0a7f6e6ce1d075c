import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** A consumer of a part of the log reads whole pages without a match. They are not empty, and its cursor has to pass them. */
export default scenario('others-fill-a-page', {
  summary: 'more entries of others than a read returns stand before its own',
  rule: '4.10',
  needs: ['foreign'],
  read: { count: 3 },
  // More than two reads' worth, also for a consumer that reads 10 at a time.
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), append(21, { foreign: true }), append(2)],
})
