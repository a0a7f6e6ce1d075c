import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R1. A BLOCK times out empty, and an entry is added before the next read. */
export default scenario('empty-gap', {
  summary: 'an entry is added between an empty read and the next',
  race: 'R1',
  rule: '4.2',
  also: ['3.8'],
  steps: [advanceTo('read-returned', { outcome: 'empty' }), append(1)],
})
