/** The correct repositories that mutants are made of, on either store. */
import type { StreamRepository } from '../../contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../model/in-memory-repository.js'
import type { OpenContext, StoreKind } from '../../subject/subject.js'

export async function openCorrect(store: StoreKind, { memory, url }: OpenContext): Promise<StreamRepository> {
  // Its blocking reads are ended by the stage alone: no clock.
  if (store === 'memory') return new InMemoryStreamRepository({ stream: memory, clock: null })
  // Loaded on use: the adapter's client is the user's to install.
  const { RedisStreamRepository } = await import('../../adapters/ioredis.js')
  return new RedisStreamRepository(url)
}
