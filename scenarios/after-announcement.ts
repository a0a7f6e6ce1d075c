import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

/** R4. The client is told that it is connected, and the producer starts at once: whoever asks for the tail now is late. */
export default scenario('after-announcement', {
  summary: 'an entry is added the moment readiness is announced',
  race: 'R4',
  rule: '4.1',
  needs: ['announcement'],
  steps: [advanceTo('announced'), append(1)],
})
