import { abort, advanceTo, append, drop, restart, scenario } from '../src/schedule/scenario.js'

/** R26, with nobody there: the client comes back with an id that lies above everything in the topic, and above what is still to come. */
export default scenario('recreated-while-away', {
  summary: 'while the client is away, the topic is deleted and made anew with lower ids; it comes back, and one more entry is added',
  race: 'R26',
  rule: '5.6',
  needs: ['resumes', 'tellsGaps'],
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['480-0'] }),
    advanceTo('delivered'),
    abort(),
    drop(),
    append(2, { ids: ['1-0', '2-0'] }),
    restart('last-id'),
    advanceTo('read-called'),
    append(1, { ids: ['3-0'] }),
  ],
})
