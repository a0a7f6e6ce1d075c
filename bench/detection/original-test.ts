/**
 * The test that came with the fix of the original: a signal the instant the first BLOCK returns empty, the sentinel
 * appended at once, and then wait. Nothing is held: that the append falls into the gap is up to the loop's own pause.
 */
import { instrument } from '../../src/testing/instrument.js'
import type { Arm } from '../arm.js'
import { ORIGINAL_TEST, type Timing } from '../results.js'
import { type Bench, turns } from './bench.js'
import { losesSentinel } from './trial.js'

export function originalTest(bench: Bench, timing: Timing): Arm {
  return {
    name: ORIGINAL_TEST,
    ...turns(bench, timing),
    run: () =>
      bench.using((repository, topic) => {
        const probe = instrument(repository)
        const empty = probe.signal('read-returned', { outcome: 'empty' })
        return losesSentinel({
          repository: probe.repository,
          timing,
          topic,
          producer: async (append) => {
            await empty
            probe.release()
            await append()
          },
        })
      }),
    close: async () => {},
  }
}
