import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

const thenQuiet = [advanceTo('delivered'), advanceTo('read-returned', { outcome: 'empty' })]

/** R1 and R2, taking turns. What a loop does right the first time it comes to a gap it need not do right the second time. */
export default scenario('quiet-again', {
  summary: 'an entry, quiet, an entry, quiet, and an entry is added in the gap',
  race: 'R1',
  rule: '4.2',
  steps: [advanceTo('read-called'), append(1), ...thenQuiet, append(1), ...thenQuiet, append(1)],
})
