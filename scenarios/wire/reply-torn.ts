import { advanceTo, append, reply, scenario } from '../../src/schedule/scenario.js'

/** R11. As when it is lost, but half of the answer has arrived: what cannot be parsed must not be taken for empty. */
export default scenario('wire-reply-torn', {
  summary: 'the connection breaks in the middle of the answer that carries an entry',
  race: 'R11',
  rule: '4.5',
  steps: [advanceTo('blocked'), reply('torn'), append(1), advanceTo('read-called')],
})
