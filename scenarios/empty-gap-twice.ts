import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R1, a second time round: what is right after one empty read may be wrong after two. */
export default scenario('empty-gap-twice', {
  summary: 'an entry is added after two empty reads in a row',
  race: 'R1',
  rule: '4.2',
  also: ['5.1'],
  steps: [advanceTo('read-returned', { outcome: 'empty' }), advanceTo('read-returned', { outcome: 'empty' }), append(1)],
})
