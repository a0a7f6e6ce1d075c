/**
 * How many schedules a second: fifteen steps each, with a consumer that is right and one that is wrong, on the model and on
 * a real Redis, one in flight. How long an exploration takes that stands for a million interleavings. And what the probe
 * costs a repository that no schedule holds.
 *
 *   npx jiti bench/throughput.ts [--rounds 7] [--seconds 1] [--no-redis]
 *
 * The median of several rounds, the first of them dropped. Users run what is built, so that is what is measured where
 * there is a build: `npm run build` first.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type * as DemoSubjects from '../src/cli/demo-subjects.js'
import type * as Clock from '../src/clock/clock.js'
import type * as Model from '../src/model/in-memory-repository.js'
import type * as Probe from '../src/probe/repository-probe.js'
import type * as Enumeration from '../src/schedule/enumeration.js'
import type * as ScenarioWords from '../src/schedule/scenario.js'
import type * as ScheduleModule from '../src/schedule/schedule.js'
import type * as OpenStore from '../src/store/open-store.js'
import type * as ExploreSubject from '../src/suite/explore-subject.js'
import type * as Runner from '../src/suite/subject-runner.js'
import type { StoreKind } from '../src/subject/subject.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    redis: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const ROUNDS = Number(values.rounds)
const ROUND_MS = Number(values.seconds) * 1000

const root = existsSync(new URL('../dist/src', import.meta.url)) ? '../dist/src' : '../src'
const load = async <T>(path: string): Promise<T> => (await import(new URL(`${root}/${path}`, import.meta.url).href)) as T
const { demoSubject } = await load<typeof DemoSubjects>('cli/demo-subjects.js')
const { stopwatch } = await load<typeof Clock>('clock/clock.js')
const { InMemoryStreamRepository } = await load<typeof Model>('model/in-memory-repository.js')
const { probe } = await load<typeof Probe>('probe/repository-probe.js')
const { unreduced } = await load<typeof Enumeration>('schedule/enumeration.js')
const { advance, append } = await load<typeof ScenarioWords>('schedule/scenario.js')
const { schedule } = await load<typeof ScheduleModule>('schedule/schedule.js')
const { openStore } = await load<typeof OpenStore>('store/open-store.js')
const { exploreSubject } = await load<typeof ExploreSubject>('suite/explore-subject.js')
const { SubjectRunner } = await load<typeof Runner>('suite/subject-runner.js')

/** Fifteen steps: past the announcement, an entry in the gap behind an empty read, one while the next read waits. */
const FIFTEEN = schedule([
  ...Array.from({ length: 7 }, () => advance()),
  append(1),
  ...Array.from({ length: 4 }, () => advance()),
  append(1),
  advance(),
  advance(),
])

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

/** Of so many rounds, the first dropped: it warms up. */
async function rounds(once: () => Promise<number>): Promise<number> {
  const figures: number[] = []
  for (let round = 0; round <= ROUNDS; round++) figures.push(await once())
  return median(figures.slice(1))
}

/** Calls of `body` in a second. */
async function rate(body: () => Promise<unknown>): Promise<number> {
  const elapsed = stopwatch()
  let calls = 0
  while (elapsed() < ROUND_MS) {
    for (let i = 0; i < 10; i++) await body()
    calls += 10
  }
  return calls / (elapsed() / 1000)
}

const show = (what: string, figure: string) => console.log(`${what.padEnd(44)} ${figure.padStart(12)}`)

async function schedules(kind: StoreKind): Promise<void> {
  const store = await openStore(kind)
  console.log(store.description)
  for (const loop of ['snapshot-cursor', 'literal-dollar'] as const) {
    const runner = new SubjectRunner(demoSubject(kind, loop), store)
    const perSecond = await rounds(() => rate(() => runner.judge(FIFTEEN)))
    show(`  ${loop}, ${FIFTEEN.steps.length} steps`, `${Math.round(perSecond)}/s`)
    await runner.close()
  }
  await store.close()
}

/** Five appends into three read cycles: beyond a million. */
async function exploration(): Promise<void> {
  const store = await openStore('memory')
  const bound = { appends: 5, cycles: 3, count: 2 }
  const runner = new SubjectRunner(demoSubject('memory', 'snapshot-cursor'), store)
  let about = ''
  const ms = await rounds(async () => {
    const elapsed = stopwatch()
    const { certificate } = await exploreSubject(runner, bound)
    about = `${unreduced(certificate.bound)} interleavings as ${certificate.schedules} schedules`
    return elapsed()
  })
  show(`  explore: ${about}`, `${(ms / 1000).toFixed(2)} s`)
  await runner.close()
  await store.close()
}

/** What a call costs more through a probe that holds nothing. */
async function probeOverhead(): Promise<void> {
  const bare = new InMemoryStreamRepository({ clock: null })
  const probed = probe(bare, { gate: () => undefined, note: () => undefined })
  await bare.sendData('t', 1)
  const calls = 20_000
  const microseconds = async (repository: typeof bare) => {
    const elapsed = stopwatch()
    for (let i = 0; i < calls; i++) await repository.getStreamTailId('t')
    const tail = elapsed()
    for (let i = 0; i < calls; i++) for await (const _ of repository.readMessages('t', '0-0', { timeoutMs: 0, count: 1 }));
    return [(tail * 1000) / calls, ((elapsed() - tail) * 1000) / calls] as const
  }
  const tails: number[] = []
  const reads: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const without = await microseconds(bare)
    const through = await microseconds(probed)
    tails.push(through[0] - without[0])
    reads.push(through[1] - without[1])
  }
  show('  probe overhead, a tail', `${median(tails.slice(1)).toFixed(2)} µs`)
  show('  probe overhead, a read of one entry', `${median(reads.slice(1)).toFixed(2)} µs`)
}

await schedules('memory')
await exploration()
await probeOverhead()
if (values.redis) await schedules('redis')
