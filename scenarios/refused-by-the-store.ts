import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/** What the store would not have is told to the caller, and not sent once more behind its back. */
export default scenario('refused-by-the-store', {
  summary: 'the store refuses an append, and takes the next ones',
  rule: '1.2',
  also: ['1.3'],
  steps: [advanceTo('read-called'), append(1), fail('append', { by: 'store' }), append(1), append(2)],
})
