/** Schedules of 15 steps on a store, one after the other or several in flight, each on a repository of its own. */
import { DELIVERY_KINDS } from '../../src/oracle/anomaly.js'
import { demoSubject } from '../../src/cli/demo-subjects.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import { openStore } from '../../src/dialects/open-store.js'
import { Runner } from '../../src/run/runner.js'
import { wire } from '../../src/sources/wire/definition.js'
import { wireConsumer } from '../wire-consumer.js'

/** Three times through: on to the next gates, then an append. */
export const fifteen: Schedule = schedule(
  Array.from({ length: 15 }, (_, index): Step => (index % 5 === 4 ? { append: 1 } : { advance: 0 })),
)

export interface Lanes {
  readonly name: string
  /** Runs so many schedules. */
  run(schedules: number): Promise<void>
  close(): Promise<void>
}

/** Runs share the schedules that are asked for, each run one after the other. */
export function inLanes(name: string, runs: readonly (() => Promise<void>)[], close: () => Promise<void>): Lanes {
  return {
    name,
    run: async (schedules) => {
      let left = schedules
      const lane = async (run: () => Promise<void>) => {
        while (left-- > 0) await run()
      }
      await Promise.all(runs.map(lane))
    },
    close,
  }
}

function lanes(name: string, runners: readonly Runner[]): Lanes {
  const store = runners[0]!.store
  const judged = (runner: Runner) => async () => {
    const { verdict, run } = await runner.judge(fifteen)
    if (verdict.result !== 'valid') throw new Error(`${name}: ${verdict.result} (${run.ending.kind}): ${verdict.reasons.join(', ')}`)
  }
  return inLanes(name, runners.map(judged), async () => {
    for (const runner of runners) await runner.close()
    await store.close()
  })
}

export const onModel = async (): Promise<Lanes> =>
  lanes('model', [new Runner(demoSubject('memory', 'snapshot-cursor'), await openStore('memory'))])

export async function onRedis(inFlight: number): Promise<Lanes> {
  const store = await openStore('redis')
  const runners = Array.from({ length: inFlight }, () => new Runner(demoSubject('redis', 'snapshot-cursor'), store))
  return lanes(`real Redis, ${inFlight} in flight`, runners)
}

export async function onWire(): Promise<Lanes> {
  const { definition, store, open } = await wire(wireConsumer('snapshot-cursor', 'bare'), await findRedis())
  return lanes('over the wire', [new Runner(definition, store, { open, checks: DELIVERY_KINDS })])
}
