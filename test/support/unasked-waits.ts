/** Repositories under reads with a time-out of 0: one that waits all the same, and one that keeps a reader beside them that does. */
import type { StreamEntry, StreamRepository } from '../../src/contract/stream-repository.js'
import { withMembers } from '../../src/contract/with-members.js'

type Read = Parameters<StreamRepository['readMessages']>

/** Waits so long where it was asked not to. */
export const waitingAtZero = (correct: StreamRepository, ms: number): StreamRepository =>
  withMembers(correct, {
    readMessages: (...[topic, lastId, options]: Read) =>
      correct.readMessages(topic, lastId, { ...options, timeoutMs: options.timeoutMs === 0 ? ms : options.timeoutMs }),
  })

/**
 * Right: a reader of its own waits for what comes, whoever reads, and may rest between two waits. Each read looks into the log for itself,
 * and answers in its own time.
 */
export function keepingReader(
  correct: StreamRepository,
  answers: () => Promise<unknown>,
  rests: () => Promise<unknown> = () => Promise.resolve(),
): StreamRepository {
  const followed = new Map<string, AbortController>()
  const follow = async (topic: string, signal: AbortSignal) => {
    let lastId = await correct.getStreamTailId(topic)
    while (!signal.aborted) {
      for await (const { id } of correct.readMessages(topic, lastId, { timeoutMs: 5000, count: 10, signal })) lastId = id
      await rests()
    }
  }
  return withMembers(correct, {
    async *readMessages(...[topic, lastId, options]: Read) {
      if (!followed.has(topic)) {
        const stop = new AbortController()
        followed.set(topic, stop)
        void follow(topic, stop.signal).catch(() => undefined)
      }
      await answers()
      const there: StreamEntry[] = []
      for await (const entry of correct.readMessages(topic, lastId, { ...options, timeoutMs: 0 })) there.push(entry)
      yield* there
    },
    close: async () => {
      for (const stop of followed.values()) stop.abort()
      await correct.close?.()
    },
  })
}
