/** Single reads that go wrong (§3 of the rules): what is due and missing, and what is not due and there. */
import { ORIGIN, compareIds, isStreamId } from '../../contract/stream-id.js'
import { EVERYTHING, appending, changing, perTopic, readAll, reading, remembering, scan, successor } from './decorate.js'
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
