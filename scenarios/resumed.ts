import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/** The client is cut off between two reads, and comes back with the id of the last entry that it has. */
export default scenario('resumed', {
  summary: 'the client is cut off, entries are added, and it resumes from the last id that it has',
  rule: '5.5',
  needs: ['resumes'],
  steps: [
    advanceTo('read-called'),
    append(2),
    advanceTo('delivered'),
    advanceTo('delivered'),
    advanceTo('read-returned', { outcome: 'empty' }),
    abort(),
    append(2),
    restart('last-id'),
    advanceTo('read-called'),
    append(1),
  ],
})
