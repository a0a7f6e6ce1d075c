/** The reference adapter on a real Redis, as a repository of which nobody knows where it has its entries. */
import { afterAll, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { openStore } from '../../src/dialects/open-store.js'
import type { Store } from '../../src/dialects/store.js'
import type { SubjectResult } from '../../src/report/result.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import type { DialectName } from '../../src/subject/subject.js'
import { describeResult } from '../dialects/own/results.js'
import { describeWithRedis } from './redis.js'

await describeWithRedis('the reference adapter', ({ url }) => {
  const stores: Store[] = []
  afterAll(() => Promise.all(stores.map((store) => store.close())))

  async function suiteOn(dialect: DialectName): Promise<SubjectResult> {
    const store = await openStore(dialect, { url })
    stores.push(store)
    const target = repositoryTarget({ name: dialect, store: dialect, open: () => new RedisStreamRepository(url) }, store)
    return runTarget(target, { scenarios, bursts: 5, seed: 1 })
  }

  it('has one verdict through either store, on every scenario that applies', async () => {
    const known = await suiteOn('redis')
    const own = await suiteOn('own')
    expect(describeResult(own)).toEqual([])
    const verdictOf = (result: SubjectResult, name: string) => result.scenarios.find((each) => each.name === name)?.verdict.result
    for (const { name, verdict } of own.scenarios) expect(verdict.result, name).toBe(verdictOf(known, name))
    expect(own.scenarios.length).toBeGreaterThan(25)
  }, 120_000)
})
