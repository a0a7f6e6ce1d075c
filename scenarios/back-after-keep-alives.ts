import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

const empty = advanceTo('read-returned', { outcome: 'empty' })

/**
 * The last id on any frame is what a client sends back, and between two entries there are others: keep-alives, notices. An entry is added
 * before the last of them: it has not been read by then, and that frame's id may not be beyond it.
 */
export default scenario('back-after-keep-alives', {
  summary: 'after two entries it is quiet for a while, an entry is added, the client is cut off, more are added, and it comes back',
  rule: '5.5',
  needs: ['resumes'],
  // As long as servers wait before they tell their client that they are there.
  read: { timeoutMs: 30_000 },
  steps: [
    advanceTo('read-called'),
    append(2),
    advanceTo('delivered'),
    advanceTo('delivered'),
    empty,
    advanceTo('read-called'),
    empty,
    append(1),
    advanceTo('read-called'),
    abort(),
    append(2),
    restart('last-id'),
    advanceTo('read-called'),
    append(1),
  ],
})
