import { advanceTo, append, reply, scenario } from '../../src/schedule/scenario.js'

/** R11. The server has answered, in a group it has even noted who got what, and the connection breaks under the answer. */
export default scenario('wire-reply-lost', {
  summary: 'the connection breaks under the answer that carries an entry',
  race: 'R11',
  rule: '4.5',
  steps: [advanceTo('blocked'), reply('lost'), append(1), advanceTo('read-called')],
})
