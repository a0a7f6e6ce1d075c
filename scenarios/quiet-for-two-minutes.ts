import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** What is done after so many empty reads, or so long a silence, has been done by then: sixty is a multiple of most of them. */
export default scenario('quiet-for-two-minutes', {
  summary: 'sixty reads in a row come back empty before an entry is added, and another while the next read waits',
  rule: '4.2',
  steps: [
    ...Array.from({ length: 60 }, () => advanceTo('read-returned', { outcome: 'empty' })),
    append(1),
    advanceTo('blocked'),
    append(1),
  ],
})
