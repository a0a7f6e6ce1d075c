import { advanceTo, append, scenario } from '../../src/schedule/scenario.js'

/** R3. The program knows where the tail is, and has not begun to read. */
export default scenario('wire-after-tail', {
  summary: 'an entry is added between the question for the tail and the first read',
  race: 'R3',
  rule: '4.1',
  steps: [advanceTo('tail-returned'), append(1)],
})
