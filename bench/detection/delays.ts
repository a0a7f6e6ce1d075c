/**
 * Random delays: each read after the first is held up by a uniform time of up to D, which widens the gap, and makes the run
 * longer. The append is at a random time as it is.
 *
 * Tuned: the append comes at a uniform time over one period, as for the random producer. With delays of up to 2d the gap is
 * g = G + d on average, of a period B + g. A find takes ((B + g)² + E[gap²]) / 2g: half a period, and what is left of the gap
 * where the append fell into it, over the probability g / (B + g). That is least at about g = √(3/7) B.
 */
import { systemClock } from '../../src/clock/clock.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { withMembers } from '../../src/contract/with-members.js'
import type { Arm } from '../arm.js'
import type { Random } from '../../src/random/seeded.js'
import type { Timing } from '../results.js'
import { type Bench, turns } from './bench.js'
import { TIMINGS, losesSentinel } from './trial.js'

export function delays(bench: Bench, timing: Timing): Arm {
  const random = bench.random(`delays ${timing}`)
  const { blockMs, pauseMs } = TIMINGS[timing]
  const mean = blockMs * Math.sqrt(3 / 7) - pauseMs
  return {
    name: 'random delays',
    ...turns(bench, timing),
    run: () =>
      bench.using((repository, topic) =>
        losesSentinel({
          repository: delayed(repository, 2 * mean, random),
          timing,
          topic,
          producer: async (append) => {
            await systemClock.sleep(random() * (blockMs + pauseMs + mean))
            await append()
          },
        }),
      ),
    close: async () => {},
  }
}

function delayed(repository: StreamRepository, upToMs: number, random: Random): StreamRepository {
  let first = true
  return withMembers(repository, {
    readMessages: async function* (...args: Parameters<StreamRepository['readMessages']>) {
      // What comes before the first read is another race: the producer begins when the consumer reads.
      if (!first) await systemClock.sleep(random() * upToMs, args[2].signal)
      first = false
      yield* repository.readMessages(...args)
    },
  })
}
