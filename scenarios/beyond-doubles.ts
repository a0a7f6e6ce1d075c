import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R28, larger: parts of ids are 64 bits wide. 2^53 + 1 is the first whole number that a double rounds away. */
export default scenario('beyond-doubles', {
  summary: 'ids have parts that no double holds',
  race: 'R28',
  rule: '3.3',
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['5-9007199254740993'] }),
    advanceTo('delivered'),
    append(1, { ids: ['5-9007199254740995'] }),
    advanceTo('delivered'),
    append(1, { ids: ['5-9007199254740996'] }),
  ],
})
