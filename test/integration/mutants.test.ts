/** The mutants and the correct implementations once more, over a real Redis: scenarios only, so that it stays short. */
import { afterAll, describe, it } from 'vitest'
import { correctImplementations } from '../../src/kit/correct/correct.js'
import { mutants } from '../../src/kit/mutants/index.js'
import type { Mutant } from '../../src/kit/mutants/mutant.js'
import { redisStore } from '../../src/dialects/redis/redis-store.js'
import type { Store } from '../../src/dialects/store.js'
import { expectKilled, expectNotAccused } from '../kit/mutants/expectations.js'
import { describeWithRedis } from './redis.js'

const needsBursts = ({ depth = 1 }: Mutant): boolean => depth > 1

await describeWithRedis('on a real Redis', ({ url, description, shared }) => {
  const stores: Store[] = []
  const open = async (): Promise<Store> => {
    const store = await redisStore({ url, description, shared })
    stores.push(store)
    return store
  }
  afterAll(() => Promise.all(stores.map((store) => store.close())))

  describe('a mutant is found', () => {
    it.each(mutants.filter((each) => !needsBursts(each)))('$name: $trips', async (mutant) => expectKilled(mutant, await open(), 0, 500))
  })

  describe('no correct implementation is accused', () => {
    it.each(correctImplementations)('$name', async (each) => expectNotAccused(each, await open(), 0, 2000))
  })
})
