import { advanceTo, append, finish, scenario } from '../src/schedule/scenario.js'

/** R37. The status says that the producer is done while its last entries are still unread. */
export default scenario('done-before-drained', {
  summary: 'the producer appends its last entries and is done before they are read',
  race: 'R37',
  rule: '5.1',
  consumer: 'sse-task-events',
  needs: ['endsOnStatus'],
  // Four reads' worth, so that draining one page, or two, is not enough.
  read: { count: 2 },
  steps: [advanceTo('read-returned', { outcome: 'empty' }), append(7), finish()],
})
