import { accept, advanceTo, append, disconnect, refuse, scenario } from '../../src/schedule/scenario.js'

/** R34. The server is away for a while: a client that never asks again, or never settles what it was asked, is frozen. */
export default scenario('wire-refused-for-a-while', {
  summary: 'the connection is cut, and new ones are refused until an entry has been added',
  race: 'R34',
  rule: '3.9',
  steps: [advanceTo('blocked'), refuse(), disconnect(), append(1), accept(), advanceTo('read-called')],
})
