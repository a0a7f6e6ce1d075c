/** The moment after which a loss could not be avoided: on a real Redis, and over the wire, the same as on the model. */
import { afterAll, describe, expect, it } from 'vitest'
import afterAnnouncement from '../../scenarios/after-announcement.js'
import cutWhileBlocked from '../../scenarios/cut-while-blocked.js'
import emptyGap from '../../scenarios/empty-gap.js'
import failsInMidBatch from '../../scenarios/fails-in-mid-batch.js'
import leftInMidBatch from '../../scenarios/left-in-mid-batch.js'
import twoConsumers from '../../scenarios/two-consumers.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { redisStore } from '../../src/dialects/redis/redis-store.js'
import type { Store } from '../../src/dialects/store.js'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import type { CaseResult } from '../../src/report/result.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import type { Scenario } from '../../src/schedule/scenario.js'
import type { DialectName } from '../../src/subject/subject.js'
import { runWire, wiring } from '../support/run-wire.js'
import { literalDollar } from '../support/wire-consumers.js'
import { describeWithRedis, describeWithServer } from './redis.js'

const BOUND = { bursts: 0, seed: 1 }

const told = ({ noReturn, history }: CaseResult) => noReturn && { ...noReturn, event: history[noReturn.at]?.type }

await describeWithRedis('on a real Redis', ({ url, description, shared }) => {
  const stores: Store[] = []
  afterAll(() => Promise.all(stores.map((store) => store.close())))

  async function momentOn(dialect: DialectName, name: string, scenario: Scenario) {
    const store = dialect === 'memory' ? memoryStore() : await redisStore({ url, description, shared })
    stores.push(store)
    const subject = mutantSubject(mutants.find((each) => each.name === name)!, dialect)
    const { scenarios } = await runTarget(repositoryTarget(subject, store), { ...BOUND, scenarios: [scenario] })
    return scenarios.map(told)[0]
  }

  describe('it is that of the model', () => {
    it.each([
      ['literal-dollar', emptyGap, 'append'],
      ['tail-after-connected', afterAnnouncement, 'append'],
      ['tail-after-error', cutWhileBlocked, 'disconnect'],
      ['moves-before-handing-over', failsInMidBatch, 'fault'],
      ['resumes-from-what-it-read', leftInMidBatch, 'disconnect'],
      ['once-for-all', twoConsumers, 'other-consumer'],
    ])('of %s', async (name, scenario, kind) => {
      const onRedis = await momentOn('redis', name, scenario)
      expect(onRedis).toMatchObject({ kind })
      expect(onRedis).toEqual(await momentOn('memory', name, scenario))
    })
  })
})

await describeWithServer('over the wire', (start) => {
  const { wired } = wiring(start)

  it('a read from "$" has lost what is appended in the gap', async () => {
    const { scenarios } = await runWire(await wired(literalDollar), { ...BOUND, scenarios: [emptyGap] })
    expect(scenarios.map(told)).toMatchObject([{ step: 1, kind: 'append', value: 's1', event: 'append-called' }])
    expect(scenarios[0]!.noReturn!.runs).toBeLessThanOrEqual(6)
  })
})
