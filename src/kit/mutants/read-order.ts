/** Batches with the wrong entries in the wrong order (3.3, 3.4), and reads that fail only after a certain past. */
import type { StreamEntry } from '../../contract/stream-repository.js'
import { EVERYTHING, changing, readAll, reading, remembering, successor } from './decorate.js'
import { mutant } from './mutant.js'

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
