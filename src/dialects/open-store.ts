/** The one place where a store comes from. */
import type { DialectName } from '../subject/subject.js'
import type { FindRedisOptions, FoundRedis } from './redis/find-redis.js'
import type { Store } from './store.js'

export type OpenStoreOptions = FindRedisOptions

/** Each is loaded on use: a run on the model needs no sockets. */
const OPEN: Readonly<Record<DialectName, (options: OpenStoreOptions) => Promise<Store>>> = {
  memory: async () => (await import('./memory/memory-store.js')).memoryStore(),
  redis: async (options) => openRedisStore(await (await import('./redis/find-redis.js')).findRedis(options)),
  own: async () => (await import('./own/own-store.js')).ownStore(),
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
