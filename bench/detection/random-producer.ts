/**
 * A producer that knows nothing of the loop: it appends at a random time.
 *
 * Tuned: one append a run, because a consumer that has delivered once holds a real cursor and can lose nothing more; at a
 * uniform time over exactly one period of the loop, which contains one gap; and the run is over as soon as it is decided.
 * Every other rate takes longer per find: with appends as a Poisson process of rate r, P = e^(-rB)(1 - e^(-rG)) / (1 - e^(-r(B+G)))
 * for a BLOCK B and a gap G falls with r, and a rate near 0 waits for nothing.
 */
import { systemClock } from '../../src/clock/clock.js'
import type { Arm } from '../arm.js'
import type { Timing } from '../results.js'
import { type Bench, turns } from './bench.js'
import { TIMINGS, losesSentinel } from './trial.js'

export function randomProducer(bench: Bench, timing: Timing): Arm {
  const random = bench.random(`random producer ${timing}`)
  const { blockMs, pauseMs } = TIMINGS[timing]
  return {
    name: 'random producer',
    ...turns(bench, timing),
    run: () =>
      bench.using((repository, topic) =>
        losesSentinel({
          repository,
          timing,
          topic,
          producer: async (append) => {
            await systemClock.sleep(random() * (blockMs + pauseMs))
            await append()
          },
        }),
      ),
    close: async () => {},
  }
}
