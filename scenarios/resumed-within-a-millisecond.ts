import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/**
 * What a client brings back is an id and no point in time: entries above it may share its millisecond, and the ids around it may differ in
 * how many digits they have.
 */
export default scenario('resumed-within-a-millisecond', {
  summary: 'the client is cut off in the middle of a millisecond, more entries of that and a later one are added, and it resumes',
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
  ],
})
