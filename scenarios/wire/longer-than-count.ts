import { advanceTo, append, scenario } from '../../src/schedule/scenario.js'

/** R7. More at once than any read asks for: whoever takes one page for all of it leaves the rest behind. */
export default scenario('wire-longer-than-count', {
  summary: 'many entries are added at once',
  race: 'R7',
  rule: '5.2',
  steps: [advanceTo('blocked'), append(1), advanceTo('delivered'), append(250)],
})
