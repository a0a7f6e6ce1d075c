/**
 * What one transaction adds and removes, on a Redis. On 7.0 a read that waits comes back with a stream that has no entries when
 * what was added is gone at the end of the transaction; newer servers leave it waiting. Neither is anybody's fault.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { redisStore } from '../../src/dialects/redis/redis-store.js'
import type { Store } from '../../src/dialects/store.js'
import { Runner } from '../../src/run/runner.js'
import { advanceTo, append } from '../../src/schedule/step.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import { TRANSACTIONS, removedIn } from '../support/transactions.js'
import { describeWithServer } from './redis.js'

await describeWithServer('one transaction', (start) => {
  let store: Store
  beforeAll(async () => {
    const { url } = await start()
    store = await redisStore({ url, description: 'redis', shared: false })
  })
  afterAll(() => store.close())

  async function judge(plan: Schedule, changed: (repository: RedisStreamRepository) => Partial<StreamRepository> = () => ({})) {
    const open = ({ url }: { url: string }) => {
      const repository = new RedisStreamRepository(url)
      return Object.assign(repository, changed(repository))
    }
    const runner = new Runner({ name: 'test', store: 'redis', open }, store)
    try {
      return await runner.judge(plan)
    } finally {
      await runner.close()
    }
  }

  it.each(Object.entries(TRANSACTIONS))('%s', async (_, { schedule: plan, removed, owed }) => {
    const { run, verdict } = await judge(plan)
    expect(run.ending.kind).toBe('completed')
    expect(verdict.anomalies).toEqual([])
    expect(verdict.counts).toMatchObject({ owed, delivered: owed })
    expect(removedIn(run.history)).toEqual(removed)
  })

  it('a read that is empty at once, and nothing came and went, is early all the same', async () => {
    const spins = (repository: RedisStreamRepository): Partial<StreamRepository> => ({
      readMessages: (topic, lastId, options) =>
        RedisStreamRepository.prototype.readMessages.call(repository, topic, lastId, { ...options, timeoutMs: 0 }),
    })
    const { verdict } = await judge(schedule([advanceTo('read-returned'), append(1)]), spins)
    expect(verdict.anomalies).toContainEqual(expect.objectContaining({ code: 'early-empty', rule: '3.8' }))
  })
})
