/** The one place where a store comes from. */
import type { StoreKind } from '../subject/subject.js'
import { type FindRedisOptions, type FoundRedis, findRedis } from './redis/find-redis.js'
import { memoryStore } from './memory/memory-store.js'
import type { Store } from './store.js'

export type OpenStoreOptions = FindRedisOptions

/** @throws StoreError when a Redis is wanted, and there is none. */
export async function openStore(kind: StoreKind, options: OpenStoreOptions = {}): Promise<Store> {
  if (kind === 'memory') return memoryStore()
  return openRedisStore(await findRedis(options))
}

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
