import { advanceTo, append, reply, scenario } from '../../src/schedule/scenario.js'

/**
 * R10. The answer is so late that the client has given it up, by a watchdog of its own, and asks again. A client without
 * one waits for ever: that loses nothing, and is not tried.
 */
export default scenario('wire-late-reply', {
  summary: 'the answer to a read never arrives, and the client asks again by itself',
  race: 'R10',
  rule: '4.5',
  needs: ['givesUp'],
  steps: [advanceTo('blocked'), reply('withheld'), append(1), advanceTo('read-called')],
})
