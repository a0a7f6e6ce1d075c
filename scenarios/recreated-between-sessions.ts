import { abort, advanceTo, append, drop, scenario } from '../src/schedule/scenario.js'

/** R26, for another client: it brings no id of before, and nobody else may bring one for it. */
export default scenario('recreated-between-sessions', {
  summary: 'a client leaves, the topic is deleted and made anew with lower ids, and another client begins at its tail',
  race: 'R26',
  rule: '5.6',
  consumers: 2,
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['480-0'] }),
    advanceTo('delivered'),
    abort(),
    drop(),
    advanceTo('read-called', { consumer: 1 }),
    append(2, { ids: ['1-0', '2-0'] }),
  ],
})
