import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** One waits, the other has yet to read; one is ahead, the other behind. Each gets everything. */
export default scenario('two-consumers', {
  summary: 'two consumers of one topic, at different gates, while entries are added',
  rule: '4.9',
  also: ['3.10'],
  consumers: 2,
  steps: [
    advanceTo('blocked', { consumer: 0 }),
    advanceTo('read-called', { consumer: 1 }),
    append(2),
    advanceTo('delivered', { consumer: 0 }),
    advanceTo('delivered', { consumer: 0 }),
    append(1),
    advanceTo('delivered', { consumer: 1 }),
    append(1),
  ],
})
