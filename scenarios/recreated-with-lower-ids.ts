import { advanceTo, append, drop, scenario } from '../src/schedule/scenario.js'

/** R26. The topic is deleted and made anew, and its ids begin below the cursor: a read from there waits for ever. */
export default scenario('recreated-with-lower-ids', {
  summary: 'the topic is deleted and made anew, with ids below the cursor',
  race: 'R26',
  rule: '6.2',
  needs: ['signalsRecreation'],
  steps: [
    advanceTo('read-called'),
    append(1, { ids: ['100-0'] }),
    advanceTo('delivered'),
    advanceTo('blocked'),
    drop(),
    append(2, { ids: ['1-0', '2-0'] }),
  ],
})
