import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** Several appends are under way at once, as from a server with many clients: each is one entry, with an id of its own. */
export default scenario('appends-together', {
  summary: 'several appends are under way at the same time',
  rule: '1.4',
  also: ['1.1', '1.3'],
  steps: [
    advanceTo('blocked'),
    append(3, { together: true }),
    advanceTo('delivered'),
    append(5, { together: true }),
    advanceTo('blocked'),
    append(70, { together: true }),
  ],
})
