import { advance, advanceTo, append, drop, scenario } from '../src/schedule/scenario.js'

/**
 * R25. The topic expires while nothing is appended, and the producer goes on in a new one: gone for a moment is not over.
 * The consumer makes three moves before that: as many as it takes to ask for the tail of what is gone, and to end. The ids
 * are explicit because a server could give the new topic the ids of the old one within one millisecond.
 */
export default scenario('dropped-in-mid-stream', {
  summary: 'the topic goes away while a read waits, and is appended to again',
  race: 'R25',
  rule: '5.1',
  also: ['4.2'],
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['5-0'] }),
    advanceTo('delivered'),
    advanceTo('blocked'),
    drop(),
    advanceTo('read-returned', { outcome: 'empty' }),
    advance(),
    advance(),
    advance(),
    append(2, { ids: ['6-0', '7-0'] }),
  ],
})
