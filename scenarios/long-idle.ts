import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R1, later: nothing comes for several reads. Loops that give up their cursor, or end, do so after a while. */
export default scenario('long-idle', {
  summary: 'four reads in a row come back empty before an entry is added',
  race: 'R1',
  rule: '4.2',
  steps: [...Array.from({ length: 4 }, () => advanceTo('read-returned', { outcome: 'empty' })), append(1)],
})
