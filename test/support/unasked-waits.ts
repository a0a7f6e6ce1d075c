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
 * Right: a reader of its own waits for what comes, whoever reads. Each read looks into the log for itself, and answers in its own time.
 */
export function keepingReader(correct: StreamRepository, answers: () => Promise<unknown>): StreamRepository {
  const followed = new Map<string, AbortController>()
  const follow = async (topic: string, signal: AbortSignal) => {
    let lastId = await correct.getStreamTailId(topic)
    while (!signal.aborted) {
      for await (const { id } of correct.readMessages(topic, lastId, { timeoutMs: 5000, count: 10, signal })) lastId = id
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

/** Right: each read begins to wait for what the next one may ask for, unless that is waited for already, and answers in its own time. */
export function fetchingAhead(correct: StreamRepository, answers: () => Promise<unknown>): StreamRepository {
  const stop = new AbortController()
  const ahead = new Map<string, Promise<unknown>>()
  const fetchAhead = async (topic: string, lastId: string) => {
    for await (const _ of correct.readMessages(topic, lastId, { timeoutMs: 5000, count: 10, signal: stop.signal })) break
  }
  return withMembers(correct, {
    async *readMessages(...[topic, lastId, options]: Read) {
      const over = () => void ahead.delete(topic)
      if (!ahead.has(topic)) ahead.set(topic, fetchAhead(topic, await correct.getStreamTailId(topic)).then(over, over))
      await answers()
      yield* correct.readMessages(topic, lastId, { ...options, timeoutMs: 0 })
    },
    close: async () => {
      stop.abort()
      await correct.close?.()
    },
  })
}
