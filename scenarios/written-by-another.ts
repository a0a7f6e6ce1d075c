import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** An adapter that remembers what it has appended itself does not know the tail of a log that others write to. */
export default scenario('written-by-another', {
  summary: 'another process appends, too: before the tail is asked for, and behind that',
  rule: '2.3',
  also: ['4.1'],
  needs: ['otherWriters'],
  steps: [append(1), append(1, { writer: 'another' }), advanceTo('read-called'), append(1, { writer: 'another' })],
})
