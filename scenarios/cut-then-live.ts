import { advanceTo, append, disconnect, scenario } from '../src/schedule/scenario.js'

/** Whoever is back at the tail of then has missed what came while it was away, which only the next entry shows. */
export default scenario('cut-then-live', {
  summary: 'an entry is added while the connection of a waiting read is cut, and another once it is back',
  rule: '4.5',
  also: ['3.4'],
  needs: ['retries'],
  steps: [advanceTo('blocked'), disconnect(0, { with: 1 }), append(1), append(1)],
})
