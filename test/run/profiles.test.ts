import { describe, expect, it } from 'vitest'
import { scenarios, smoke } from '../../scenarios/index.js'
import { wireScenarios, wireSmoke } from '../../scenarios/wire/index.js'
import { mutants, mutantSubject } from '../../src/kit/mutants/index.js'
import { ruleOf } from '../../src/oracle/rules.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { PROFILES, greedyCover, scenariosOf } from '../../src/run/profiles.js'
import { eachOnce } from '../../src/search/scenarios.js'
import { search } from '../../src/search/strategy.js'
import { judgeOf, repositoryTarget, runnerOf } from '../../src/run/target.js'

/** Which scenarios kill which mutant for its declared reason. */
async function matrix(): Promise<Map<string, Set<string>>> {
  const kills = new Map<string, Set<string>>()
  for (const mutant of mutants) {
    const target = repositoryTarget(mutantSubject(mutant, 'memory'), memoryStore())
    const runner = runnerOf(target, { watchdogMs: 100 })
    const judge = judgeOf(runner)
    const by = new Set<string>()
    await search(eachOnce(scenarios, target.applies), async (candidate) => {
      const judged = await judge(candidate)
      const { anomalies } = judged.verdict
      if (anomalies.some((found) => found.code === mutant.trips && ruleOf(mutant.breaks).check([found]).length > 0)) by.add(candidate.by!)
      return judged
    })
    await runner.close()
    // What the undisturbed run kills, every profile kills.
    if (by.size > 0 && !by.has('undisturbed')) kills.set(mutant.name, by)
  }
  return kills
}

const SMOKE = smoke.map(({ name }) => name)

describe('the smoke profile', () => {
  it('is the greedy cover of the mutants', async () => {
    const kills = await matrix()
    const names = scenarios.map(({ name }) => name)
    expect(SMOKE, 'put this list into scenarios/index.ts').toEqual(greedyCover(kills, names))
    const killed = [...kills.values()].filter((by) => SMOKE.some((name) => by.has(name)))
    expect(killed.length / kills.size).toBeGreaterThan(0.8)
  }, 120_000)

  it('names scenarios that there are', () => {
    expect(smoke.filter((each) => !scenarios.includes(each))).toEqual([])
    expect(wireSmoke.map(({ name }) => name)).toEqual(['empty-gap-twice', 'wire-batch-gap', 'wire-after-tail', 'wire-cut-while-blocked'])
    expect(wireSmoke.filter((each) => !wireScenarios.includes(each))).toEqual([])
    expect(scenariosOf(PROFILES.smoke, scenarios, smoke)).toBe(smoke)
    expect(scenariosOf(PROFILES.ci, scenarios, smoke)).toBe(scenarios)
  })
})

describe('greedy cover', () => {
  it('takes what kills most of the rest, and nothing for a single one', () => {
    const kills = new Map([
      ['a', new Set(['x', 'y'])],
      ['b', new Set(['x'])],
      ['c', new Set(['y', 'z'])],
      ['d', new Set(['z'])],
      ['e', new Set(['w'])],
    ])
    expect(greedyCover(kills, ['w', 'x', 'y', 'z'])).toEqual(['x', 'z'])
  })
})
