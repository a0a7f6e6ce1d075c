/** The correct repositories that mutants are made of, on either store. */
import { systemClock } from '../../clock/clock.js'
import type { StreamRepository } from '../../contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../model/in-memory-repository.js'
import type { OpenContext, DialectName } from '../../subject/subject.js'

const CORRECT: Readonly<Record<DialectName, (context: OpenContext) => Promise<StreamRepository>>> = {
  // Its blocking reads are ended by the stage alone: no clock.
  memory: async ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }),
  // As any repository that nobody can look into: over a log that both instances share, and in real time.
  own: async ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: systemClock }),
  // Loaded on use: the adapter's client is the user's to install.
  redis: async ({ url }) => {
    const { RedisStreamRepository } = await import('../../adapters/ioredis.js')
    return new RedisStreamRepository(url)
  },
}

export const openCorrect = (store: DialectName, context: OpenContext): Promise<StreamRepository> => CORRECT[store](context)
