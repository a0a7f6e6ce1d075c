import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/** The client was told that it is connected, and has had nothing yet: the only ids that it can come back with are those of other frames. */
export default scenario('back-before-first-entry', {
  summary: 'the client is told that it is connected, is cut off before its first entry, entries are added, and it comes back',
  rule: '5.5',
  needs: ['resumes'],
  steps: [
    append(1),
    advanceTo('read-returned', { outcome: 'empty' }),
    advanceTo('read-called'),
    abort(),
    append(2),
    restart('last-id'),
    advanceTo('read-called'),
    append(1),
  ],
})
