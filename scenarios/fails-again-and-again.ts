import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/** R9, without luck: three reads fail in a row, and a client that starts afresh by then starts at the tail of now. */
export default scenario('fails-again-and-again', {
  summary: 'three reads in a row fail, and an entry is added before the next',
  race: 'R9',
  rule: '4.5',
  needs: ['retries'],
  steps: [
    advanceTo('read-called'),
    append(1),
    advanceTo('delivered'),
    fail('read', { times: 3 }),
    ...Array.from({ length: 3 }, () => advanceTo('read-returned', { outcome: 'error' })),
    append(1),
  ],
})
