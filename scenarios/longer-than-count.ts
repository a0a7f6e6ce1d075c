import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R7. More has piled up than one read returns: a full batch is not the end of the backlog. */
export default scenario('longer-than-count', {
  summary: 'a backlog longer than one read returns is there at the first read',
  race: 'R7',
  rule: '5.2',
  also: ['1.3', '1.4', '3.4', '3.5'],
  read: { count: 3 },
  // More than our count, and more than the 10 of a consumer that brings its own.
  steps: [advanceTo('read-called'), append(11)],
})
