/**
 * Schedules of 40 steps of which three matter, made small: by `minimise`, by fast-check's shrinking of the same steps as
 * an array, and by the one after the other, as `tailrace run` does it. And one failure replayed, byte for byte.
 *
 * The mutant does not see what is there after a read that was woken: a read has to block, an entry to wake it, and one
 * more entry to be there when it reads again.
 */
import fc from 'fast-check'
import emptyGap from '../scenarios/empty-gap.js'
import { stopwatch } from '../src/clock/clock.js'
import { demoSubject } from '../src/cli/demo-subjects.js'
import { mutantSubject, mutants } from '../src/kit/mutants/index.js'
import { type Schedule, schedule } from '../src/schedule/schedule.js'
import type { Step } from '../src/schedule/step.js'
import { memoryStore } from '../src/dialects/memory/memory-store.js'
import { openStore } from '../src/dialects/open-store.js'
import { minimise } from '../src/search/minimise.js'
import { type Judged, search } from '../src/search/strategy.js'
import { Runner } from '../src/run/runner.js'
import type { Options } from './options.js'
import { seeded } from '../src/random/seeded.js'
import type { ShrinkingResult } from './results.js'
import { bootstrap, median } from './statistics.js'

const FROM = 40
const MUTANT = mutants.find(({ name }) => name === 'empty-after-wake-up')!
/** One in five steps is an append: so many moves in a row that all but a few of them are noise. */
const APPENDS = 0.2

type Judge = (schedule: Schedule) => Promise<Judged>
type Shrink = (failing: { readonly schedule: Schedule; readonly judged: Judged }, judge: Judge) => Promise<Schedule>

const byMinimise: Shrink = async ({ schedule, judged }, judge) =>
  (await search(minimise(judged, schedule), (each) => judge(each.schedule))).schedule

const byFastCheck: Shrink = async (failing, judge) => {
  const steps = fc.array(fc.constantFrom<Step>(MOVE, APPEND), { maxLength: FROM })
  const property = fc.asyncProperty(steps, async (each) => (await judge({ ...failing.schedule, steps: each })).verdict.result !== 'invalid')
  const { counterexample } = await fc.check(property, { examples: [[[...failing.schedule.steps]]], numRuns: 1 })
  if (counterexample === null) throw new Error('a schedule that failed does not fail any more')
  return { ...failing.schedule, steps: counterexample[0]! }
}

const byBoth: Shrink = async (failing, judge) => {
  const smaller = await byFastCheck(failing, judge)
  return byMinimise({ schedule: smaller, judged: await judge(smaller) }, judge)
}

const ARMS: Readonly<Record<string, Shrink>> = { minimise: byMinimise, 'fast-check': byFastCheck, 'fast-check, then minimise': byBoth }

/** fast-check tells the values of a set apart by identity. */
const MOVE: Step = { advance: 0 }
const APPEND: Step = { append: 1 }

export async function shrinking({ seed, quick, say }: Options): Promise<ShrinkingResult> {
  say('shrinking')
  const runner = new Runner(mutantSubject(MUTANT, 'memory'), memoryStore())
  const arms = Object.entries(ARMS).map(([arm, shrink]) => ({
    arm,
    shrink,
    to: [] as number[],
    executions: [] as number[],
    milliseconds: [] as number[],
  }))
  let first = true
  for await (const failing of failures(runner, seeded(seed, 'shrinking'), quick ? 4 : 31)) {
    for (const { shrink, to, executions, milliseconds } of arms) {
      let runs = 0
      const elapsed = stopwatch()
      const smallest = await shrink(failing, (each) => {
        runs++
        return runner.judge(each)
      })
      // The first one warms up.
      if (first) continue
      milliseconds.push(elapsed())
      executions.push(runs)
      to.push(smallest.steps.length)
    }
    first = false
  }
  await runner.close()
  const estimate = (values: readonly number[], name: string) => bootstrap(values, median, seeded(seed, name))
  return {
    from: FROM,
    rows: arms.map(({ arm, to, executions, milliseconds }) => ({
      arm,
      to: estimate(to, `${arm} steps`),
      executions: estimate(executions, `${arm} executions`),
      milliseconds: estimate(milliseconds, `${arm} ms`),
    })),
    replays: [await replays('memory', quick ? 50 : 1000, say), await replays('redis', quick ? 20 : 1000, say)],
  }
}

/** Random schedules of 40 steps that fail. */
async function* failures(runner: Runner, random: () => number, wanted: number) {
  for (let found = 0; found < wanted; ) {
    const plan = schedule(Array.from({ length: FROM }, () => (random() < APPENDS ? APPEND : MOVE)))
    const judged = await runner.judge(plan)
    if (judged.verdict.result !== 'invalid') continue
    found++
    yield { schedule: plan, judged }
  }
}

const STORES = { memory: 'model', redis: 'real Redis' } as const

async function replays(dialect: keyof typeof STORES, runs: number, say: Options['say']): Promise<ShrinkingResult['replays'][number]> {
  say(`replays, ${dialect}`)
  const store = await openStore(dialect)
  const runner = new Runner(demoSubject(dialect, 'literal-dollar'), store)
  const histories = new Set<string>()
  for (let i = 0; i < runs; i++) histories.add(JSON.stringify((await runner.judge(emptyGap.schedule)).run.history))
  await runner.close()
  await store.close()
  return { store: STORES[dialect], runs, histories: histories.size }
}
