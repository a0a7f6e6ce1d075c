/** Appends that go wrong (§1 of the rules): what is acknowledged, what is written, and whether they are the same. */
import { type Json, type StreamEntry, UnknownOutcomeError } from '../../contract/stream-repository.js'
import { appending, everySecond, perTopic, readAll, reading, successor } from './decorate.js'
import { mutant } from './mutant.js'

export const appendMutants = [
  mutant({
    name: 'acknowledges-without-writing',
    family: 'append',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'every second append is acknowledged and never written',
    repository: (correct) => {
      const drops = everySecond()
      return appending(correct, async (topic, data) =>
        drops(topic) ? successor(await correct.getStreamTailId(topic)) : correct.sendData(topic, data),
      )
    },
  }),
  mutant({
    name: 'write-behind',
    family: 'append',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'an append is acknowledged at once and written with the one after it',
    repository: (correct) => {
      const buffers = perTopic((): Json[] => [])
      return appending(correct, async (topic, data) => {
        const buffer = buffers(topic)
        const previous = buffer.shift()
        if (previous !== undefined) await correct.sendData(topic, previous)
        buffer.push(data)
        return successor(await correct.getStreamTailId(topic))
      })
    },
  }),
  mutant({
    name: 'drops-repeated-payloads',
    family: 'append',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'an append of the same size as the one before it is taken for a repeat, acknowledged and dropped',
    repository: (correct) => {
      const last = perTopic(() => ({ size: -1, id: '' }))
      return appending(correct, async (topic, data) => {
        const seen = last(topic)
        const size = JSON.stringify(data).length
        if (size === seen.size) return seen.id
        seen.size = size
        seen.id = await correct.sendData(topic, data)
        return seen.id
      })
    },
  }),
  mutant({
    name: 'idempotent-by-content',
    family: 'append',
    breaks: '1.1',
    trips: 'lost-append',
    summary: 'an append that holds what one before it held is taken for a retry of it, acknowledged and dropped',
    repository: (correct) => {
      const written = perTopic(() => new Map<string, string>())
      return appending(correct, async (topic, data) => {
        const content = JSON.stringify(data)
        const id = written(topic).get(content) ?? (await correct.sendData(topic, data))
        written(topic).set(content, id)
        return id
      })
    },
  }),
  mutant({
    name: 'rejects-after-writing',
    family: 'append',
    breaks: '1.2',
    trips: 'aborted-read',
    summary: 'what follows the write fails, and the whole append is reported as rejected',
    repository: (correct) => {
      const fails = everySecond()
      return appending(correct, async (topic, data) => {
        const id = await correct.sendData(topic, data)
        if (fails(topic)) throw new Error('the topic could not be given a time to live')
        return id
      })
    },
  }),
  mutant({
    name: 'time-out-as-rejection',
    family: 'append',
    breaks: '1.6',
    trips: 'aborted-read',
    summary: 'a reply that comes too late is reported as a failure, not as an unknown outcome',
    repository: (correct) => {
      const late = everySecond()
      return appending(correct, async (topic, data) => {
        try {
          const id = await correct.sendData(topic, data)
          if (late(topic)) throw new UnknownOutcomeError('no reply in time')
          return id
        } catch (error) {
          throw new Error('append failed', { cause: error })
        }
      })
    },
  }),
  mutant({
    name: 'retries-lost-reply',
    family: 'append',
    breaks: '1.3',
    trips: 'duplicate-append',
    summary: 'an append whose reply is lost is sent again',
    repository: (correct) => {
      const loses = everySecond()
      return appending(correct, async (topic, data) => {
        const id = await correct.sendData(topic, data)
        return loses(topic) ? correct.sendData(topic, data) : id
      })
    },
  }),
  mutant({
    name: 'acknowledges-first-id',
    family: 'append',
    breaks: '1.4',
    trips: 'nonmonotonic-append',
    summary: 'every append is acknowledged with the id of the first',
    repository: (correct) => {
      const first = perTopic((): { id?: string } => ({}))
      return appending(correct, async (topic, data) => {
        const id = await correct.sendData(topic, data)
        return (first(topic).id ??= id)
      })
    },
  }),
  mutant({
    name: 'acknowledges-next-id',
    family: 'append',
    breaks: '1.4',
    trips: 'inconsistent-offsets',
    summary: 'the acknowledged id is the one after the one written',
    repository: (correct) => appending(correct, async (topic, data) => successor(await correct.sendData(topic, data))),
  }),
  mutant({
    name: 'acknowledges-tail',
    family: 'append',
    breaks: '1.4',
    trips: 'inconsistent-offsets',
    summary: 'the id is taken from the tail before the append is written',
    repository: (correct) =>
      appending(correct, async (topic, data) => {
        const id = await correct.getStreamTailId(topic)
        await correct.sendData(topic, data)
        return id
      }),
  }),
  mutant({
    name: 'commits-out-of-order',
    family: 'append',
    breaks: '1.7',
    trips: 'incompatible-order',
    summary: 'of two appends in a row the second becomes visible to a waiting read first',
    depth: 2,
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        const atOnce = await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
        if (atOnce.length > 0) return yield* atOnce
        const woken = await readAll(correct, topic, lastId, options)
        if (woken.length !== 1) return yield* woken.slice(1)
        let later: readonly StreamEntry[] = []
        for (let looks = 0; looks < 20 && later.length === 0; looks++)
          later = await readAll(correct, topic, woken[0]!.id, { ...options, timeoutMs: 0 })
        yield* later.length > 0 ? later : woken
      }),
  }),
  mutant({
    name: 'one-connection',
    family: 'append',
    breaks: '1.8',
    trips: 'stalled',
    summary: 'reads and appends take turns on one connection, and a read waits there for ever',
    repository: (correct) => {
      let last: Promise<unknown> = Promise.resolve()
      const inTurn = <T>(call: () => Promise<T>): Promise<T> => {
        const turn = last.then(call)
        last = turn.catch(() => undefined)
        return turn
      }
      const appends = appending(correct, (topic, data) => inTurn(() => correct.sendData(topic, data)))
      return reading(appends, async function* (topic, lastId, options) {
        yield* await inTurn(() => readAll(correct, topic, lastId, { ...options, timeoutMs: Number.POSITIVE_INFINITY }))
      })
    },
  }),
]
