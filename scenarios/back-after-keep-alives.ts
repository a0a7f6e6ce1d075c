import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

const quiet = [advanceTo('read-returned', { outcome: 'empty' }), advanceTo('read-called')]

/** The last id on any frame is what a client sends back, and between two entries there are others: keep-alives, notices. */
export default scenario('back-after-keep-alives', {
  summary: 'after two entries it is quiet for a while, the client is cut off, entries are added, and it comes back',
  rule: '5.5',
  needs: ['resumes'],
  // As long as servers wait before they tell their client that they are there.
  read: { timeoutMs: 30_000 },
  steps: [
    advanceTo('read-called'),
    append(2),
    advanceTo('delivered'),
    advanceTo('delivered'),
    ...quiet,
    ...quiet,
    abort(),
    append(2),
    restart('last-id'),
    advanceTo('read-called'),
    append(1),
  ],
})
