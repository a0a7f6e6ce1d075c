/** Which schedules of a subject are counted as tried, and what a subject takes. */
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { snapshotCursor } from '../../src/consumers/loops.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { Store } from '../../src/dialects/store.js'
import { type Coverage, placeText, summaryOf } from '../../src/report/coverage.js'
import { runTarget, type TargetOptions } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import { abort, advanceTo, scenario } from '../../src/schedule/scenario.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { bad, good } from '../report/suites.js'

const few = scenarios.filter(({ name }) => ['empty-gap', 'long-idle', 'history-at-start'].includes(name))

/** What a run says that it has tried, and how many schedules it has run. */
async function ran(subject: SubjectDefinition, options: Partial<TargetOptions> = {}, store: Store = memoryStore()) {
  let schedules = 0
  const observer = { schedule: () => void schedules++, event: () => undefined }
  const result = await runTarget(repositoryTarget(subject, store), { scenarios: few, bursts: 0, seed: 7, observer, ...options })
  return { result, coverage: result.coverage!, schedules }
}

const at = ({ places }: Coverage, where: string) => places.find((place) => placeText(place) === where)?.fell

describe('what counts as tried', () => {
  it('is every scenario, burst and interleaving that has a verdict', async () => {
    const scenariosToo = await ran(good)
    const explored = await ran(good, { exploration: { appends: 1, cycles: 1 } })
    const all = await ran(good, { bursts: 20, exploration: { appends: 1, cycles: 1 } })
    // The survey is run twice, and owes nothing.
    expect(scenariosToo.coverage.schedules).toBe(few.length)
    expect(scenariosToo.schedules).toBe(few.length + 2)
    expect(explored.coverage.schedules).toBeGreaterThan(scenariosToo.coverage.schedules)
    expect(all.coverage.schedules).toBe(explored.coverage.schedules + 20)
    // Two runs show what bursts may do to it.
    expect(all.schedules).toBe(explored.schedules + 20 + 2)
    expect(at(scenariosToo.coverage, 'read-returned @empty-gap')).toMatchObject({ append: 2 })
  })

  it('is nothing that shows nothing', async () => {
    const nothingOwed = scenario('nothing-owed', { summary: 'nothing is appended', rule: '4.2', steps: [advanceTo('blocked'), abort()] })
    const { result, coverage, schedules } = await ran(good, { scenarios: [...few, nothingOwed] })
    expect(result.scenarios.at(-1)!.verdict.result).toBe('unknown')
    expect({ counted: coverage.schedules, schedules }).toEqual({ counted: few.length, schedules: few.length + 3 })
    expect(at(coverage, 'blocked @in-block')).toMatchObject({ leaving: 0 })
  })

  it('is a fault that a consumer has passed on, and ended with: that is its answer', async () => {
    const givesUp: SubjectDefinition = {
      ...good,
      consume: async function* (context) {
        await context.repository.getStreamTailId(context.topic)
        yield* snapshotCursor(context)
      },
    }
    const { result, coverage } = await ran(givesUp, { scenarios: scenarios.filter(({ name }) => name === 'tail-fails') })
    expect(result.skipped.map(({ name }) => name)).toEqual(['tail-fails'])
    expect(at(coverage, 'tail-called @connect-gap')).toMatchObject({ 'failing-tail': 1, append: 0 })
  })

  it('is not what makes a failure small, or explains it', async () => {
    const { result, coverage, schedules } = await ran(bad)
    expect(result.scenarios.filter(({ verdict }) => verdict.result === 'invalid').length).toBeGreaterThan(0)
    expect(coverage.schedules).toBe((await ran(good)).coverage.schedules)
    expect(schedules).toBeGreaterThan(coverage.schedules + 5)
  })

  it('is the same in each run of a seed', async () => {
    const [one, other] = [await ran(good, { bursts: 30 }), await ran(good, { bursts: 30 })]
    expect(JSON.stringify(one.coverage)).toBe(JSON.stringify(other.coverage))
    expect(summaryOf(one.coverage).tried).toBeGreaterThan(summaryOf((await ran(good)).coverage).tried)
  })

  it('is nothing where the subject does not open', async () => {
    const { result } = await ran({ ...good, open: () => Promise.reject(new Error('no route')) })
    expect(result.error).toContain('no route')
    expect(result).not.toHaveProperty('coverage')
  })
})

describe('what a subject does not take', () => {
  const columns = async (subject: SubjectDefinition, options?: Partial<TargetOptions>, store?: Store) =>
    summaryOf((await ran(subject, options, store)).coverage).columns

  it('is no omission', async () => {
    expect(await columns(good)).toEqual([
      'append',
      'other-writer',
      'failing-append',
      'poison',
      'removal',
      'elsewhere',
      'failing-tail',
      'failing-read',
      'cut',
      'time-out',
      'leaving',
      'returning',
    ])
    const ends = await columns({ ...good, capabilities: { endsOnStatus: true, retries: false, otherWriters: false } })
    expect(ends).toContain('finish')
    for (const lacking of ['failing-read', 'failing-tail', 'cut', 'other-writer'] as const) expect(ends).not.toContain(lacking)
    expect(await columns({ ...good, owes: () => true, foreign: (body) => ({ body }) })).toContain('foreign')
  })

  it('may be its store', async () => {
    const { lacks: _, ...store } = memoryStore()
    const without = { ...store, lacks: (step: object) => ('disconnect' in step || 'poison' in step ? 'it cannot' : undefined) } as Store
    const columnsThere = await columns(good, {}, without)
    expect(columnsThere).not.toContain('cut')
    expect(columnsThere).not.toContain('poison')
    expect(columnsThere).toContain('removal')
  })
})
