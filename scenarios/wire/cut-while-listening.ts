import { accept, advanceTo, append, cut, refuse, scenario } from '../../src/schedule/scenario.js'

/**
 * R9, of a channel. What is published while nobody listens is gone: whoever only subscribes again, and does not read on from where it
 * was, has lost the entry. Here no message follows that could wake it.
 */
export default scenario('wire-cut-while-listening', {
  summary: 'the connection is cut while it listens, and an entry is added and told of before it listens again',
  race: 'R9',
  rule: '4.5',
  needs: ['notifies'],
  steps: [advanceTo('blocked'), append(1), advanceTo('delivered'), advanceTo('blocked'), refuse(), cut(), append(1), accept()],
})
