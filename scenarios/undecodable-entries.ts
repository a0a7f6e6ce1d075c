import { advanceTo, append, poison, scenario } from '../src/schedule/scenario.js'

/** R35. As many entries as one read returns do not decode: a cursor that only good entries move never gets past them. */
export default scenario('undecodable-entries', {
  summary: 'a whole batch of entries that do not decode stands before a good one',
  race: 'R35',
  rule: '4.6',
  steps: [advanceTo('read-called'), poison(10), append(1)],
})
