import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/**
 * R33, as far as it shows through a repository: an append is rejected before it reaches the store, and its producer goes
 * on. Whoever tries again by itself, below the caller, has an entry in the log that nobody was told of.
 */
export default scenario('append-rejected', {
  summary: 'an append is rejected between two that are acknowledged',
  race: 'R33',
  rule: '1.2',
  also: ['1.3'],
  steps: [advanceTo('read-called'), append(1), fail('append'), append(2)],
})
