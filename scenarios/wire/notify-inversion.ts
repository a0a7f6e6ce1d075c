import { accept, advanceTo, append, cut, notify, refuse, scenario } from '../../src/schedule/scenario.js'

/**
 * R8. Of two entries the later one is told of first, and the connection breaks in between: who takes what messages carry for
 * what the log holds goes on above the later one.
 */
export default scenario('wire-notify-inversion', {
  summary: 'a channel is told of the second of two entries, the connection breaks, and then of the first',
  race: 'R8',
  rule: '4.3',
  needs: ['notifies'],
  steps: [
    advanceTo('blocked'),
    append(1),
    advanceTo('delivered'),
    append(2, { notify: 'later' }),
    notify(3),
    advanceTo('delivered'),
    refuse(),
    cut(),
    notify(2),
    accept(),
  ],
})
