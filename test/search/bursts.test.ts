import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { burst } from '../../src/search/arbitrary.js'
import { decodeSchedule } from '../../src/schedule/codec.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import { anomaly } from '../../src/oracle/anomaly.js'
import { NO_COUNTS } from '../../src/oracle/check.js'
import { bursts } from '../../src/search/bursts.js'
import { type Judged, search } from '../../src/search/strategy.js'

describe('bursts', () => {
  it('are schedules that survive a file', () => {
    fc.assert(
      fc.property(burst(), (each) => {
        const data: unknown = JSON.parse(JSON.stringify(each))
        expect(decodeSchedule(data)).toEqual(data)
      }),
      { numRuns: 300 },
    )
  })

  it('move one consumer, and append 1, count, count + 1 or two batches and one', () => {
    fc.assert(
      fc.property(burst(), ({ steps, read, consumers }) => {
        const { count } = read
        expect(consumers).toBeUndefined()
        for (const step of steps) {
          if ('append' in step) expect([1, count, count + 1, 2 * count + 1]).toContain(step.append)
          else if ('fail' in step) expect([1, 3]).toContain(step.times)
          else expect(step).toEqual({ advance: 0 })
        }
      }),
    )
  })

  it('reach every size and every count that they are made of', () => {
    const samples = fc.sample(burst(), { numRuns: 500, seed: 1 })
    expect(new Set(samples.map(({ read }) => read.count))).toEqual(new Set([1, 2, 3, 10]))
    const sizes = samples.flatMap(({ steps, read }) => steps.flatMap((step) => ('append' in step ? [step.append / read.count] : [])))
    for (const size of [0.1, 1, 1.1, 2.1]) expect(sizes).toContain(size)
  })

  it('are the same for the same seed', () => {
    const sample = () => JSON.stringify(fc.sample(burst(), { numRuns: 20, seed: 42 }))
    expect(sample()).toBe(sample())
  })

  it('shrink to one move with the default read options', () => {
    const { counterexample } = fc.check(
      fc.property(burst(), () => false),
      { seed: 7 },
    )
    expect(counterexample?.[0]).toEqual(schedule([{ advance: 0 }]))
  })

  it('shrink an append to one entry without a payload', () => {
    const { counterexample } = fc.check(
      fc.property(burst(), ({ steps }) => !steps.some((step) => 'append' in step)),
      { seed: 7, numRuns: 1000 },
    )
    const { steps = [], read } = counterexample?.[0] ?? {}
    expect(steps.filter((step) => 'append' in step)).toEqual([{ append: 1 }])
    expect([steps.length <= 2, read?.count]).toEqual([true, 10])
  })
})

describe('a burst that fails', () => {
  const appendsOf = ({ steps }: Schedule) => steps.filter((step) => 'append' in step).length

  /** Two appends show one fault, and fewer another. */
  const judge = async ({ schedule: tried }: { readonly schedule: Schedule }): Promise<Judged> => ({
    run: { history: [], ending: { kind: 'completed' }, clean: true },
    verdict: {
      result: 'invalid',
      anomalies: [anomaly(appendsOf(tried) >= 2 ? 'stale-read' : 'short-read', 'seen')],
      reasons: [],
      counts: NO_COUNTS,
    },
    ms: 0,
  })

  it('is made small as long as it fails in the same way', async () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed)
    const found = await Promise.all(seeds.map(async (seed) => (await search(bursts({ runs: 5, seed }), judge)).failure!))
    const small = new Set(found.map(({ verdict, schedule: smallest }) => `${verdict.anomalies[0]!.code}, ${appendsOf(smallest)} appends`))
    expect([...small].filter((each) => each.startsWith('stale-read'))).toEqual(['stale-read, 2 appends'])
    expect([...small]).toContain('short-read, 0 appends')
  })
})
