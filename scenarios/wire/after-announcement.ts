import { advanceTo, append, scenario } from '../../src/schedule/scenario.js'

/** R3, R4. The program has said that it is ready, and has not asked for anything yet. */
export default scenario('wire-after-announcement', {
  summary: 'an entry is added after the program has said that it is ready, and before it reads',
  race: 'R3',
  rule: '4.1',
  steps: [advanceTo('announced'), append(1)],
})
