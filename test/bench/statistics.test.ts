import { describe, expect, it } from 'vitest'
import { seedOf, seeded } from '../../src/random/seeded.js'
import { bootstrap, censoredMedian, mean, median, proportion, quantile, untilFound } from '../../bench/statistics.js'

describe('proportion', () => {
  // R: binom.test(found, runs)$conf.int
  it.each([
    [0, 10, 0, 0.3084971],
    [10, 10, 0.6915029, 1],
    [5, 10, 0.187086, 0.812914],
    [1, 20, 0.001265089, 0.2487328],
    [10, 100, 0.04900469, 0.1762226],
    [2000, 2000, 0.9981573, 1],
    [0, 10_000, 0, 0.0003688199],
  ])('of %i in %i', (found, runs, low, high) => {
    const estimate = proportion(found, runs)
    expect(estimate.value).toBe(found / runs)
    expect(estimate.low).toBeCloseTo(low, 6)
    expect(estimate.high).toBeCloseTo(high, 6)
  })

  it('knows nothing without runs', () => {
    expect(proportion(0, 0)).toMatchObject({ low: 0, high: 1 })
  })

  it('has an interval that holds the truth in at least 95 of 100 cases', () => {
    const random = seeded(1, 'coverage')
    const truth = 0.07
    const holds = Array.from({ length: 1000 }, () => {
      const found = Array.from({ length: 40 }, random).filter((value) => value < truth).length
      const { low, high } = proportion(found, 40)
      return low <= truth && truth <= high
    })
    expect(holds.filter(Boolean).length).toBeGreaterThanOrEqual(950)
  })
})

describe('quantiles', () => {
  it('lie between two values where they fall between them', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20)
    expect(quantile([7], 0.99)).toBe(7)
  })
})

describe('bootstrap', () => {
  const values = Array.from({ length: 50 }, (_, index) => index)

  it('draws the same with the same seed, and something else with another', () => {
    const draw = (seed: number) => bootstrap(values, median, seeded(seed, 'draw'))
    expect(draw(1)).toEqual(draw(1))
    expect([2, 3, 4].map(draw)).not.toEqual([draw(1), draw(1), draw(1)])
  })

  it('holds the statistic, and is about as wide as theory has it', () => {
    const { value, low, high } = bootstrap(values, mean, seeded(1, 'mean'))
    expect(value).toBe(24.5)
    // 1.96 standard errors of the mean: 1.96 · 14.43 / √50.
    expect(low).toBeCloseTo(24.5 - 4, 0)
    expect(high).toBeCloseTo(24.5 + 4, 0)
  })

  it('has no width where all values are the same', () => {
    expect(bootstrap([3, 3, 3], median, seeded(1, 'flat'))).toEqual({ value: 3, low: 3, high: 3 })
  })
})

describe('what is censored', () => {
  it('sorts above everything that was found', () => {
    expect(censoredMedian([5, undefined, 1], 100)).toEqual({ value: 5 })
    expect(censoredMedian([5, undefined, undefined], 100)).toEqual({ above: 100 })
  })

  it('is not averaged away where the median falls between a find and none', () => {
    expect(censoredMedian([5, undefined], 100)).toEqual({ above: 100 })
  })

  it('gives a bound on the expected time', () => {
    const two = { value: 2, low: 1, high: 3 }
    expect(untilFound(two, proportion(10, 10))).toMatchObject({ value: 2, low: 1 })
    expect(untilFound(two, proportion(5, 10))).toMatchObject({ value: 4 })
    expect(untilFound(two, proportion(0, 10))).toEqual({ above: 2 / proportion(0, 10).high })
  })
})

describe('seeded', () => {
  it('gives each name a stream of its own', () => {
    expect(seeded(1, 'a')()).toBe(seeded(1, 'a')())
    expect(new Set([seeded(1, 'a')(), seeded(1, 'b')(), seeded(2, 'a')()]).size).toBe(3)
    expect(seedOf(1, 'a')).not.toBe(seedOf(1, 'b'))
  })

  it('is uniform over [0, 1)', () => {
    const random = seeded(1, 'uniform')
    const drawn = Array.from({ length: 10_000 }, random)
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(mean(drawn)).toBeCloseTo(0.5, 1)
  })
})
