/** What is told of a scenario that fails is one run: that of the smallest schedule that fails in the same way. */
import { describe, expect, it } from 'vitest'
import { scenarios as all } from '../../scenarios/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import { causesOf } from '../../src/oracle/cause.js'
import { type CaseResult, bySize } from '../../src/report/result.js'
import { Runner } from '../../src/run/runner.js'
import { type Scenario, advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { scenarios } from '../../src/search/scenarios.js'
import { search } from '../../src/search/strategy.js'
import { snapshot } from '../support/subjects.js'

const NAMES = ['longer-than-count', 'fails-again-and-again', 'sequence-counts-on', 'two-consumers', 'burst-at-every-gate', 'tail-deleted']
const runnerOf = (name: string) => new Runner(mutantSubject(mutants.find((each) => each.name === name)!, 'memory'), memoryStore())
const causes = ({ verdict }: Pick<CaseResult, 'verdict'>) => causesOf(verdict.anomalies).map((each) => each.name)

describe.each([
  ['literal-dollar'],
  ['full-batch-off-by-one'],
  // Several causes at once.
  ['predicts-next'],
  ['drops-first-entry'],
  ['lagging-replica'],
  ['acknowledges-first-id'],
])('of %s', (mutant) => {
  it('schedule, history and verdict are of the same run, and every cause of the whole is there', async () => {
    const runner = runnerOf(mutant)
    const tried = all.filter(({ name }) => NAMES.includes(name))
    const { cases } = await search(scenarios({ scenarios: tried, applies: () => undefined }), ({ schedule: each, consumer }) =>
      runner.judge(each, { consumer }),
    )
    const failing = cases.filter(({ verdict }) => verdict.result === 'invalid')
    expect(failing.length).toBeGreaterThan(0)
    for (const each of failing) {
      const { schedule: own, consumer } = tried.find(({ name }) => name === each.name)!
      const [again, whole] = [await runner.judge(each.schedule, { consumer }), await runner.judge(own, { consumer })]
      expect(again.run.history).toEqual(each.history)
      expect(again.verdict).toEqual(each.verdict)
      expect(again.run.ending.kind).toBe('completed')
      expect(causes(each).toSorted()).toEqual(causes(whole).toSorted())
      expect(each.wholeSteps).toBe(own.steps.length)
      expect(each.schedule.steps.length).toBeLessThanOrEqual(own.steps.length)
    }
    await runner.close()
  })
})

describe('a scenario', () => {
  const scenario = (steps: Scenario['schedule']['steps'], name = 'own'): Scenario => ({
    name,
    summary: 'a scenario of the test',
    rule: '4.8',
    needs: [],
    also: [],
    consumer: 'snapshot-cursor',
    schedule: schedule(steps),
  })

  async function caseOf(runner: Runner, each: Scenario, options: Partial<Parameters<typeof scenarios>[0]> = {}) {
    let runs = 0
    const strategy = scenarios({ scenarios: [each], applies: () => undefined, ...options })
    const { cases, skipped } = await search(strategy, ({ schedule: tried, consumer }) => {
      runs++
      return runner.judge(tried, { consumer })
    })
    await runner.close()
    return { result: cases[0], skipped, runs }
  }

  it('that is valid is told as it is', async () => {
    const own = scenario([advanceTo('read-called'), append(11)])
    const { result, runs } = await caseOf(new Runner(snapshot(), memoryStore()), own)
    expect(result).toMatchObject({ schedule: own.schedule, verdict: { result: 'valid', counts: { owed: 11 } } })
    expect(result).not.toHaveProperty('wholeSteps')
    expect(runs).toBe(1)
  })

  it('that says nothing after all is neither run again nor made small', async () => {
    const own = scenario([advanceTo('read-called'), append(11)])
    const seen: CaseResult[] = []
    const saidNothing = (_: Scenario, result: CaseResult) => {
      seen.push(result)
      return 'it says nothing'
    }
    const { result, skipped, runs } = await caseOf(runnerOf('full-batch-off-by-one'), own, { saidNothing })
    expect(result).toBeUndefined()
    expect(skipped).toEqual([{ name: 'own', reason: 'it says nothing' }])
    // What it is asked of is what the scenario did, and no smaller one.
    expect(seen.map(({ schedule: asked, verdict }) => [asked, verdict.result])).toEqual([[own.schedule, 'invalid']])
    expect(runs).toBe(1)
  })

  it('that fails is told as it is where no run is left to make it small', async () => {
    const own = scenario([advanceTo('read-called'), append(11)])
    const { result, runs } = await caseOf(runnerOf('full-batch-off-by-one'), own, { budget: { left: 0 } })
    expect(result).toMatchObject({ schedule: own.schedule, wholeSteps: 2, verdict: { result: 'invalid', counts: { owed: 11 } } })
    expect(runs).toBe(2)
  })

  it('is smaller by its steps, then by its entries, then by where it comes from', async () => {
    const of = async (wholeSteps: number, ...steps: Scenario['schedule']['steps']) =>
      ({ ...(await caseOf(new Runner(snapshot(), memoryStore()), scenario(steps))).result!, wholeSteps }) satisfies CaseResult
    const sorted = [await of(4, append(2)), await of(5, append(2)), await of(3, append(3)), await of(2, append(1), append(1))]
    expect(sorted.toReversed().toSorted(bySize)).toEqual(sorted)
  })
})
