import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R28. Ids grow a digit, in either part and within one batch: compared as text, 10-0 comes before 9-0, and 10-10 before 10-9. */
export default scenario('nine-to-ten', {
  summary: 'ids grow a digit, in the milliseconds and in the sequence',
  race: 'R28',
  rule: '3.3',
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['9-0'] }),
    advanceTo('delivered'),
    append(2, { ids: ['10-0', '10-9'] }),
    advanceTo('delivered'),
    advanceTo('delivered'),
    append(3, { ids: ['10-10', '99-0', '100-0'] }),
  ],
})
