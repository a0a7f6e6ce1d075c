import { advanceTo, append, finish, scenario } from '../src/schedule/scenario.js'

/** The first of two consumers drains the topic and is done. If it cleans up then, the other finds nothing to read. */
export default scenario('removed-before-drained', {
  summary: 'a topic ends: the first of two consumers drains it, and is done, before the other has read',
  rule: '6.3',
  also: ['5.1'],
  consumer: 'sse-task-events',
  needs: ['endsOnStatus', 'removesTopic'],
  consumers: 2,
  // Nothing moves the second one after this, until the first has come to its end.
  steps: [advanceTo('read-returned', { outcome: 'empty' }), advanceTo('read-called', { consumer: 1 }), append(3), finish()],
})
