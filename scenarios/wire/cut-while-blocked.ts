import { advanceTo, append, disconnect, scenario } from '../../src/schedule/scenario.js'

/** R9. The connection is cut while the read waits; an entry is added before the program, back again, asks anew. */
export default scenario('wire-cut-while-blocked', {
  summary: 'the connection is cut while a read waits, and an entry is added before it is asked again',
  race: 'R9',
  rule: '4.5',
  steps: [advanceTo('blocked'), disconnect(), advanceTo('read-called'), append(1)],
})
