/** The one place where a store comes from. */
import type { DialectName } from '../subject/subject.js'
import { type FindRedisOptions, type FoundRedis, findRedis } from './redis/find-redis.js'
import { memoryStore } from './memory/memory-store.js'
import { ownStore } from './own/own-store.js'
import type { Store } from './store.js'

export type OpenStoreOptions = FindRedisOptions

const OPEN: Readonly<Record<DialectName, (options: OpenStoreOptions) => Promise<Store>>> = {
  memory: async () => memoryStore(),
  redis: async (options) => openRedisStore(await findRedis(options)),
  own: async () => ownStore(),
}

/** @throws StoreError when a Redis is wanted, and there is none. */
export const openStore = (dialect: DialectName, options: OpenStoreOptions = {}): Promise<Store> => OPEN[dialect](options)

/** A store on a Redis that was found; it is let go of with the store. */
export async function openRedisStore(found: FoundRedis): Promise<Store> {
  const { redisStore } = await import('./redis/redis-store.js')
  try {
    return await redisStore({ ...found, onClose: found.close })
  } catch (error) {
    await found.close()
    throw error
  }
}
