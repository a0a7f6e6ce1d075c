/** A run that goes on for a time. Its clock is told by the schedules that are run, each a millisecond: no second of real time plays a part. */
import { describe, expect, it } from 'vitest'
import { entryOf, isAnnouncement, literalDollar, snapshotCursor } from '../../src/consumers/loops.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { type SubjectResult, exitOf, resultOf } from '../../src/report/result.js'
import { timedOf } from '../../src/report/formats/summary.js'
import { type SuiteOptions, runAll, runSuite } from '../../src/run/run-suite.js'
import { isOver, msFrom, partOf, timeBudget } from '../../src/run/time-budget.js'
import type { Schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { scenarios } from '../../scenarios/index.js'
import { mutated, plain } from '../report/suites.js'
import { subjectResult } from '../report/runs.js'

const few = scenarios.filter(({ name }) => ['empty-gap', 'read-fails'].includes(name))

/** What has passed on it can be set. */
function clock() {
  let now = 0
  return { elapsed: () => now, pass: (ms: number) => void (now += ms) }
}

interface Ran {
  readonly subjects: readonly SubjectResult[]
  readonly exit: number
  readonly schedules: readonly Schedule[]
  readonly parts: readonly string[]
}

/** @param ms how long it may take; for ever where it is undefined. */
async function run(subjects: readonly SubjectDefinition[], ms: number | undefined, options: Partial<SuiteOptions> = {}): Promise<Ran> {
  const { elapsed, pass } = clock()
  const schedules: Schedule[] = []
  const parts: string[] = []
  const suite = await runSuite(subjects, {
    scenarios: few,
    bursts: Number.POSITIVE_INFINITY,
    seed: 42,
    ...(ms === undefined ? {} : { time: timeBudget(ms, elapsed) }),
    observer: { schedule: (schedule) => (pass(1), void schedules.push(schedule)), event: () => undefined },
    onProgress: ({ part }) => void (parts.at(-1) === part || parts.push(part)),
    openStore: async () => memoryStore(),
    ...options,
  })
  return { subjects: suite.subjects, exit: exitOf(suite), schedules, parts }
}

const own = (name: string, consume: unknown): SubjectDefinition =>
  ({ ...plain, name, consume, entryOf, isAnnouncement }) as unknown as SubjectDefinition
const right = own('right', snapshotCursor)
const wrong = own('wrong', literalDollar)
/** Wrong, and not found at once. */
const late = mutated('late', 'jumps-after-two-batches')

describe('a time', () => {
  it('is asked for as a number with its unit', () => {
    const taken = { '500ms': 500, '30s': 30_000, '1.5s': 1500, '5m': 300_000, '1h': 3_600_000 }
    expect(Object.keys(taken).map(msFrom)).toEqual(Object.values(taken))
    const refused = ['30', '-1s', '0s', '0.0ms', 'abc', '', 's', '1 s', '1S', '1e3s', '1.s', '.5s', '5m30s', '1d', `${'9'.repeat(400)}h`]
    expect(refused.map(msFrom)).toEqual(refused.map(() => undefined))
  })

  it('is shared by those that are left: what one does not use is there for the others', () => {
    const { elapsed, pass } = clock()
    const whole = timeBudget(900, elapsed)
    const first = partOf(whole, 3)
    expect(first.leftMs()).toBe(300)
    pass(100)
    expect([whole, first].map((each) => each.leftMs())).toEqual([800, 200])
    const second = partOf(whole, 2)
    expect(second.leftMs()).toBe(400)
    pass(500)
    expect([isOver(whole), isOver(first), isOver(second), second.leftMs(), partOf(whole, 1).leftMs()]).toEqual([false, true, true, 0, 300])
    pass(400)
    expect([whole.leftMs(), partOf(whole, 1).leftMs(), isOver(partOf(whole, 1)), isOver(undefined)]).toEqual([0, 0, true, false])
  })

  it('is handed to each subject when its turn comes', async () => {
    const { elapsed, pass } = clock()
    const parts: (number | undefined)[] = []
    const take = (ms: number) => async (time?: { leftMs(): number }) => {
      parts.push(time?.leftMs())
      pass(ms)
      return subjectResult([])
    }
    await runAll([take(100), take(700), take(0)], { seed: 1, time: timeBudget(900, elapsed) })
    await runAll([take(0)], { seed: 1 })
    expect(parts).toEqual([300, 400, 100, undefined])
  })
})

describe('a run with a time', () => {
  it('goes on with bursts until it is over, and says how to run the same ones without', async () => {
    const { subjects, exit } = await run([plain], 60)
    const { bursts } = subjects[0]!
    expect(bursts).toMatchObject({ timeMs: 60, seed: 42 })
    expect(bursts!.runs).toBeGreaterThan(20)
    expect(exit).toBe(0)
    expect(timedOf(subjects[0]!)).toEqual([
      {
        said: `the time of 60 ms was over after ${bursts!.runs} bursts; the same ones, whatever the time:`,
        again: `npx tailrace run --subject plain --runs ${bursts!.runs} --seed 42`,
      },
    ])
  })

  it('runs the schedules of the seed in their order, more or fewer of them', async () => {
    const [short, long] = [await run([plain], 50), await run([plain], 70)]
    expect(long.schedules.slice(0, short.schedules.length)).toEqual(short.schedules)
    expect(long.schedules.length).toBeGreaterThan(short.schedules.length)
    const { runs } = short.subjects[0]!.bursts!
    const again = await run([plain], undefined, { bursts: runs })
    expect(again.schedules).toEqual(short.schedules)
    expect(again.subjects[0]!.bursts).toMatchObject({ runs, counts: short.subjects[0]!.bursts!.counts })
    expect(again.subjects[0]!.bursts).not.toHaveProperty('timeMs')
  })

  it('finds the same failure whatever the time, and finishes making it small', async () => {
    const found = async (ms: number | undefined, options: Partial<SuiteOptions> = {}) =>
      (await run([late], ms, { scenarios: [], ...options })).subjects[0]!.bursts!
    const without = await found(undefined, { bursts: 1000 })
    const { foundAfter = 0, path } = without.failure!
    expect(foundAfter).toBeGreaterThan(5)
    for (const ms of [foundAfter + 4, 100_000]) {
      const { failure, runs, timeMs } = await found(ms)
      expect({ failure, runs, timeMs }).toEqual({
        failure: { ...without.failure, ms: expect.any(Number) },
        runs: without.runs,
        timeMs: undefined,
      })
    }
    expect((await found(undefined, { bursts: 1, path: path! })).failure?.schedule).toEqual(without.failure!.schedule)
  })

  it('ends at the number, where that comes first', async () => {
    const { subjects, exit } = await run([plain], 100_000, { bursts: 10 })
    expect(subjects[0]!.bursts).toMatchObject({ runs: 10 })
    expect(subjects[0]!.bursts).not.toHaveProperty('timeMs')
    expect(exit).toBe(0)
    const { bursts } = (await run([plain], 50, { bursts: 100 })).subjects[0]!
    expect(bursts!.timeMs).toBe(50)
    expect(bursts!.runs).toBeLessThan(50)
  })

  it('is not green where the time was over before the first burst: what must be run was run all the same', async () => {
    const { subjects, exit } = await run([plain], 1)
    expect(subjects[0]).toMatchObject({ bursts: { runs: 0, timeMs: 1 } })
    expect(subjects[0]!.scenarios.map(({ name, verdict }) => [name, verdict.result])).toEqual(few.map(({ name }) => [name, 'valid']))
    expect(resultOf(subjects[0]!)).toBe('unknown')
    expect(exit).toBe(2)
    expect(timedOf(subjects[0]!)).toEqual([{ said: 'no burst was run: the time of 1 ms was over before the first' }])
  })

  it('gives the exploration half of what is left, before the bursts', async () => {
    const whole = await run([plain], 250, { bursts: 5, exploration: { appends: 1, cycles: 2 } })
    expect(whole.parts.slice(-2)).toEqual(['exploration', 'bursts'])
    expect(whole.subjects[0]!.exploration).not.toHaveProperty('stopped')
    expect(whole.exit).toBe(0)

    const { subjects, exit, schedules } = await run([plain], 80, { exploration: { appends: 3, cycles: 6 } })
    const { exploration, bursts } = subjects[0]!
    expect(exploration!.stopped).toBe(true)
    expect(Math.abs(exploration!.schedules - bursts!.runs)).toBeLessThan(20)
    expect(schedules.length).toBeLessThan(100)
    // It has not shown what it was to show.
    expect(exit).toBe(2)
    expect(timedOf(subjects[0]!).map(({ said }) => said)).toContain('the time was over before the exploration was complete')
  })

  it('takes nothing from the bursts where the exploration cannot be run', async () => {
    const short = async function* ({ repository, topic }: ConsumeContext) {
      let cursor = await repository.getStreamTailId(topic)
      yield { type: 'connected' }
      for (let quiet = 0; quiet < 6; quiet++) {
        for await (const { id, data } of repository.readMessages(topic, cursor, { timeoutMs: 1000, count: 10 })) {
          yield { type: 'entry', id, data }
          cursor = id
          quiet = -1
        }
      }
    }
    const { subjects } = await run([own('ends', short)], 60, { exploration: { appends: 1, cycles: 9 } })
    expect(subjects[0]!.error).toMatch(/does not come through 9 read cycles/)
    expect(subjects[0]!.bursts!.runs).toBeGreaterThan(0)
  })

  it('is for all subjects together', async () => {
    const { subjects } = await run([wrong, { ...plain, name: 'a' }, { ...plain, name: 'b' }], 300)
    const [first, second, third] = subjects.map(({ bursts }) => bursts!)
    // What ended early has left its time to the others.
    expect(first!.failure).toBeDefined()
    for (const { runs, timeMs } of [second!, third!]) {
      expect(timeMs).toBe(300)
      expect(runs).toBeGreaterThan(75)
    }
    expect(Math.abs(second!.runs - third!.runs)).toBeLessThan(20)
  })
})

describe('where the model is tried first', () => {
  const turns = ['bursts on the model', 'bursts']
  const openStore: SuiteOptions['openStore'] = async () => Object.assign(memoryStore(), { virtual: false })

  it('it is a round ahead of the store, and what is found there is found whatever the time', async () => {
    const { subjects, parts } = await run([right], 200, { openStore })
    const { runs } = subjects[0]!.bursts!
    expect(runs).toBeGreaterThan(50)
    expect(parts.filter((part) => part.startsWith('bursts')).slice(0, 4)).toEqual([...turns, ...turns])
    const [without, within] = [await run([wrong], undefined, { openStore, bursts: 50 }), await run([wrong], 1000, { openStore })]
    const failures = [without, within].map((each) => ({ ...each.subjects[0]!.bursts!.failure!, ms: 0 }))
    expect(failures[0]!.notes[0]).toContain('found on the in-memory model')
    expect(failures[1]).toEqual(failures[0])
  })
})
