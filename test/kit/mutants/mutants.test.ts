/** The proof that the kit catches what it says: every mutant for the reason that it declares, and no correct implementation. */
import { describe, expect, it } from 'vitest'
import { ANOMALY_CODES } from '../../../src/oracle/anomaly.js'
import { correctImplementations } from '../../../src/kit/correct/correct.js'
import { mutants } from '../../../src/kit/mutants/index.js'
import { rules } from '../../../src/oracle/rules.js'
import { memoryStore } from '../../../src/dialects/memory/memory-store.js'
import { MemoryStream } from '../../../src/model/memory-stream.js'
import { expectKilled, expectNamed, expectNotAccused } from './expectations.js'

const BURSTS = 100
/** Two or more appends have to fall into particular windows: that takes longer to meet. */
const BURSTS_IF_DEEP = 4000

describe('the mutants', () => {
  it('are many, some of them deep, with names of their own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
    expect(mutants.length).toBeGreaterThanOrEqual(64)
    expect(mutants.filter(({ depth = 1 }) => depth >= 3).length).toBeGreaterThanOrEqual(8)
  })

  it('break every rule', () => {
    const broken = new Set(mutants.map(({ breaks }) => breaks))
    expect(rules.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([])
  })

  it('trip every anomaly', () => {
    const tripped = new Set(mutants.map(({ trips }) => trips))
    expect(ANOMALY_CODES.filter((code) => !tripped.has(code))).toEqual([])
  })

  it('declare an anomaly that speaks of the rule they break', () => {
    const signs = new Map(rules.map(({ id, signs }) => [id, signs.map(({ code }) => code)]))
    expect(mutants.filter(({ breaks, trips }) => !signs.get(breaks)?.includes(trips)).map(({ name }) => name)).toEqual([])
  })

  it.each(mutants)('$name: $trips', (mutant) => expectKilled(mutant, memoryStore(), (mutant.depth ?? 1) > 1 ? BURSTS_IF_DEEP : BURSTS))
})

describe('the correct implementations', () => {
  it.each(correctImplementations)('$name', (each) => expectNotAccused(each, memoryStore(), 2 * BURSTS))
})

/** Whether a real server gives two ids in one millisecond depends on how fast it is asked: what a test meets there once has to hold always. */
describe.each([2, 1000])('on a store that gives %i ids in a millisecond', (idsPerMillisecond) => {
  const store = () => memoryStore(new MemoryStream({ idsPerMillisecond }))

  it.each(mutants.filter(({ depth = 1 }) => depth === 1))('$name is called nothing else', (mutant) =>
    expectNamed(mutant, store(), BURSTS / 2),
  )

  it.each(correctImplementations)('$name is not accused', (each) => expectNotAccused(each, store(), BURSTS / 2))
})
