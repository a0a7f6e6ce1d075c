/** Repositories that go wrong: appends and tails, then reads. Appends (§1 of the rules): what is acknowledged, what is written, and whether they are the same. */
import { compareIds, isStreamId, LATEST, ORIGIN } from '../../contract/stream-id.js'
import { type Json, type StreamEntry, type StreamRepository, UnknownOutcomeError } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import {
  appending,
  changing,
  everySecond,
  EVERYTHING,
  perTopic,
  predecessor,
  readAll,
  reading,
  remembering,
  scan,
  successor,
  tailing,
  timeOfCaller,
} from './decorate.js'
import { type Mutant, mutant } from './mutant.js'

export const appendMutants = [
  mutant({
    name: 'acknowledges-without-writing',
    family: 'append',
    breaks: '1.1',
    trips: 'lost-append',
    causes: ['lost-append', 'nonmonotonic-append'],
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
    causes: ['lost-append', 'inconsistent-offsets', 'replayed-history', 'stale-tail', 'short-read', 'stale-read'],
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
    causes: ['lost-append', 'nonmonotonic-append'],
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
    causes: ['aborted-read', 'duplicate-append', 'inconsistent-offsets'],
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
    causes: ['aborted-read', 'duplicate-append', 'inconsistent-offsets'],
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
    causes: ['duplicate-append', 'inconsistent-offsets'],
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
    causes: ['nonmonotonic-append', 'inconsistent-offsets', 'duplicate-append', 'lost-append'],
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
    causes: ['inconsistent-offsets', 'lost-append', 'duplicate-append', 'nonmonotonic-append'],
    summary: 'the acknowledged id is the one after the one written',
    repository: (correct) => appending(correct, async (topic, data) => successor(await correct.sendData(topic, data))),
  }),
  mutant({
    name: 'acknowledges-tail',
    family: 'append',
    breaks: '1.4',
    trips: 'inconsistent-offsets',
    causes: ['inconsistent-offsets', 'lost-append', 'duplicate-append'],
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
    causes: ['stalled', 'unasked-wait'],
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

// ── Payloads that do not come back as they went in (1.5).

const codec = (name: string, summary: string, encode: (data: Json) => Json): Mutant =>
  mutant({
    name,
    family: 'append',
    breaks: '1.5',
    trips: 'corrupt-read',
    summary,
    repository: (correct: StreamRepository) => appending(correct, (topic, data) => correct.sendData(topic, encode(data))),
  })

/** The same payload, with every value that is neither an array nor an object replaced. */
function replacing(data: Json, leaf: (value: string | number | boolean | null) => Json): Json {
  if (typeof data !== 'object' || data === null) return leaf(data)
  if (Array.isArray(data)) return data.map((each: Json) => replacing(each, leaf))
  // fromEntries defines its keys: `__proto__` stays a key.
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, replacing(value, leaf)]))
}

/** By assignment: `__proto__` is not a key of the copy. */
function assigned(data: Json): Json {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data
  const copy: Record<string, Json> = {}
  for (const [key, value] of Object.entries(data)) copy[key] = assigned(value)
  return copy
}

/** As a hash of fields keeps it: what lies deeper than the first level is text. */
const asFields = (data: Json): Json =>
  typeof data !== 'object' || data === null || Array.isArray(data)
    ? data
    : Object.fromEntries(Object.entries(data).map(([field, value]) => [field, typeof value === 'object' ? '[object Object]' : value]))

const LARGE = 4_096

export const codecMutants: readonly Mutant[] = [
  codec('latin-codec', 'what is not ASCII is written as question marks', (data) =>
    replacing(data, (value) => (typeof value === 'string' ? value.replaceAll(/[^\t\n\r -~]/gu, '?') : value)),
  ),
  codec('empty-as-null', 'an empty text is written as null', (data) => replacing(data, (value) => (value === '' ? null : value))),
  codec('rounds-numbers', 'numbers are written as whole numbers', (data) =>
    replacing(data, (value) => (typeof value === 'number' ? Math.round(value) : value)),
  ),
  codec('flag-as-number', 'true and false are written as 1 and 0', (data) =>
    replacing(data, (value) => (typeof value === 'boolean' ? Number(value) : value)),
  ),
  codec('loses-proto-key', 'an own key "__proto__" is lost on the way', assigned),
  codec('payload-as-fields', 'a payload is written field by field, and what is nested becomes text', asFields),
  codec('cuts-large-text', `texts are cut after ${LARGE} characters`, (data) =>
    replacing(data, (value) => (typeof value === 'string' ? value.slice(0, LARGE) : value)),
  ),
]

// ── Tails that lie (§2 of the rules). Whoever starts there misses entries, or gets those that are not for it.

export const tailMutants = [
  mutant({
    name: 'tail-is-dollar',
    family: 'tail',
    breaks: '2.1',
    trips: 'phantom-tail',
    summary: 'the tail is "$"',
    repository: (correct) => tailing(correct, async () => LATEST),
  }),
  mutant({
    name: 'empty-topic-is-dollar',
    family: 'tail',
    breaks: '2.2',
    trips: 'phantom-tail',
    summary: 'the tail of an empty topic is "$"',
    repository: (correct) =>
      tailing(correct, async (topic) => {
        const tail = await correct.getStreamTailId(topic)
        return tail === ORIGIN ? LATEST : tail
      }),
  }),
  mutant({
    name: 'empty-topic-is-now',
    family: 'tail',
    breaks: '2.2',
    trips: 'phantom-tail',
    summary: 'the tail of an empty topic is the time of the caller',
    repository: (correct) =>
      tailing(correct, async (topic) => {
        const tail = await correct.getStreamTailId(topic)
        return tail === ORIGIN ? `${timeOfCaller()}-0` : tail
      }),
  }),
  mutant({
    name: 'cached-tail',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is asked for once, and remembered',
    repository: (correct) => {
      const cache = perTopic((): { id?: string } => ({}))
      return tailing(correct, async (topic) => (cache(topic).id ??= await correct.getStreamTailId(topic)))
    },
  }),
  mutant({
    name: 'tail-of-replica',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is asked of a replica that is one entry behind',
    repository: (correct) => tailing(correct, async (topic) => (await scan(correct, topic)).at(-2)?.id ?? ORIGIN),
  }),
  mutant({
    name: 'head-for-tail',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is the first entry (XRANGE for XREVRANGE)',
    repository: (correct) => tailing(correct, async (topic) => (await scan(correct, topic))[0]?.id ?? ORIGIN),
  }),
  mutant({
    name: 'greatest-as-text',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'the tail is the greatest id as text: 9-0 above 10-0',
    repository: (correct) =>
      tailing(
        correct,
        async (topic) =>
          (await scan(correct, topic))
            .map(({ id }) => id)
            .sort()
            .at(-1) ?? ORIGIN,
      ),
  }),
  mutant({
    name: 'tail-from-clock',
    family: 'tail',
    breaks: '2.4',
    trips: 'phantom-tail',
    causes: ['phantom-tail', 'gave-id-ahead'],
    summary: 'the tail is the time of the caller',
    repository: (correct) => tailing(correct, async () => `${timeOfCaller()}-0`),
  }),
  mutant({
    name: 'tail-plus-one',
    family: 'tail',
    breaks: '2.4',
    trips: 'phantom-tail',
    summary: 'the tail is the id after the last one',
    repository: (correct) => tailing(correct, async (topic) => successor(await correct.getStreamTailId(topic))),
  }),
  mutant({
    name: 'origin-every-second-time',
    family: 'tail',
    breaks: '2.3',
    trips: 'stale-tail',
    summary: 'every second tail is answered by a server that has nothing yet',
    repository: (correct) => {
      const isBehind = everySecond()
      return tailing(correct, async (topic) => (isBehind(topic) ? ORIGIN : correct.getStreamTailId(topic)))
    },
  }),
]

// ── Single reads that go wrong (§3 of the rules): what is due and missing, and what is not due and there.

export const readMutants = [
  mutant({
    name: 'inclusive-cursor',
    family: 'read',
    breaks: '3.1',
    trips: 'over-read',
    summary: 'the entry at the cursor is read again (XRANGE for XREAD)',
    repository: (correct) =>
      changing(correct, async (batch, { count }, topic, lastId) => {
        if (!isStreamId(lastId) || lastId === ORIGIN) return batch
        const again = (await readAll(correct, topic, predecessor(lastId), { timeoutMs: 0, count: 1 })).filter(({ id }) => id === lastId)
        return [...again, ...batch].slice(0, count)
      }),
  }),
  mutant({
    name: 'incremented-cursor',
    family: 'read',
    breaks: '3.2',
    trips: 'stale-read',
    causes: ['stale-read', 'int-poll-skip', 'not-woken', 'incompatible-order'],
    summary: 'the cursor is incremented, and what lies above that is read',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        yield* correct.readMessages(topic, lastId === ORIGIN || !isStreamId(lastId) ? lastId : successor(lastId), options)
      }),
  }),
  mutant({
    name: 'ignores-count',
    family: 'read',
    breaks: '3.5',
    trips: 'overfull-read',
    summary: 'count is not passed on',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        yield* correct.readMessages(topic, lastId, { ...options, count: EVERYTHING })
      }),
  }),
  mutant({
    name: 'count-plus-one',
    family: 'read',
    breaks: '3.5',
    trips: 'overfull-read',
    summary: 'one entry more than count is read',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        yield* correct.readMessages(topic, lastId, { ...options, count: options.count + 1 })
      }),
  }),
  mutant({
    name: 'lagging-replica',
    family: 'read',
    breaks: '3.6',
    trips: 'stale-read',
    causes: ['stale-read', 'short-read', 'int-poll-skip', 'premature-end'],
    summary: 'an entry that is there at once is not returned by the first read that could',
    repository: (correct) => {
      const replicas = perTopic(() => new Set<string>())
      return reading(correct, async function* (topic, lastId, options) {
        const atOnce = await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
        const replica = replicas(topic)
        const there = atOnce.filter(({ id }) => replica.has(id))
        for (const { id } of atOnce) replica.add(id)
        yield* atOnce.length > 0 ? there : correct.readMessages(topic, lastId, options)
      })
    },
  }),
  mutant({
    name: 'lost-wake-up',
    family: 'read',
    breaks: '3.7',
    trips: 'unseen',
    causes: ['not-woken', 'short-read', 'stale-read', 'int-poll-skip'],
    summary: 'what wakes a read is not returned, by it or by any later one',
    repository: (correct) => {
      const lost = perTopic(() => new Set<string>())
      return reading(correct, async function* (topic, lastId, options) {
        const atOnce = await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
        if (atOnce.length === 0) for (const { id } of await readAll(correct, topic, lastId, options)) lost(topic).add(id)
        else yield* atOnce.filter(({ id }) => !lost(topic).has(id))
      })
    },
  }),
  mutant({
    name: 'wakes-empty',
    family: 'read',
    breaks: '3.8',
    trips: 'early-empty',
    summary: 'an append wakes the read, which then returns empty',
    repository: (correct) => remembering(correct, (batch, trail) => (trail.endsWith('w') ? [] : batch)),
  }),
  mutant({
    name: 'never-blocks',
    family: 'read',
    breaks: '3.8',
    trips: 'early-empty',
    summary: 'an empty read returns at once',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        yield* correct.readMessages(topic, lastId, { ...options, timeoutMs: 0 })
      }),
  }),
  mutant({
    name: 'waits-at-zero',
    family: 'read',
    breaks: '3.13',
    trips: 'unasked-wait',
    summary: 'a time-out of 0 is taken for one that was not given',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        yield* correct.readMessages(topic, lastId, { ...options, timeoutMs: options.timeoutMs || 5000 })
      }),
  }),
  mutant({
    name: 'destructive-read',
    family: 'read',
    breaks: '3.10',
    trips: 'stale-read',
    causes: ['stale-read', 'int-poll-skip', 'short-read', 'not-woken'],
    summary: 'what was read once is never returned again',
    repository: (correct) => {
      const taken = perTopic(() => new Set<string>())
      return changing(correct, (batch, _, topic) => {
        const left = batch.filter(({ id }) => !taken(topic).has(id))
        for (const { id } of left) taken(topic).add(id)
        return left
      })
    },
  }),
  mutant({
    name: 'cursor-of-its-own',
    family: 'read',
    breaks: '3.10',
    trips: 'stale-read',
    causes: ['stale-read', 'int-poll-skip', 'short-read', 'not-woken'],
    summary: 'reads go on from where the last one stopped, whatever cursor they are given',
    repository: (correct) => {
      const own = perTopic(() => ({ cursor: ORIGIN as string }))
      return reading(correct, async function* (topic, lastId, options) {
        const state = own(topic)
        const isAhead = isStreamId(state.cursor) && isStreamId(lastId) && compareIds(state.cursor, lastId) > 0
        const batch = await readAll(correct, topic, isAhead ? state.cursor : lastId, options)
        state.cursor = batch.at(-1)?.id ?? state.cursor
        yield* batch
      })
    },
  }),
  mutant({
    name: 'prefix-match',
    family: 'read',
    breaks: '3.11',
    trips: 'unexpected',
    causes: ['unexpected', 'stalled', 'int-nonmonotonic-poll', 'inconsistent-offsets', 'overfull-read'],
    summary: 'a read also returns entries of topics whose names begin with its own',
    repository: (correct) => {
      const topics = new Set<string>()
      const tracked = appending(correct, (topic, data) => {
        topics.add(topic)
        return correct.sendData(topic, data)
      })
      return reading(tracked, async function* (topic, lastId, options) {
        for (const other of topics) {
          if (other !== topic && other.startsWith(topic)) yield* await readAll(correct, other, lastId, { ...options, timeoutMs: 0 })
        }
        yield* correct.readMessages(topic, lastId, options)
      })
    },
  }),
]

// ── Batches with the wrong entries in the wrong order (3.3, 3.4), and reads that fail only after a certain past.

const asText = (a: StreamEntry, b: StreamEntry): number => (a.id < b.id ? -1 : 1)

export const readOrderMutants = [
  mutant({
    name: 'filters-as-text',
    family: 'read',
    breaks: '3.3',
    trips: 'stale-read',
    causes: ['stale-read', 'not-woken', 'short-read', 'int-poll-skip'],
    summary: 'ids are compared as text: 10-0 is not above 9-0',
    repository: (correct) => changing(correct, (batch, _, __, lastId) => batch.filter(({ id }) => id > lastId)),
  }),
  mutant({
    name: 'sorts-as-text',
    family: 'read',
    breaks: '3.3',
    trips: 'int-nonmonotonic-poll',
    causes: ['int-nonmonotonic-poll', 'int-poll-skip'],
    summary: 'a batch is sorted by ids as text',
    repository: (correct) => changing(correct, (batch) => batch.toSorted(asText)),
  }),
  mutant({
    name: 'ignores-sequence',
    family: 'read',
    breaks: '3.3',
    trips: 'stale-read',
    causes: ['stale-read', 'int-poll-skip', 'not-woken', 'short-read'],
    summary: 'of an id only the milliseconds are compared',
    repository: (correct) =>
      changing(correct, (batch, _, __, lastId) => batch.filter(({ id }) => id.split('-')[0] !== lastId.split('-')[0])),
  }),
  mutant({
    name: 'newest-first',
    family: 'read',
    breaks: '3.4',
    trips: 'int-nonmonotonic-poll',
    causes: ['int-nonmonotonic-poll', 'int-poll-skip'],
    summary: 'a batch comes newest first',
    repository: (correct) => changing(correct, (batch) => batch.toReversed()),
  }),
  mutant({
    name: 'drops-middle',
    family: 'read',
    breaks: '3.4',
    trips: 'int-poll-skip',
    causes: ['int-poll-skip', 'short-read'],
    summary: 'the second of three or more entries is left out',
    repository: (correct) => changing(correct, (batch) => (batch.length > 2 ? batch.toSpliced(1, 1) : batch)),
  }),
  mutant({
    name: 'last-page-first',
    family: 'read',
    breaks: '3.4',
    trips: 'int-poll-skip',
    summary: 'of more than count entries the last ones are returned',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        const all = await readAll(correct, topic, lastId, { ...options, count: EVERYTHING })
        yield* all.slice(-options.count)
      }),
  }),
  mutant({
    name: 'repeats-within-batch',
    family: 'read',
    breaks: '3.4',
    trips: 'int-nonmonotonic-poll',
    summary: 'the first entry of a batch comes twice',
    repository: (correct) => changing(correct, (batch, { count }) => [...batch.slice(0, 1), ...batch].slice(0, count)),
  }),
  mutant({
    name: 'stops-half-way',
    family: 'read',
    breaks: '3.4',
    trips: 'short-read',
    summary: 'a read stops at half of count',
    repository: (correct) => changing(correct, (batch, { count }) => batch.slice(0, Math.ceil(count / 2))),
  }),
  mutant({
    name: 'predicts-next',
    family: 'read',
    breaks: '1.4',
    trips: 'future-read',
    causes: ['future-read', 'corrupt-read', 'unexpected', 'inconsistent-offsets', 'aborted-read'],
    summary: 'of numbered payloads the next one is returned before it was appended',
    repository: (correct) =>
      changing(correct, (batch, { count }) => {
        const last = batch.at(-1)
        if (last === undefined || batch.length === count) return batch
        const text = JSON.stringify(last.data)?.replace(/\bs(\d+)@/, (_, n: string) => `s${Number(n) + 1}@`) ?? 'null'
        return [...batch, { id: successor(last.id), data: JSON.parse(text) as unknown }]
      }),
  }),
  mutant({
    name: 'empty-after-wake-up',
    family: 'read',
    breaks: '3.6',
    trips: 'stale-read',
    depth: 2,
    summary: 'the read after one that was woken does not see what is there',
    repository: (correct) => remembering(correct, (batch, trail) => (trail.endsWith('wn') ? [] : batch)),
  }),
  mutant({
    name: 'empty-after-two-wake-ups',
    family: 'read',
    breaks: '3.6',
    trips: 'stale-read',
    depth: 3,
    summary: 'after two reads that were woken, the next does not see what is there',
    repository: (correct) => remembering(correct, (batch, trail) => (trail.endsWith('wwn') ? [] : batch)),
  }),
  mutant({
    name: 'empty-between-wake-ups',
    family: 'read',
    breaks: '3.6',
    trips: 'stale-read',
    depth: 3,
    summary: 'something at once, then a wake-up: then the next read does not see what is there',
    repository: (correct) => remembering(correct, (batch, trail) => (trail.endsWith('nwn') ? [] : batch)),
  }),
  mutant({
    name: 'empty-after-time-out-between',
    family: 'read',
    breaks: '3.6',
    trips: 'stale-read',
    depth: 3,
    summary: 'a wake-up, then a time-out, then something at once: the next read does not see what is there',
    repository: (correct) => remembering(correct, (batch, trail) => (/we+nn$/.test(trail) ? [] : batch)),
  }),
]

// ── Reads whose failure is hidden (3.9), and reads that leave something open (3.12).

export const readFailureMutants = [
  mutant({
    name: 'swallows-read-error',
    family: 'read',
    breaks: '3.9',
    trips: 'early-empty',
    summary: 'a read that fails is shown as an empty one',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        yield* await readAll(correct, topic, lastId, options).catch(() => [])
      }),
  }),
  mutant({
    name: 'hangs-after-cut',
    family: 'read',
    breaks: '3.9',
    trips: 'stalled',
    summary: 'a read whose connection is cut never settles, unless it is aborted',
    repository: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        const { signal } = options
        const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
        yield* await readAll(correct, topic, lastId, options).catch(async () => {
          await aborted
          return []
        })
      }),
  }),
  mutant({
    name: 'leaks-when-left-early',
    family: 'read',
    breaks: '3.12',
    trips: 'leak',
    summary: 'an iteration that is left early leaves a read behind that nobody can end',
    repository: (correct) => {
      let leaked = false
      const leaking = reading(correct, async function* (topic, lastId, options) {
        let finished = false
        try {
          yield* correct.readMessages(topic, lastId, options)
          finished = true
        } finally {
          if (!finished && options.signal?.aborted) {
            leaked = true
            void readAll(correct, `${topic}:next`, ORIGIN, { timeoutMs: options.timeoutMs, count: 1 }).catch(() => undefined)
          }
        }
      })
      return withMembers(leaking, { close: async () => (leaked ? undefined : correct.close?.()) })
    },
  }),
]
