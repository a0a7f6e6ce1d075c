import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** One read gives more than a bounded buffer between reader and client mostly holds: it has to wait for room, or to say what it dropped. */
export default scenario('more-than-buffers-hold', {
  summary: 'one read returns three hundred entries while the client takes one at a time',
  rule: '4.8',
  read: { count: 300 },
  steps: [advanceTo('read-called'), append(300)],
})
