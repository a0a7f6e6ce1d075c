import { advanceTo, append, fail, scenario } from '../src/schedule/scenario.js'

/** R19. A read fails after its first entry: a cursor that was moved for the whole batch has skipped the rest of it. */
export default scenario('fails-in-mid-batch', {
  summary: 'a read fails after the first of three entries',
  race: 'R19',
  rule: '4.4',
  also: ['3.10'],
  needs: ['retries'],
  steps: [advanceTo('read-called'), append(3), fail('read', { after: 1 })],
})
