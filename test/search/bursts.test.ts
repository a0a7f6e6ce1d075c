import { describe, expect, it } from 'vitest'
import { correctImplementations } from '../../src/kit/correct/correct.js'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { decodeSchedule } from '../../src/schedule/codec.js'
import type { Schedule } from '../../src/schedule/schedule.js'
import { type Step, type StepKey, keysOf } from '../../src/schedule/step.js'
import { anomaly } from '../../src/oracle/anomaly.js'
import { NO_COUNTS } from '../../src/oracle/check.js'
import { judgeOf, repositoryTarget, runnerOf } from '../../src/run/target.js'
import { type BurstOptions, bursts } from '../../src/search/bursts.js'
import { Corpus } from '../../src/search/corpus.js'
import { type Judged, search } from '../../src/search/strategy.js'

/** What comes of bursts over a right consumer on the model. */
async function drawn(name: string, options: Omit<BurstOptions, 'shrink'>): Promise<readonly Judged[]> {
  const implementation = correctImplementations.find((each) => each.name === name)!
  const target = repositoryTarget(implementation.subject('memory'), memoryStore())
  const runner = runnerOf(target)
  const judge = judgeOf(runner)
  const all: Judged[] = []
  const { alphabet } = target
  const { runs } = await search(bursts({ ...(alphabet && { alphabet }), ...options, shrink: false }), async (candidate) => {
    const judged = await judge(candidate)
    all.push(judged)
    return judged
  })
  await runner.close()
  expect(runs).toBe(all.length)
  return all
}

const stepsOf = (all: readonly Judged[]): readonly Step[] => all.flatMap(({ run }) => run.schedule.steps)
const kindsOf = (steps: readonly Step[]): ReadonlySet<StepKey> => new Set(steps.flatMap((step) => keysOf(step)[0]!))

describe('bursts', () => {
  it('accuse nobody who is right, and are hardly ever about nothing', async () => {
    for (const name of ['reference-loops', 'keeping-alive', 'running-ahead', 'filtering']) {
      const all = await drawn(name, { runs: 60, seed: 3 })
      expect(
        all.filter(({ verdict }) => verdict.result === 'invalid').map(({ verdict, run }) => [verdict.anomalies, run.schedule]),
      ).toEqual([])
      expect(all.filter(({ verdict }) => verdict.result === 'unknown').length).toBeLessThanOrEqual(1)
    }
  })

  it('are made of all that may happen to a repository', async () => {
    const steps = stepsOf(await drawn('reference-loops', { runs: 300, seed: 1 }))
    const wanted = [
      'advance',
      'append',
      'fail',
      'disconnect',
      'abort',
      'leave',
      'restart',
      'poison',
      'delete',
      'trim',
      'drop',
      'elsewhere',
    ] as const
    expect([...kindsOf(steps)].sort()).toEqual([...wanted].sort())
    const failing = steps.flatMap((step) => ('fail' in step ? [`${step.fail}${step.by === undefined ? '' : ' by the store'}`] : []))
    expect([...new Set(failing)].sort()).toEqual(['append', 'append by the store', 'read', 'tail'])
    const sizes = steps.flatMap((step) => ('append' in step ? [step.append] : []))
    for (const size of [1, 2, 10, 11, 21, 17, 65, 257]) expect(sizes).toContain(size)
    expect(steps.some((step) => 'append' in step && step.writer === 'another')).toBe(true)
    expect(steps.some((step) => 'append' in step && step.equal === true)).toBe(true)
    const inOneMillisecond = (ids: readonly string[] = []) => new Set(ids.map((id) => id.split('-')[0])).size < ids.length
    expect(steps.some((step) => 'append' in step && inOneMillisecond(step.ids))).toBe(true)
    const refusedTogether = steps.some((step, at) => {
      const next = steps[at + 1]
      return 'fail' in step && step.by === 'store' && next !== undefined && 'append' in next && next.together === true
    })
    expect(refusedTogether).toBe(true)
  })

  it('end with the status of a consumer that ends with that, and append nothing behind it', async () => {
    const all = await drawn('reference-loops', { runs: 60, seed: 3, alphabet: { ends: 'among others' } })
    const behind = all.flatMap(({ run: { schedule } }) => {
      const at = schedule.steps.findIndex((step) => 'finish' in step)
      return at === -1 ? [] : [schedule.steps.slice(at + 1)]
    })
    expect(behind.length).toBeGreaterThan(10)
    expect(behind.flat().filter((step) => 'append' in step)).toEqual([])
  })

  it('are made of nothing that a subject does not take', async () => {
    const alphabet = {
      retries: false,
      tails: false,
      resumes: false,
      leaves: false,
      changes: false,
      appendsFail: false,
      otherWriters: false,
      ids: false,
      alike: false,
      ends: false,
      consumers: 2,
    } as const
    const all = await drawn('reference-loops', { runs: 100, seed: 1, alphabet })
    expect([...kindsOf(stepsOf(all))].sort()).toEqual(['advance', 'append', 'elsewhere'])
    expect(new Set(all.map(({ run }) => run.schedule.consumers))).toEqual(new Set([2]))
    const few = stepsOf(await drawn('reference-loops', { runs: 80, seed: 1, alphabet: { ...alphabet, retries: true, largest: 12 } }))
    expect(Math.max(...few.map((step) => ('append' in step ? step.append : 0)))).toBe(12)
    expect(few.some((step) => 'fail' in step && step.fail === 'tail')).toBe(false)
    expect(few.some((step) => 'fail' in step && step.fail === 'read')).toBe(true)
    const lacks = (step: Step) => ('trim' in step || 'delete' in step || 'poison' in step ? 'no method for that' : undefined)
    const kinds = kindsOf(stepsOf(await drawn('reference-loops', { runs: 150, seed: 1, lacks })))
    for (const kind of ['trim', 'delete', 'poison'] as const) expect(kinds).not.toContain(kind)
  })

  it('move any of the gates that are held side by side', async () => {
    const steps = stepsOf(await drawn('running-ahead', { runs: 60, seed: 2 }))
    expect(steps.some((step) => 'advance' in step && step.held !== undefined)).toBe(true)
  })

  it('are the same for the same seed, each by itself, and survive a file', async () => {
    const [once, again] = [await drawn('reference-loops', { runs: 40, seed: 42 }), await drawn('reference-loops', { runs: 40, seed: 42 })]
    expect(JSON.stringify(again.map(({ run }) => run))).toBe(JSON.stringify(once.map(({ run }) => run)))
    const [alone] = await drawn('reference-loops', { runs: 40, seed: 42, path: '7' })
    const [first] = (await drawn('reference-loops', { runs: 7, seed: 42 })).slice(6)
    expect(JSON.stringify(alone!.run)).toBe(JSON.stringify(first!.run))
    for (const { run } of once) {
      const data: unknown = JSON.parse(JSON.stringify(run.schedule))
      expect(decodeSchedule(data)).toEqual(data)
    }
  })

  it('go on from where others have come, unless they are to begin anew', async () => {
    const beginnings = async (runs: number, goesOn?: BurstOptions['goesOn']) => {
      const lengths: number[] = []
      const strategy = bursts({ runs, seed: 4, ...(goesOn && { goesOn }), shrink: false })
      const runner = runnerOf(repositoryTarget(correctImplementations[0]!.subject('memory'), memoryStore()))
      await search(strategy, (candidate) => {
        lengths.push(candidate.schedule.steps.length)
        return judgeOf(runner)(candidate)
      })
      await runner.close()
      return lengths.flatMap((length, index) => (length > 0 ? [index + 1] : []))
    }
    const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
    expect(await beginnings(30, () => false)).toEqual([])
    expect(await beginnings(30, () => true)).toEqual(upTo(30).slice(1))
    expect(await beginnings(206)).toEqual(upTo(206).filter((number) => number > 200 && number % 2 === 0))
  })

  it('are the same in one search as in several, one of which goes on where the other has ended', async () => {
    const schedules = (all: readonly Judged[]) => all.map(({ run }) => JSON.stringify(run.schedule))
    const corpus = new Corpus()
    const goesOn = (number: number) => number % 2 === 0
    const [first, second] = [
      { runs: 15, seed: 8, goesOn, corpus },
      { first: 16, runs: 15, seed: 8, goesOn, corpus },
    ] as const
    const parts = [...(await drawn('reference-loops', first)), ...(await drawn('reference-loops', second))]
    expect(schedules(parts)).toEqual(schedules(await drawn('reference-loops', { runs: 30, seed: 8, goesOn })))
  })

  it('give the same history again when their steps are no longer chosen', async () => {
    const all = await drawn('running-ahead', { runs: 30, seed: 5 })
    const target = repositoryTarget(correctImplementations.find(({ name }) => name === 'running-ahead')!.subject('memory'), memoryStore())
    const runner = runnerOf(target)
    for (const { run } of all) expect(JSON.stringify((await runner.judge(run.schedule)).run.history)).toBe(JSON.stringify(run.history))
    await runner.close()
  })
})

describe('a burst that fails', () => {
  const appendsOf = ({ steps }: Schedule) => steps.filter((step) => 'append' in step).length
  const held = {
    state: 'held',
    at: { type: 'delivered' },
    holds: { count: 1, gates: 1 },
    waits: { count: 0 },
    promised: true,
    promisedItself: true,
    handed: [],
  }

  /** Two appends show one fault, and fewer another. Whoever chooses is asked for all of its steps, with everybody always held. */
  const judge = async ({ schedule: tried, chooser }: Parameters<Parameters<typeof search>[1]>[0]): Promise<Judged> => {
    const steps = [...tried.steps]
    const scene = { consumers: Array.from({ length: tried.consumers ?? 1 }, () => ({ ...held, waitsForEver: false })) } as never
    for (let next = chooser?.next(scene) ?? []; next.length > 0; next = chooser!.next(scene)) steps.push(...next)
    const schedule = { ...tried, steps }
    return {
      run: { schedule, history: [], ending: { kind: 'completed' }, clean: true },
      verdict: {
        result: 'invalid',
        anomalies: [anomaly(appendsOf(schedule) >= 2 ? 'stale-read' : 'short-read', 'seen')],
        reasons: [],
        counts: NO_COUNTS,
      },
      ms: 0,
    }
  }

  it('is made small as long as it fails in the same way, with one consumer and the usual reads', async () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed)
    const found = await Promise.all(seeds.map(async (seed) => (await search(bursts({ runs: 5, seed }), judge)).failure!))
    const small = new Set(found.map(({ verdict, schedule: smallest }) => `${verdict.anomalies[0]!.code}, ${appendsOf(smallest)} appends`))
    expect([...small].filter((each) => each.startsWith('stale-read'))).toEqual(['stale-read, 2 appends'])
    expect(found.filter(({ schedule: { consumers, read } }) => consumers !== undefined || read.count !== 10)).toEqual([])
  })

  const failing = async (options: Omit<BurstOptions, 'runs'>) => {
    const runner = runnerOf(
      repositoryTarget(mutantSubject(mutants.find(({ name }) => name === 'jumps-after-two-batches')!, 'memory'), memoryStore()),
    )
    const { failure } = await search(bursts({ runs: 200, ...options }), judgeOf(runner))
    await runner.close()
    return failure!
  }

  it('is found again by its path, after those that it goes on from', async () => {
    const seed = 3
    const found = await failing({ seed, goesOn: () => true })
    expect(found.path).toMatch(/^(\d+:\d+,)+\d+$/)
    const again = await failing({ seed, path: found.path! })
    expect({ ...again, ms: 0, foundAfter: 0 }).toEqual({ ...found, ms: 0, foundAfter: 0 })
    expect(again.foundAfter).toBe(found.path!.split(',').length)
  })

  it.each(['0', '3:4', '3:4,', '3,4', 'x', '0:0:3'])('has a path, which "%s" is not', async (path) => {
    await expect(failing({ seed: 1, path })).rejects.toThrow(`no burst is called "${path}"`)
  })
})
