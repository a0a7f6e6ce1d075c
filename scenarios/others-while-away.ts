import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

const others = (count: number) => append(count, { foreign: true })

/** The last entry that the client has is not the last that the consumer has read. */
export default scenario('others-while-away', {
  summary:
    'the client is cut off behind entries of others, more of both come, and it resumes; then it is cut off in front of a page of both',
  rule: '4.10',
  also: ['5.5'],
  needs: ['foreign', 'resumes'],
  steps: [
    advanceTo('read-called'),
    append(1),
    others(2),
    advanceTo('delivered'),
    advanceTo('read-returned', { outcome: 'empty' }),
    abort(),
    others(2),
    append(1),
    others(1),
    restart('last-id'),
    advanceTo('read-called'),
    others(1),
    append(1),
    advanceTo('delivered'),
    others(5),
    append(1),
    advanceTo('read-returned', { outcome: 'batch' }),
    abort(),
    restart('last-id'),
  ],
})
