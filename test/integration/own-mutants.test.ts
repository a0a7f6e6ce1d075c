/** The mutants over the reference adapter on a real Redis, as repositories of which nobody knows where they have their entries. */
import { setImmediate } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import type { Json } from '../../src/contract/stream-repository.js'
import { anomaly } from '../../src/oracle/anomaly.js'
import { rules } from '../../src/oracle/rules.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { ownStore } from '../../src/dialects/own/own-store.js'
import { lackOf } from '../../src/dialects/store.js'
import { alphabetOn } from '../../src/run/run-target.js'
import type { Mutant } from '../../src/kit/mutants/mutant.js'
import { NOT_TOLD, mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import { wantedOf } from '../../src/kit/selftest.js'
import { judgeOf, repositoryTarget, runnerOf } from '../../src/run/target.js'
import type { Alphabet } from '../../src/search/alphabet.js'
import { bursts } from '../../src/search/bursts.js'
import { eachOnce } from '../../src/search/scenarios.js'
import { type Candidate, hunt } from '../../src/search/strategy.js'
import { describeWithRedis } from './redis.js'

/** In place of all scenarios: what a mutant that is not told may be tried by in short. */
const IN_SHORT = ['empty-gap', 'longer-than-count', 'append-while-blocked', 'one-at-a-time']
const BURSTS = 10_000
const SEED = 42

/** Two entries of one millisecond tell some mutants, and whether a server gives such ids depends on how fast it is asked. */
class OneAMillisecond extends RedisStreamRepository {
  override async sendData(topic: string, data: Json): Promise<string> {
    const id = await super.sendData(topic, data)
    const milliseconds = Number(id.split('-')[0])
    while (Date.now() <= milliseconds) await setImmediate()
    return id
  }
}

await describeWithRedis('over the reference adapter', ({ url }) => {
  const store = ownStore()
  afterAll(() => store.close())

  async function isFound(mutant: Mutant, among = scenarios, adapter = () => new RedisStreamRepository(url)) {
    const open = () => {
      const correct = adapter()
      return mutant.repository?.(correct) ?? correct
    }
    const target = repositoryTarget({ ...mutantSubject(mutant, 'own'), open }, store)
    const runner = runnerOf(target, { watchdogMs: 1500 })
    const wanted = wantedOf(mutant, rules)
    const judge = judgeOf(runner)
    const tried = await hunt(eachOnce(among, target.applies), judge, wanted)
    // As `run` does it: what scenarios do not find is looked for on the model, and has to show here too.
    const candidate =
      tried.found === undefined && among === scenarios ? await foundOnModel(mutant, await alphabetOn(target, judge)) : undefined
    const shown = candidate && (await judge(candidate)).verdict.anomalies.some(wanted)
    await runner.close()
    const leaks = runner.leak !== undefined && wanted(anomaly('leak', runner.leak))
    return { found: tried.found !== undefined || shown === true || leaks, others: tried.others }
  }

  /** By what this store can follow. */
  async function foundOnModel(mutant: Mutant, alphabet: Alphabet | undefined): Promise<Candidate | undefined> {
    const runner = runnerOf(repositoryTarget(mutantSubject(mutant, 'memory'), memoryStore()), { watchdogMs: 100 })
    const drawn = bursts({
      runs: BURSTS,
      seed: SEED,
      shrink: false,
      lacks: (step) => lackOf(store, step),
      ...(alphabet === undefined ? {} : { alphabet }),
    })
    const { found } = await hunt(drawn, judgeOf(runner), wantedOf(mutant, rules))
    await runner.close()
    return found?.candidate
  }

  describe('a mutant is found, for what it declares', () => {
    const told = mutants.filter((each) => NOT_TOLD[each.name] === undefined)

    it.each(told)(
      '$name: $trips',
      async (mutant) => {
        const { found, others } = await isFound(mutant)
        expect(
          found,
          others.map(({ code, rule, culprit, evidence }) => `${code}, rule ${rule}, ${culprit?.name}: ${evidence}`).join('\n'),
        ).toBe(true)
      },
      120_000,
    )

    it('at least 90 are', () => {
      expect(told.length).toBeGreaterThanOrEqual(90)
    })
  })

  describe('a mutant is not told from a correct one, or not for what it is', () => {
    // An append may wait or not for the connection that a read has, and a read that never ends may stall.
    const byChance = new Set(['one-connection', 'waits-at-zero'])

    it.each(Object.keys(NOT_TOLD).filter((name) => !byChance.has(name)))(
      '%s',
      async (name) => {
        const mutant = mutants.find((each) => each.name === name)!
        const { found } = await isFound(
          mutant,
          scenarios.filter((each) => IN_SHORT.includes(each.name)),
          () => new OneAMillisecond(url),
        )
        expect(found).toBe(false)
      },
      120_000,
    )
  })
})
