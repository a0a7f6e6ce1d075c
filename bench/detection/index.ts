/** How long each way takes to find the literal `$`: see the arms. */
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import type { Tally } from '../arm.js'
import { takeTurns } from '../arm.js'
import { type Random, seeded } from '../../src/random/seeded.js'
import type { Options } from '../options.js'
import type { DetectionRow, Timing } from '../results.js'
import { bootstrap, mean, median, proportion, untilFound } from '../statistics.js'
import { openBench } from './bench.js'
import { delays } from './delays.js'
import { originalTest } from './original-test.js'
import { randomProducer } from './random-producer.js'
import { scheduler } from './scheduler.js'
import { byBursts, overRepository, overWire } from './tailrace.js'

export async function detection({ seed, quick, say }: Options): Promise<readonly DetectionRow[]> {
  const redis = await findRedis()
  const bench = openBench(redis.url, seed, quick)
  const rows: DetectionRow[] = []
  try {
    for (const timing of ['original', 'bare'] as const) {
      const arms = [
        randomProducer(bench, timing),
        originalTest(bench, timing),
        scheduler(bench, timing, 'documented'),
        scheduler(bench, timing, 'tuned'),
        delays(bench, timing),
        await overRepository(bench, 'memory', timing),
        await byBursts(bench, timing),
        await overRepository(bench, 'redis', timing),
        await overWire(bench, timing),
      ]
      const rounds = quick ? 1 : 8
      const tallies = await takeTurns(arms, rounds, (round) => say(`detection, ${timing} timing, round ${round} of ${rounds}`))
      rows.push(...tallies.map((tally) => rowOf(tally, timing, seeded(seed, `bootstrap ${tally.arm.name} ${timing}`))))
    }
    return rows
  } finally {
    await bench.close()
    await redis.close()
  }
}

function rowOf({ arm, found, seconds, turns }: Tally, timing: Timing, random: Random): DetectionRow {
  const probability = proportion(found, seconds.length)
  const meanSeconds = bootstrap(turns, mean, random)
  return {
    arm: arm.name,
    timing,
    runs: seconds.length,
    found,
    probability,
    secondsPerRun: bootstrap(seconds, median, random),
    meanSeconds,
    untilFound: untilFound(meanSeconds, probability),
  }
}
