import { advanceTo, append, scenario } from '../src/schedule/scenario.js'

const others = (count: number) => append(count, { foreign: true })

/** Holes in what it is owed are no gaps in the log, whichever gap they are appended in. */
export default scenario('others-in-between', {
  summary: 'its own entries and those of others take turns, in a batch, after an empty read and while a read waits',
  rule: '4.10',
  needs: ['foreign'],
  steps: [
    others(2),
    advanceTo('read-called'),
    others(1),
    append(1),
    others(1),
    append(1),
    advanceTo('delivered'),
    others(2),
    append(1),
    advanceTo('read-returned', { outcome: 'empty' }),
    others(1),
    append(1),
    advanceTo('blocked'),
    others(1),
    append(1),
  ],
})
