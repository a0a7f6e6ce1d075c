import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { burst } from '../../src/search/arbitrary.js'
import { decodeSchedule } from '../../src/schedule/codec.js'
import { schedule } from '../../src/schedule/schedule.js'

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
