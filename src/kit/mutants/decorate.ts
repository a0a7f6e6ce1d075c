/** What repository mutants are made of: a correct repository with one method in other words. */
import { systemClock } from '../../clock/clock.js'
import { ORIGIN } from '../../contract/stream-id.js'
import type { ReadOptions, StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'

type Send = StreamRepository['sendData']
type Reading = (topic: string, lastId: string, options: ReadOptions) => AsyncGenerator<StreamEntry, void, undefined>

export const appending = (correct: StreamRepository, sendData: Send): StreamRepository => withMembers(correct, { sendData })

export const tailing = (correct: StreamRepository, getStreamTailId: StreamRepository['getStreamTailId']): StreamRepository =>
  withMembers(correct, { getStreamTailId })

export const reading = (correct: StreamRepository, readMessages: Reading): StreamRepository => withMembers(correct, { readMessages })

/** One correct read, as a list. */
export async function readAll(correct: StreamRepository, topic: string, lastId: string, options: ReadOptions): Promise<StreamEntry[]> {
  const entries: StreamEntry[] = []
  for await (const entry of correct.readMessages(topic, lastId, options)) entries.push(entry)
  return entries
}

/** More than any schedule appends. */
export const EVERYTHING = 100_000

/** All that is in the topic now. */
export const scan = (correct: StreamRepository, topic: string): Promise<StreamEntry[]> =>
  readAll(correct, topic, ORIGIN, { timeoutMs: 0, count: EVERYTHING })

/** Correct reads, with their batches changed on the way. */
export const changing = (
  correct: StreamRepository,
  change: (
    batch: StreamEntry[],
    options: ReadOptions,
    topic: string,
    lastId: string,
  ) => readonly StreamEntry[] | Promise<readonly StreamEntry[]>,
): StreamRepository =>
  reading(correct, async function* (topic, lastId, options) {
    yield* await change(await readAll(correct, topic, lastId, options), options, topic, lastId)
  })

/**
 * Correct reads, with what the repository can know of the past: how the reads of this topic came back, a letter each,
 * this one last. `n`: there was something now; `w`: it waited and was woken; `e`: it came back empty.
 */
export function remembering(
  correct: StreamRepository,
  change: (batch: readonly StreamEntry[], trail: string) => readonly StreamEntry[],
): StreamRepository {
  const trails = perTopic(() => ({ reads: '' }))
  return reading(correct, async function* (topic, lastId, options) {
    const atOnce = await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
    const batch = atOnce.length > 0 ? atOnce : await readAll(correct, topic, lastId, options)
    const trail = trails(topic)
    trail.reads += batch.length === 0 ? 'e' : atOnce.length > 0 ? 'n' : 'w'
    yield* change(batch, trail.reads)
  })
}

/** State of a topic's own: the same repository serves many runs, each on a topic of its own. */
export function perTopic<T>(initial: () => T): (topic: string) => T {
  const states = new Map<string, T>()
  return (topic) => {
    if (!states.has(topic)) states.set(topic, initial())
    return states.get(topic)!
  }
}

/** Is this call the second, fourth, sixth … of its topic? */
export function everySecond(): (topic: string) => boolean {
  const calls = perTopic(() => ({ count: 0 }))
  return (topic) => ++calls(topic).count % 2 === 0
}

/** Both parts of an id, for the arithmetic that the contract forbids. */
export function parts(id: string): readonly [ms: bigint, seq: bigint] {
  const [ms, seq] = id.split('-')
  return [BigInt(ms!), BigInt(seq!)]
}

/** The next sequence number of the same millisecond. */
export function successor(id: string): string {
  const [ms, seq] = parts(id)
  return `${ms}-${seq + 1n}`
}

const GREATEST_SEQUENCE_NUMBER = 2n ** 64n - 1n

/** The greatest id below this one. */
export function predecessor(id: string): string {
  const [ms, seq] = parts(id)
  return seq > 0n ? `${ms}-${seq - 1n}` : `${ms - 1n}-${GREATEST_SEQUENCE_NUMBER}`
}

let told = 0

/** By its own clock, in milliseconds, and never the same twice: how often it is asked within one is up to the machine. */
export function timeOfCaller(): number {
  told = Math.max(systemClock.now(), told + 1)
  return told
}
