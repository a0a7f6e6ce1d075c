import { advanceTo, append, disconnect, scenario } from '../src/schedule/scenario.js'

/**
 * R9, later: the connection has been quiet for a while, and whatever counts on it (keep-alives, polls, frames) has counted on. What is
 * counted anew on the next connection is compared with that.
 */
export default scenario('cut-while-idle', {
  summary: 'three reads come back empty, the connection is cut while the next one waits, and an entry is added before it is back',
  race: 'R9',
  rule: '4.5',
  also: ['4.8'],
  needs: ['retries'],
  steps: [
    ...Array.from({ length: 3 }, () => advanceTo('read-returned', { outcome: 'empty' })),
    advanceTo('blocked'),
    disconnect(),
    append(1),
  ],
})
