import { abort, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/**
 * R6. A client comes back to a history that piled up, and the producer goes on while it is handed out: between the last
 * page of the past and the first read of the present. Whoever asks for the tail in between skips what lies there.
 */
export default scenario('backfill-to-live', {
  summary: 'an entry is added while the last entry of a backlog is handled, and another after the first empty read',
  race: 'R6',
  rule: '4.3',
  also: ['5.5'],
  needs: ['resumes'],
  steps: [
    advanceTo('read-called'),
    append(1),
    advanceTo('delivered'),
    abort(),
    append(2),
    restart('last-id'),
    advanceTo('delivered'),
    advanceTo('delivered'),
    append(1),
    advanceTo('read-returned', { outcome: 'empty' }),
    append(1),
  ],
})
