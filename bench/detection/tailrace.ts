/**
 * tailrace itself. One run is one schedule from beginning to verdict: the scenario `empty-gap`, or, knowing as little as
 * those that draw, one generated burst.
 */
import emptyGap from '../../scenarios/empty-gap.js'
import { DELIVERY_KINDS } from '../../src/oracle/anomaly.js'
import { demoSubject } from '../../src/cli/demo-subjects.js'
import { bursts } from '../../src/search/bursts.js'
import type { Schedule } from '../../src/schedule/schedule.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import { openStore } from '../../src/dialects/open-store.js'
import type { Store } from '../../src/dialects/store.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { Runner } from '../../src/run/runner.js'
import { wire } from '../../src/sources/wire/definition.js'
import type { Arm } from '../arm.js'
import type { Timing } from '../results.js'
import { wireConsumer } from '../wire-consumer.js'
import type { Bench } from './bench.js'
import { pausing } from './trial.js'

const ARMS = { memory: { name: 'tailrace, model', turn: 500 }, redis: { name: 'tailrace, real Redis', turn: 100 } } as const

/** The subject of the demonstration, its pause as the timing has it. */
function subject(dialect: keyof typeof ARMS, timing: Timing): SubjectDefinition {
  const demo = demoSubject(dialect, 'literal-dollar')
  const clocked = (context: ConsumeContext): ConsumeContext => ({ ...context, clock: pausing(timing, context.clock) })
  return { ...demo, consume: (context) => demo.consume!(clocked(context)) }
}

const arm = (name: string, turn: number, runner: Runner, store: Store, next: () => Schedule): Arm => ({
  name,
  turn,
  run: async () => (await runner.judge(next())).verdict.result === 'invalid',
  close: () => runner.close().then(() => store.close()),
})

export async function overRepository(bench: Bench, dialect: keyof typeof ARMS, timing: Timing): Promise<Arm> {
  const store = await openStore(dialect)
  const { name, turn: whole } = ARMS[dialect]
  const turn = bench.quick ? whole / 5 : whole
  return arm(name, turn, new Runner(subject(dialect, timing), store), store, () => emptyGap.schedule)
}

export async function overWire(bench: Bench, timing: Timing): Promise<Arm> {
  const { definition, store, open } = await wire(wireConsumer('literal-dollar', timing), await findRedis())
  // The program pauses in real time, since nothing of ours is inside it.
  const turn = timing === 'original' ? 5 : bench.quick ? 20 : 50
  return arm(
    'tailrace, over the wire',
    turn,
    new Runner(definition, store, { open, checks: DELIVERY_KINDS }),
    store,
    () => emptyGap.schedule,
  )
}

/** Bursts on the model: what it finds without knowing where to look. */
export async function byBursts(bench: Bench, timing: Timing): Promise<Arm> {
  const store = await openStore('memory')
  let seed = bench.seed(`bursts ${timing}`)
  const runner = new Runner(subject('memory', timing), store)
  return {
    name: 'tailrace, bursts on the model',
    turn: bench.quick ? 50 : 300,
    // The first burst of a seed of its own each time: the next one would not be independent of what came of it.
    run: async () => {
      const { schedule, ...how } = (await bursts({ runs: 1, seed: seed++ }).next())!
      return (await runner.judge(schedule, how)).verdict.result === 'invalid'
    },
    close: () => runner.close().then(() => store.close()),
  }
}
