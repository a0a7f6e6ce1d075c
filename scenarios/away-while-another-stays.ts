import { abort, advance, advanceTo, append, restart, scenario } from '../src/schedule/scenario.js'

/** What is kept for those who come back (numbers, a ring, a table) goes on for the one who stays, and has so much room. */
export default scenario('away-while-another-stays', {
  summary: 'three hundred entries are added while one of two clients is away, and the other takes them',
  rule: '5.5',
  also: ['4.9'],
  needs: ['resumes'],
  consumers: 2,
  steps: [
    advanceTo('read-called'),
    advanceTo('read-called', { consumer: 1 }),
    append(1),
    advanceTo('delivered'),
    advance(),
    abort(),
    append(300),
    ...Array.from({ length: 301 }, () => advanceTo('delivered', { consumer: 1 })),
    restart('last-id'),
  ],
})
