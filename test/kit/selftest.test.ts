/**
 * The kit's own honesty: without any one of its checks or rules the self-test is red. What is removed is removed for
 * real, and the mutants that it was there for are looked at again.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { type Anomaly, ANOMALY_CODES, catalogue } from '../../src/oracle/anomaly.js'
import { type JudgeOptions, check } from '../../src/oracle/check.js'
import type { History } from '../../src/history/event.js'
import { mutants, mutantSubject } from '../../src/kit/mutants/index.js'
import type { Mutant } from '../../src/kit/mutants/mutant.js'
import { ruleOf, rules } from '../../src/oracle/rules.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { isPassed, selftest } from '../../src/kit/selftest.js'
import { eachOnce } from '../../src/search/scenarios.js'
import { search } from '../../src/search/strategy.js'
import { judgeOf, repositoryTarget, runnerOf } from '../../src/run/target.js'

interface Convicted {
  readonly mutant: Mutant
  /** Every history that convicts it, with what the subject declares. */
  readonly evidence: readonly { readonly history: History; readonly options: JudgeOptions }[]
}

const wants =
  (mutant: Mutant) =>
  (found: Anomaly): boolean =>
    found.code === mutant.trips && ruleOf(mutant.breaks).check([found]).length > 0

async function convict(mutant: Mutant): Promise<Convicted> {
  const definition = mutantSubject(mutant, 'memory')
  const target = repositoryTarget(definition, memoryStore())
  const runner = runnerOf(target, { watchdogMs: 100 })
  const judge = judgeOf(runner)
  const evidence: { history: History; options: JudgeOptions }[] = []
  const options: JudgeOptions = {
    ...(definition.delivery === undefined ? {} : { delivery: definition.delivery }),
    ...(definition.capabilities === undefined ? {} : { capabilities: definition.capabilities }),
  }
  await search(eachOnce(scenarios, target.applies), async (candidate) => {
    const judged = await judge(candidate)
    if (judged.verdict.anomalies.some(wants(mutant))) evidence.push({ history: judged.run.history, options })
    return judged
  })
  await runner.close()
  return { mutant, evidence }
}

const store = { memory: 1, redis: 0, own: 0 }

const options = {
  stores: ['memory'] as const,
  correct: [],
  rules,
  scenarios,
  seed: 1,
  bursts: 50,
  lastResort: { memory: 0, redis: 0, own: 0 },
  bound: { appends: 1, cycles: 2 },
  correctSchedules: store,
  openStore: async () => memoryStore(),
}

describe('without one of its checks the self-test is red', () => {
  let convicted: readonly Convicted[]
  beforeAll(async () => {
    const all: Convicted[] = []
    for (const mutant of mutants) all.push(await convict(mutant))
    convicted = all.filter(({ evidence }) => evidence.length > 0)
  }, 120_000)

  for (const removed of catalogue.filter((kind) => kind.check !== undefined)) {
    it(removed.code, () => {
      const checks = catalogue.filter((each) => each !== removed)
      const escaped = convicted.filter(({ mutant, evidence }) =>
        evidence.every(({ history, options: judge }) => !check(history, { ...judge, checks }).anomalies.some(wants(mutant))),
      )
      expect(escaped.map(({ mutant }) => mutant.name)).not.toEqual([])
    })
  }

  it('every anomaly code is tripped by a mutant', () => {
    const tripped = new Set(mutants.map(({ trips }) => trips))
    expect(ANOMALY_CODES.filter((code) => !tripped.has(code))).toEqual([])
  })
})

describe('without one of its rules the self-test is red', () => {
  for (const rule of rules.filter(({ level }) => level === 'required')) {
    it(`rule ${rule.id}`, async () => {
      const owned = mutants.filter(({ breaks }) => breaks === rule.id)
      expect(owned).not.toEqual([])
      const without = await selftest({ ...options, mutants: owned.slice(0, 1), rules: rules.filter((each) => each !== rule) })
      expect(without.mutants.every(({ killed }) => !killed)).toBe(true)
      expect(isPassed(without)).toBe(false)
    })
  }

  it('a required rule without a mutant is red', async () => {
    const result = await selftest({ ...options, mutants: [] })
    expect(result.unowned).toEqual(rules.filter(({ level }) => level === 'required').map(({ id }) => id))
    expect(isPassed(result)).toBe(false)
  })

  it('a mutant that is caught for another reason is a survivor', async () => {
    const [first] = mutants.filter(({ name }) => name === 'acknowledges-never-writes')
    const mutant = { ...(first ?? mutants[0]!), trips: 'livelock' as const }
    const result = await selftest({ ...options, rules: [], mutants: [mutant] })
    expect(result.mutants[0]).toMatchObject({ killed: false })
    expect(result.mutants[0]!.otherwise).not.toEqual([])
  })

  it('a correct implementation that is accused is red', async () => {
    const accused = { name: 'accused', summary: 'not correct at all', subject: () => mutantSubject(mutants[0]!, 'memory') }
    const result = await selftest({ ...options, mutants: [], correct: [accused], correctSchedules: { memory: 30, redis: 0, own: 0 } })
    expect(result.correct[0]?.accusations).not.toEqual([])
    expect(isPassed({ ...result, unowned: [] })).toBe(false)
  })
})
