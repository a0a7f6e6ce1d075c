import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/** A read fails before it has given anything: its cursor is as good as it was, and so is what lies above it. */
export default scenario('read-fails', {
  summary: 'a read fails although an entry is there, and another is added before the next',
  rule: '4.5',
  also: ['3.9', '3.10'],
  needs: ['retries'],
  steps: [
    advanceTo('read-called'),
    append(1),
    advanceTo('delivered'),
    advanceTo('read-called'),
    append(1),
    fail('read'),
    advanceTo('read-returned', { outcome: 'error' }),
    append(1),
  ],
})
