import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/**
 * There is a history already: the tail is its last entry, none of it is handed out, and what comes next is. Its ids grow a
 * digit, so that the greatest of them as text is not the last.
 */
export default scenario('history-at-start', {
  summary: 'the topic has entries when the session starts at its tail',
  rule: '2.3',
  also: ['2.1', '4.1'],
  steps: [append(2, { ids: ['9-0', '10-0'] }), append(1), advanceTo('read-called'), append(1)],
})
