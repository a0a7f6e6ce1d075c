import { abort, advanceTo, append, drop, restart, scenario } from '../src/schedule/scenario.js'

/** R26, later: the client is back before the first entry of the new topic, and there is nothing yet to compare its id with. */
export default scenario('recreated-after-return', {
  summary: 'while the client is away, the topic is deleted; it comes back, and the topic is made anew with lower ids',
  race: 'R26',
  rule: '5.6',
  needs: ['resumes', 'tellsGaps'],
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['480-0'] }),
    advanceTo('delivered'),
    abort(),
    drop(),
    restart('last-id'),
    advanceTo('read-called'),
    append(2, { ids: ['1-0', '2-0'] }),
  ],
})
