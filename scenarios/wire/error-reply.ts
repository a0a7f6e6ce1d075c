import { advanceTo, append, replyError, scenario } from '../../src/schedule/scenario.js'

/** The server is loading, as after a restart: the read has failed, and the cursor has to stay where it was. */
export default scenario('wire-error-reply', {
  summary: 'a read that carries an entry is answered with an error',
  rule: '4.5',
  steps: [advanceTo('blocked'), replyError('LOADING Redis is loading the dataset in memory'), append(1), advanceTo('read-called')],
})
