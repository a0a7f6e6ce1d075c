/** Loops that lose entries between the read and the client (4.7, 4.8), or hand them out twice. */
import { ORIGIN } from '../../contract/stream-id.js'
import { frameOfEntry } from '../../consumers/loops.js'
import { batchOf, handOver, loop } from './loop.js'
import { type Mutant, mutant } from './mutant.js'

const looping = (values: Omit<Mutant, 'family'>): Mutant => mutant({ family: 'cursor-loop', ...values })

export const handOverMutants = [
  looping({
    name: 'last-entry-again',
    breaks: '4.7',
    trips: 'duplicate-delivery',
    summary: 'after a batch the cursor is before its last entry',
    consume: loop({
      read: async function* (turn) {
        const before = turn.cursor.id
        const batch = await batchOf(turn)
        const entries = yield* handOver(turn, batch)
        // Once for each entry, or it would go on for ever.
        if (entries > 0 && turn.kept !== turn.cursor.id) {
          turn.kept = turn.cursor.id
          turn.cursor.id = batch.at(-2)?.id ?? before
        }
        return entries
      },
    }),
  }),
  looping({
    name: 'newest-of-batch-first',
    breaks: '4.7',
    trips: 'nonmonotonic-poll',
    summary: 'a batch is handed out newest first',
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        yield* handOver(turn, batch.toReversed())
        turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
        return batch.length
      },
    }),
  }),
  looping({
    name: 'first-of-batch-only',
    breaks: '4.8',
    trips: 'poll-skip',
    summary: 'of each batch the first entry alone is handed out',
    depth: 2,
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        yield* handOver(turn, batch.slice(0, 1))
        turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
        return batch.length
      },
    }),
  }),
  looping({
    name: 'drops-first-entry',
    breaks: '4.8',
    trips: 'entry-skip',
    summary: "the first of a session's first several entries is taken for the one at the cursor",
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        const isFirst = batch.length > 1 && turn.kept === undefined
        if (isFirst) turn.cursor.id = turn.kept = batch[0]!.id
        yield* handOver(turn, isFirst ? batch.slice(1) : batch)
        return batch.length
      },
    }),
  }),
  looping({
    name: 'full-batch-off-by-one',
    breaks: '4.8',
    trips: 'poll-skip',
    summary: 'the last entry of a full batch is kept for the next one, which does not begin with it',
    depth: 2,
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        const isFull = batch.length === turn.context.read.count && batch.length > 1
        yield* handOver(turn, isFull ? batch.slice(0, -1) : batch)
        turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
        return batch.length
      },
    }),
  }),
  looping({
    name: 'skips-what-repeats',
    breaks: '4.8',
    trips: 'poll-skip',
    summary: 'an entry that holds what the one before it held is taken for a repeat of it',
    depth: 2,
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        for (const entry of batch) {
          const content = JSON.stringify(entry.data)
          if (content !== turn.kept) yield frameOfEntry(entry)
          turn.kept = content
          turn.cursor.id = entry.id
        }
        return batch.length
      },
    }),
  }),
  looping({
    name: 'compares-as-text',
    breaks: '3.3',
    trips: 'unseen',
    summary: 'repeats are told by comparing ids as text: 10-0 is one after 9-0',
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        for (const entry of batch) if (entry.id > turn.cursor.id || turn.cursor.id === ORIGIN) yield* handOver(turn, [entry])
        turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
        return batch.length
      },
    }),
  }),
  looping({
    name: 'one-entry-a-millisecond',
    breaks: '3.3',
    trips: 'unseen',
    summary: 'an entry of the same millisecond as the last is taken for a repeat',
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        for (const entry of batch) {
          if (entry.id.split('-')[0] !== turn.cursor.id.split('-')[0]) yield frameOfEntry(entry)
          turn.cursor.id = entry.id
        }
        return batch.length
      },
    }),
  }),
  looping({
    name: 'last-id-on-every-frame',
    breaks: '1.4',
    trips: 'inconsistent-offsets',
    summary: 'each frame carries the id of the last entry of its batch: a client that resumes from there has missed the rest',
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        for (const { data } of batch) yield { type: 'entry', id: batch.at(-1)!.id, data }
        turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
        return batch.length
      },
    }),
  }),
]
