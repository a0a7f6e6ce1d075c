import { advanceTo, append, scenario } from '../../src/schedule/scenario.js'

/** R16. A stream that has entries before anybody reads: a group that is made at `$` never sees them. */
export default scenario('wire-history-at-start', {
  summary: 'an entry is there before the program starts',
  race: 'R16',
  rule: '5.5',
  needs: ['fromBeginning'],
  steps: [append(1), advanceTo('blocked')],
})
