import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R30. The server's clock is far behind the application's: a cursor that was made from a clock is above every entry. */
export default scenario('clock-skew', {
  summary: 'the ids are far below those that the clock of the application would give',
  race: 'R30',
  rule: '2.4',
  also: ['2.1', '4.1'],
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['1-0'] }),
    advanceTo('delivered'),
    advanceTo('read-returned', { outcome: 'empty' }),
    append(1, { ids: ['2-0'] }),
  ],
})
