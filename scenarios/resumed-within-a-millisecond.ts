import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/**
 * What a client brings back is an id and no point in time: entries above it may share its millisecond, and the ids around it may differ in
 * how many digits they have, or in the last of sixteen.
 */
export default scenario('resumed-within-a-millisecond', {
  summary:
    'the client is cut off in the middle of a millisecond, more entries of that and a later one are added, and it resumes; then the same with ids that no double holds',
  rule: '5.5',
  also: ['3.1', '3.3'],
  needs: ['resumes'],
  steps: [
    advanceTo('read-called'),
    append(5, { ids: ['7-0', '8-0', '9-0', '10-0', '10-1'] }),
    ...Array.from({ length: 4 }, () => advanceTo('delivered')),
    abort(),
    append(3, { ids: ['10-9', '10-10', '11-0'] }),
    restart('last-id'),
    ...Array.from({ length: 4 }, () => advanceTo('delivered')),
    append(1, { ids: ['12-9007199254740995'] }),
    advanceTo('delivered'),
    abort(),
    append(1, { ids: ['12-9007199254740996'] }),
    restart('last-id'),
  ],
})
