/** Every scenario is one that correct loops pass, on both stores, and that owes them something. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planned } from '../../scenarios/planned.js'
import { races } from '../../scenarios/races.js'
import { scenarios } from '../../scenarios/index.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { entryOf, isAnnouncement, resumeIdOf, snapshotCursor } from '../../src/consumers/loops.js'
import { filtering } from '../../src/kit/correct/correct.js'
import { filtered } from '../../src/kit/mutants/loops.js'
import { rules } from '../../src/oracle/rules.js'
import { decodeSchedule } from '../../src/schedule/codec.js'
import type { Scenario } from '../../src/schedule/scenario.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { openRedisStore } from '../../src/dialects/open-store.js'
import { type Store, lackOf } from '../../src/dialects/store.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { Runner } from '../../src/run/runner.js'
import { describeWithRedis } from '../integration/redis.js'
import { onModel } from '../support/subjects.js'
import { signalling } from './signalling.js'

const RACES = Array.from({ length: 38 }, (_, i) => `R${i + 1}`)

const needsSignals = ({ needs }: Scenario) =>
  (['signalsTruncation', 'signalsRecreation', 'tellsGaps'] as const).some((each) => needs.includes(each))

/** The reference loops, a consumer handed in as a user would, and, where something is to be signalled, one that does. */
const variants = (base: SubjectDefinition, scenario: Scenario): readonly SubjectDefinition[] => {
  const loud = { ...base, name: 'signalling', ...signalling } as SubjectDefinition
  if (needsSignals(scenario)) return [loud]
  const own = {
    ...base,
    name: 'own',
    consume: snapshotCursor,
    entryOf,
    isAnnouncement,
    resumeIdOf,
    capabilities: { resumes: true },
  } as SubjectDefinition
  if (scenario.needs.includes('foreign')) return [{ ...own, name: 'filtering', consume: filtering, ...filtered }]
  if (scenario.consumer !== 'snapshot-cursor') return [base]
  return scenario.needs.includes('retries') ? [base, own] : [base, own, loud]
}

async function pass(base: SubjectDefinition, store: Store, scenario: Scenario): Promise<void> {
  for (const subject of variants(base, scenario)) {
    const runner = new Runner(subject, store)
    const { verdict, run } = await runner.judge(scenario.schedule, scenario)
    await runner.close()
    expect([subject.name, run.ending, verdict.result, verdict.anomalies, verdict.reasons]).toEqual([
      subject.name,
      { kind: 'completed' },
      'valid',
      [],
      [],
    ])
    expect(verdict.counts.owed).toBeGreaterThan(0)
    expect(verdict.counts.delivered).toBeGreaterThan(0)
  }
}

describe('the catalogue', () => {
  it('has unique names, and each has something to say', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
    for (const { summary } of scenarios) expect(summary).toMatch(/^[a-z].*[^.]$/)
  })

  it('tries rules that exist, and every rule', () => {
    expect([...scenarios, ...wireScenarios].filter(({ rule }) => rule === undefined)).toEqual([])
    const tried = new Set(scenarios.flatMap(({ rule, also }) => [rule!, ...also]))
    const known = rules.map(({ id }) => id)
    expect([...tried].filter((id) => !known.includes(id))).toEqual([])
    expect(known.filter((id) => !tried.has(id))).toEqual([])
  })

  it('has every race, either as a scenario or as planned', () => {
    const shown = new Set([...scenarios, ...wireScenarios].flatMap(({ race }) => (race === undefined ? [] : [race])))
    const later = planned.map(({ race }) => race)
    expect(later.filter((race) => shown.has(race))).toEqual([])
    expect([...shown, ...later].sort()).toEqual([...RACES].sort())
    expect(races.map(({ race }) => race)).toEqual(RACES.filter((race) => shown.has(race)))
  })

  it('shows each scenario of a race on a mutant, and says where the race was seen', () => {
    for (const { race, shown = {}, seen } of races) {
      expect(Object.keys(shown)).toEqual(scenarios.filter((each) => each.race === race).map(({ name }) => name))
      expect(seen).not.toEqual([])
    }
  })

  it('is in the order of the races', () => {
    const races = scenarios.map(({ race }) => (race === undefined ? Number.POSITIVE_INFINITY : Number(race.slice(1))))
    expect(races).toEqual(races.toSorted((a, b) => (a === b ? 0 : a - b)))
  })

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s survives being saved', (_, { schedule }) => {
    expect(decodeSchedule(JSON.parse(JSON.stringify(schedule)))).toEqual(schedule)
  })
})

describe('on the model, correct loops pass', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    await pass(onModel(), memoryStore(), scenario)
  })
})

await describeWithRedis('on a real Redis, correct loops pass', (redis) => {
  let store: Store
  beforeAll(async () => {
    store = await openRedisStore({ ...redis, close: async () => undefined })
  })
  afterAll(() => store.close())
  const subject: SubjectDefinition = { name: 'reference', store: 'redis', open: ({ url }) => new RedisStreamRepository(url) }
  /** A real server refuses nothing when it is told to. */
  const isFollowed = ({ schedule: { steps } }: Scenario) => steps.every((step) => lackOf({}, step) === undefined)

  it.each(scenarios.filter(isFollowed).map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    await pass(subject, store, scenario)
  })

  it('follows all of them but one', () => {
    expect(
      scenarios.filter(({ schedule: { steps } }) => steps.some((step) => lackOf(store, step) !== undefined)).map(({ name }) => name),
    ).toEqual(['refused-by-the-store'])
  })
})
