/** Single reads that go wrong (§3 of the rules): what is due and missing, and what is not due and there. */
import { compareIds, isStreamId, ORIGIN } from '../../contract/stream-id.js'
import type { StreamEntry } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import { appending, changing, EVERYTHING, perTopic, readAll, reading, remembering, scan, successor } from './decorate.js'
import { mutant } from './mutant.js'

export const readMutants = [
  mutant({
    name: 'inclusive-cursor',
    family: 'read',
    breaks: '3.1',
    trips: 'over-read',
    summary: 'the entry at the cursor is read again (XRANGE for XREAD)',
    repository: (correct) =>
      changing(correct, async (batch, { count }, topic, lastId) => {
        const again = (await scan(correct, topic)).filter(({ id }) => id === lastId)
        return [...again, ...batch].slice(0, count)
      }),
  }),
  mutant({
    name: 'incremented-cursor',
    family: 'read',
    breaks: '3.2',
    trips: 'stale-read',
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
    name: 'destructive-read',
    family: 'read',
    breaks: '3.10',
    trips: 'stale-read',
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
    summary: 'ids are compared as text: 10-0 is not above 9-0',
    repository: (correct) => changing(correct, (batch, _, __, lastId) => batch.filter(({ id }) => id > lastId)),
  }),
  mutant({
    name: 'sorts-as-text',
    family: 'read',
    breaks: '3.3',
    trips: 'int-nonmonotonic-poll',
    summary: 'a batch is sorted by ids as text',
    repository: (correct) => changing(correct, (batch) => batch.toSorted(asText)),
  }),
  mutant({
    name: 'ignores-sequence',
    family: 'read',
    breaks: '3.3',
    trips: 'stale-read',
    summary: 'of an id only the milliseconds are compared',
    repository: (correct) =>
      changing(correct, (batch, _, __, lastId) => batch.filter(({ id }) => id.split('-')[0] !== lastId.split('-')[0])),
  }),
  mutant({
    name: 'newest-first',
    family: 'read',
    breaks: '3.4',
    trips: 'int-nonmonotonic-poll',
    summary: 'a batch comes newest first',
    repository: (correct) => changing(correct, (batch) => batch.toReversed()),
  }),
  mutant({
    name: 'drops-middle',
    family: 'read',
    breaks: '3.4',
    trips: 'int-poll-skip',
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
