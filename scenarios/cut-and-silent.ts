import { advanceTo, append, disconnect, scenario } from '../src/schedule/scenario.js'

/**
 * R34. The connection is cut while a read waits, and nothing is appended that would wake anybody: the read itself has to
 * come back, or the loop stands still on a promise of a connection that is gone.
 */
export default scenario('cut-and-silent', {
  summary: 'the connection is cut while a read waits, and nothing is appended',
  race: 'R34',
  rule: '3.9',
  also: ['5.3'],
  needs: ['retries'],
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), advanceTo('blocked'), disconnect()],
})
