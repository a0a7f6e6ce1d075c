import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** Tokens of a stream repeat themselves: entries that hold the same are as many entries, and only their ids differ. */
export default scenario('equal-payloads', {
  summary: 'several entries hold exactly the same',
  rule: '1.3',
  also: ['1.1', '4.8'],
  steps: [advanceTo('blocked'), append(3, { equal: true }), advanceTo('delivered'), append(2, { equal: true })],
})
