/** Loops that lose their place (§4 of the rules): after a read that was empty, full or failed, or from the start. */
import { LATEST, ORIGIN } from '../../contract/stream-id.js'
import { type Frame, frameOfEntry, literalDollar } from '../../consumers/loops.js'
import { batchOf, handOver, jumpAfter, loop, tailOf } from './loop.js'
import { type Mutant, mutant } from './mutant.js'

const looping = (values: Omit<Mutant, 'family'>): Mutant => mutant({ family: 'cursor-loop', ...values })

export const cursorLoopMutants = [
  looping({
    name: 'literal-dollar',
    breaks: '4.2',
    trips: 'unseen',
    summary: 'every read until the first entry is from "$"',
    consume: literalDollar,
  }),
  looping({
    name: 'tail-after-connected',
    breaks: '4.1',
    trips: 'unseen',
    summary: 'the client is told that it is connected before the tail is asked for',
    consume: loop({ announcesFirst: true }),
  }),
  looping({
    name: 'dollar-once',
    breaks: '4.1',
    trips: 'unseen',
    summary: 'the first read is from "$", and later ones from the tail of then',
    consume: loop({
      start: () => LATEST,
      between: ({ cursor, context }) => (cursor.id === LATEST ? tailOf(context).then((id) => (cursor.id = id)) : undefined),
    }),
  }),
  looping({
    name: 'tail-twice',
    breaks: '4.1',
    trips: 'unseen',
    summary: 'the tail is announced, and asked for again before the first read',
    consume: loop({
      read: async function* (turn) {
        if (turn.trail === '') turn.cursor.id = await tailOf(turn.context)
        return yield* handOver(turn, await batchOf(turn))
      },
    }),
  }),
  looping({
    name: 'starts-at-beginning',
    breaks: '4.1',
    trips: 'replayed-history',
    summary: 'a session for what is new starts at 0-0',
    consume: loop({ start: ({ from }) => from ?? ORIGIN }),
  }),
  looping({
    name: 'tail-after-empty',
    breaks: '4.2',
    trips: 'unseen',
    summary: 'the tail is asked for again after an empty read',
    consume: loop({ between: jumpAfter(/e$/) }),
  }),
  looping({
    name: 'tail-after-second-empty',
    breaks: '4.2',
    trips: 'unseen',
    summary: 'the tail is asked for again after the second empty read in a row',
    consume: loop({ between: jumpAfter(/ee$/) }),
  }),
  looping({
    name: 'origin-after-empty',
    breaks: '4.7',
    trips: 'duplicate-delivery',
    summary: 'an empty read resets the cursor to where the session started',
    consume: loop({ between: ({ trail, cursor, start }) => void (trail.endsWith('e') && (cursor.id = start)) }),
  }),
  looping({
    name: 'tail-after-batch',
    breaks: '4.3',
    trips: 'unseen',
    summary: 'after a batch the cursor jumps to the tail',
    consume: loop({ between: jumpAfter(/[pf]$/) }),
  }),
  looping({
    name: 'tail-after-full-batch',
    breaks: '4.3',
    trips: 'unseen',
    summary: 'after a full batch it skips to the live end',
    consume: loop({ between: jumpAfter(/f$/) }),
  }),
  looping({
    name: 'moves-before-handing-over',
    breaks: '4.4',
    trips: 'entry-skip',
    summary: 'the cursor moves while entries are parsed, and a failure drops those parsed',
    consume: loop({
      read: async function* (turn) {
        const { context, cursor } = turn
        const frames: Frame[] = []
        for await (const entry of context.repository.readMessages(context.topic, cursor.id, { ...context.read, signal: context.signal })) {
          cursor.id = entry.id
          frames.push(frameOfEntry(entry))
        }
        yield* frames
        return frames.length
      },
    }),
  }),
  looping({
    name: 'tail-after-error',
    breaks: '4.5',
    trips: 'unseen',
    summary: 'after a failed read it starts again at the tail',
    consume: loop({ between: jumpAfter(/x$/) }),
  }),
  looping({
    name: 'origin-after-error',
    breaks: '4.5',
    trips: 'duplicate-delivery',
    summary: 'after a failed read it starts again at 0-0',
    consume: loop({ between: ({ trail, cursor }) => void (trail.endsWith('x') && (cursor.id = ORIGIN)) }),
  }),
  looping({
    name: 'ends-on-error',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'a failed read ends the session, without a word',
    consume: loop({ between: ({ trail }) => (trail.endsWith('x') ? 'end' : undefined) }),
  }),
  looping({
    name: 'wedged-by-undecodable',
    breaks: '4.6',
    trips: 'livelock',
    summary: 'entries that do not decode are skipped, and do not move the cursor',
    consume: loop({
      read: async function* (turn) {
        return yield* handOver(
          turn,
          (await batchOf(turn)).filter(({ undecodable }) => undecodable === undefined),
        )
      },
    }),
  }),
  looping({
    name: 'ends-on-undecodable',
    breaks: '4.6',
    trips: 'premature-end',
    summary: 'an entry that does not decode ends the session',
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        const bad = batch.findIndex(({ undecodable }) => undecodable !== undefined)
        if (bad === -1) return yield* handOver(turn, batch)
        turn.trail += '!'
        return yield* handOver(turn, batch.slice(0, bad))
      },
      between: ({ trail }) => (trail.includes('!') ? 'end' : undefined),
    }),
  }),
  looping({
    name: 'never-moves',
    breaks: '4.7',
    trips: 'duplicate-delivery',
    summary: 'the cursor never moves',
    consume: loop({ between: ({ cursor, start }) => void (cursor.id = start) }),
  }),
]
