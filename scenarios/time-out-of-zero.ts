import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** To many stores a time-out of 0 means for ever. Here it means that a read asks once, and comes back with what is there. */
export default scenario('time-out-of-zero', {
  summary: 'reads that are not to wait find nothing, then an entry, then nothing again',
  rule: '3.13',
  read: { timeoutMs: 0 },
  steps: [
    advanceTo('read-returned', { outcome: 'empty' }),
    append(1),
    advanceTo('delivered'),
    advanceTo('read-returned', { outcome: 'empty' }),
    advanceTo('read-returned', { outcome: 'empty' }),
  ],
})
