/**
 * Loops that go wrong, and sessions that end or come back in the wrong way. Most are `loop`: the loop that is right
 * (`snapshotCursor`), with places where it can go wrong. With none of them used it is correct.
 */
import {
  BackOff,
  type Cursor,
  EMPTY_PAUSE_MS,
  type Frame,
  frameOfEntry,
  literalDollar,
  readOnce,
  snapshotCursor,
} from '../../consumers/loops.js'
import { sseTaskEvents } from '../../consumers/sse.js'
import { isAfter, isStreamId, LATEST, ORIGIN, type StreamId } from '../../contract/stream-id.js'
import type { StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import { changing, perTopic, readAll, scan, tailing } from './decorate.js'
import { type Mutant, mutant } from './mutant.js'
import type { ConsumeContext, SubjectDefinition } from '../../subject/subject.js'

/** A session, between two reads. */
export interface Turn {
  readonly context: ConsumeContext
  readonly cursor: Cursor
  /** How its reads came back, a letter each, the latest last: `e` empty, `p` part of a batch, `f` a full one, `x` an error. */
  trail: string
  /** Where it started. */
  readonly start: string
  /** What a loop may keep for itself from one turn to the next. */
  kept?: string
}

export interface Twists {
  /** Where a session starts. Default: above `from`, or else above the tail of now. */
  readonly start?: (context: ConsumeContext) => string | Promise<string>
  /** The client is told that it is connected before there is a cursor. */
  readonly announcesFirst?: boolean
  /** One read, handed over. Default: entry by entry, and the cursor moves behind each. Gives the number of entries. */
  readonly read?: (turn: Turn) => AsyncGenerator<Frame, number, undefined>
  /** After a read and its pause, before the next. `end` ends the session. */
  readonly between?: (turn: Turn) => unknown
}

export const tailOf = ({ repository, topic }: ConsumeContext): Promise<string> => repository.getStreamTailId(topic)

/** What most of these loops do wrong at one time or another: everything up to now counts as read. */
export async function jumpToTail({ context, cursor }: Turn): Promise<void> {
  cursor.id = await tailOf(context)
}

/** Jumps to the tail where the session's reads came back in this way. */
export const jumpAfter =
  (trail: RegExp) =>
  (turn: Turn): Promise<void> | undefined =>
    trail.test(turn.trail) ? jumpToTail(turn) : undefined

export const loop = ({
  start = startOf,
  announcesFirst = false,
  read = ({ context, cursor }) => readOnce(context, cursor),
  between,
}: Twists) =>
  async function* (context: ConsumeContext): AsyncGenerator<Frame, void, undefined> {
    const { clock, signal } = context
    const backOff = new BackOff(context)
    if (announcesFirst) yield { type: 'connected', cursor: context.from ?? '' }
    const first = yield* startWith(start, context, backOff)
    if (first === undefined) return
    const turn: Turn = { context, cursor: { id: first }, trail: '', start: first }
    if (!announcesFirst) yield { type: 'connected', cursor: first }
    while (!signal.aborted) {
      try {
        const entries = yield* read(turn)
        backOff.reset()
        turn.trail += entries === 0 ? 'e' : entries < context.read.count ? 'p' : 'f'
        if (entries === 0) await clock.sleep(EMPTY_PAUSE_MS, signal)
        if (!signal.aborted && (await between?.(turn)) === 'end') return
      } catch (error) {
        turn.trail += 'x'
        yield* backOff.after(error)
        if (!signal.aborted && (await between?.(turn)) === 'end') return
      }
    }
  }

const startOf = (context: ConsumeContext) => context.from ?? tailOf(context)

async function* startWith(
  start: NonNullable<Twists['start']>,
  context: ConsumeContext,
  backOff: BackOff,
): AsyncGenerator<Frame, string | undefined, undefined> {
  while (!context.signal.aborted) {
    try {
      return await start(context)
    } catch (error) {
      yield* backOff.after(error)
    }
  }
  return undefined
}

/** One read as a list; the cursor stays. */
export async function batchOf({ context, cursor }: Pick<Turn, 'context' | 'cursor'>): Promise<StreamEntry[]> {
  const { repository, topic, signal, read } = context
  const entries: StreamEntry[] = []
  for await (const entry of repository.readMessages(topic, cursor.id, { ...read, signal })) entries.push(entry)
  return signal.aborted ? [] : entries
}

/** Entries one by one, the cursor behind each. */
export async function* handOver({ cursor }: Pick<Turn, 'cursor'>, batch: readonly StreamEntry[]): AsyncGenerator<Frame, number, undefined> {
  for (const entry of batch) {
    yield frameOfEntry(entry)
    cursor.id = entry.id
  }
  return batch.length
}

/** Hands out what `frames` makes of each batch, and goes on behind all of it. */
const handingOut = (frames: (batch: readonly StreamEntry[], turn: Turn) => AsyncGenerator<Frame, unknown, undefined>) => ({
  read: async function* (turn: Turn): AsyncGenerator<Frame, number, undefined> {
    const batch = await batchOf(turn)
    yield* frames(batch, turn)
    turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
    return batch.length
  },
})

/** A subject that owes what is not marked as another's. */
export const filtered = {
  owes: ({ data }) => !isForeign(data),
  foreign: (token, body) => ({ sentinel: token, body, of: 'another' }),
} as const satisfies Pick<SubjectDefinition, 'owes' | 'foreign'>

export const isForeign = (data: unknown): boolean => typeof data === 'object' && data !== null && 'of' in data

// ── Loops that lose their place (§4 of the rules): after a read that was empty, full or failed, or from the start.

const looping = (values: Omit<Mutant, 'family'>): Mutant => mutant({ family: 'cursor-loop', ...values })

export const cursorLoopMutants = [
  looping({
    name: 'stays-before-others',
    breaks: '4.10',
    trips: 'livelock',
    summary: 'entries that its filter leaves out do not move its cursor, so that a page of them is read for ever',
    part: filtered,
    consume: loop({
      read: async function* (turn) {
        const batch = (await batchOf(turn)).filter(({ data }) => !isForeign(data))
        return yield* handOver(turn, batch)
      },
    }),
  }),
  looping({
    name: 'unfiltered-backlog',
    breaks: '4.10',
    trips: 'foreign-delivery',
    summary: 'what comes with its first read passes the filter by',
    part: filtered,
    consume: loop({
      read: async function* (turn) {
        const batch = await batchOf(turn)
        for (const entry of batch) {
          if (turn.trail === '' || !isForeign(entry.data)) yield frameOfEntry(entry)
          turn.cursor.id = entry.id
        }
        return batch.length
      },
    }),
  }),

  looping({
    name: 'literal-dollar',
    breaks: '4.2',
    trips: 'unseen',
    causes: ['latest-anew', 'latest-at-first', 'latest-after-error'],
    summary: 'every read until the first entry is from "$"',
    consume: literalDollar,
  }),
  looping({
    name: 'tail-after-connected',
    breaks: '4.1',
    trips: 'unseen',
    causes: ['tail-after-announcing'],
    summary: 'the client is told that it is connected before the tail is asked for',
    consume: loop({ announcesFirst: true }),
  }),
  looping({
    name: 'dollar-once',
    breaks: '4.1',
    trips: 'unseen',
    causes: ['latest-at-first', 'latest-after-error', 'tail-after-empty', 'tail-after-error'],
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
    causes: ['tail-again-before-reading'],
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
    causes: ['tail-after-empty'],
    summary: 'the tail is asked for again after an empty read',
    consume: loop({ between: jumpAfter(/e$/) }),
  }),
  looping({
    name: 'tail-after-second-empty',
    breaks: '4.2',
    trips: 'unseen',
    causes: ['tail-after-empty'],
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
    causes: ['tail-after-batch'],
    summary: 'after a batch the cursor jumps to the tail',
    consume: loop({ between: jumpAfter(/[pf]$/) }),
  }),
  looping({
    name: 'tail-after-full-batch',
    breaks: '4.3',
    trips: 'unseen',
    causes: ['tail-after-batch'],
    summary: 'after a full batch it skips to the live end',
    consume: loop({ between: jumpAfter(/f$/) }),
  }),
  looping({
    name: 'moves-before-handing-over',
    breaks: '4.4',
    trips: 'entry-skip',
    causes: ['moved-ahead'],
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
    causes: ['tail-after-error'],
    summary: 'after a failed read it starts again at the tail',
    consume: loop({ between: jumpAfter(/x$/) }),
  }),
  looping({
    name: 'origin-after-error',
    breaks: '4.5',
    trips: 'duplicate-delivery',
    causes: ['duplicate-delivery', 'replayed-history', 'nonmonotonic-poll'],
    summary: 'after a failed read it starts again at 0-0',
    consume: loop({ between: ({ trail, cursor }) => void (trail.endsWith('x') && (cursor.id = ORIGIN)) }),
  }),
  looping({
    name: 'counts-frames-anew',
    breaks: '4.8',
    trips: 'unseen',
    causes: ['dropped'],
    summary: 'it numbers its frames from 1 on each connection, and leaves out those up to the last number of the one before',
    consume: (context) => {
      const handedOut = new Set<string>()
      let known = 0
      let sent = 0
      return loop({
        read: async function* ({ context: its, cursor, trail, start }) {
          if (trail.endsWith('x')) [known, sent, cursor.id] = [sent, 0, start]
          const batch = await batchOf({ context: its, cursor })
          // A keep-alive has a number, too.
          if (batch.length === 0) sent++
          for (const entry of batch) {
            if (++sent > known && !handedOut.has(entry.id)) {
              yield frameOfEntry(entry)
              handedOut.add(entry.id)
            }
            cursor.id = entry.id
          }
          return batch.length
        },
      })(context)
    },
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
    causes: ['duplicate-delivery', 'livelock'],
    summary: 'the cursor never moves',
    consume: loop({ between: ({ cursor, start }) => void (cursor.id = start) }),
  }),
]

// ── Loops that lose entries between the read and the client (4.7, 4.8), or hand them out twice.

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
    consume: loop(handingOut((batch, turn) => handOver(turn, batch.toReversed()))),
  }),
  looping({
    name: 'first-of-batch-only',
    breaks: '4.8',
    trips: 'poll-skip',
    causes: ['dropped', 'taken-for-old'],
    summary: 'of each batch the first entry alone is handed out',
    depth: 2,
    consume: loop(handingOut((batch, turn) => handOver(turn, batch.slice(0, 1)))),
  }),
  looping({
    name: 'drops-first-entry',
    breaks: '4.8',
    trips: 'entry-skip',
    // What it drops first has been given to another consumer before in one schedule, and is of a topic made anew in another.
    causes: ['dropped', 'taken-for-known', 'taken-for-old'],
    summary: "the first of a session's first several entries is taken for the one at the cursor",
    consume: loop(
      handingOut((batch, turn) => {
        const isFirst = batch.length > 1 && turn.kept === undefined
        if (isFirst) turn.kept = batch[0]!.id
        return handOver(turn, isFirst ? batch.slice(1) : batch)
      }),
    ),
  }),
  looping({
    name: 'full-batch-off-by-one',
    breaks: '4.8',
    trips: 'poll-skip',
    causes: ['dropped'],
    summary: 'the last entry of a full batch is kept for the next one, which does not begin with it',
    depth: 2,
    consume: loop(
      handingOut((batch, turn) => {
        const isFull = batch.length === turn.context.read.count && batch.length > 1
        return handOver(turn, isFull ? batch.slice(0, -1) : batch)
      }),
    ),
  }),
  looping({
    name: 'skips-what-repeats',
    breaks: '4.8',
    trips: 'poll-skip',
    causes: ['dropped'],
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
    causes: ['dropped'],
    summary: 'repeats are told by comparing ids as text: 10-0 is one after 9-0',
    consume: loop(
      handingOut(async function* (batch, turn) {
        for (const entry of batch) if (entry.id > turn.cursor.id || turn.cursor.id === ORIGIN) yield* handOver(turn, [entry])
      }),
    ),
  }),
  looping({
    name: 'one-entry-a-millisecond',
    breaks: '3.3',
    trips: 'unseen',
    causes: ['dropped'],
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
    causes: ['inconsistent-offsets', 'dropped', 'duplicate-delivery'],
    summary: 'each frame carries the id of the last entry of its batch: a client that resumes from there has missed the rest',
    consume: loop(
      handingOut(async function* (batch) {
        for (const { data } of batch) yield { type: 'entry', id: batch.at(-1)!.id, data }
      }),
    ),
  }),
]

// ── Sessions that are not independent of each other (4.9), or of the one before them (5.3): what they keep, they keep in common.

/** A repository that all sessions of a topic keep something in. */
interface Shared extends StreamRepository {
  readonly shared: (topic: string) => { cursor?: string; readonly handedOut: Set<string> }
}

const sharing = (correct: StreamRepository): StreamRepository =>
  withMembers(correct, { shared: perTopic((): ReturnType<Shared['shared']> => ({ handedOut: new Set() })) })

const isAhead = (shared: string | undefined, own: string): shared is StreamId =>
  isStreamId(shared) && isStreamId(own) && isAfter(shared, own)

export const sharedStateMutants = [
  looping({
    name: 'one-cursor-for-all',
    breaks: '4.9',
    trips: 'unseen',
    causes: ['shared-cursor', 'jumped-at-first', 'jumped-after-batch', 'jumped-after-error'],
    summary: 'the consumers of a topic share one cursor',
    repository: sharing,
    consume: loop({
      read: async function* ({ context, cursor }) {
        const shared = (context.repository as Shared).shared(context.topic)
        if (isAhead(shared.cursor, cursor.id)) cursor.id = shared.cursor
        const entries = yield* readOnce(context, cursor)
        if (!isAhead(shared.cursor, cursor.id)) shared.cursor = cursor.id
        return entries
      },
    }),
  }),
  looping({
    name: 'once-for-all',
    breaks: '4.9',
    trips: 'unseen',
    causes: ['taken-for-known'],
    summary: 'an entry that one consumer was given is a repeat to the others',
    repository: sharing,
    consume: loop({
      read: async function* (turn) {
        const { handedOut } = (turn.context.repository as Shared).shared(turn.context.topic)
        const batch = await batchOf(turn)
        const fresh = batch.filter(({ id }) => !handedOut.has(id))
        for (const { id } of fresh) handedOut.add(id)
        yield* handOver(turn, fresh)
        turn.cursor.id = batch.at(-1)?.id ?? turn.cursor.id
        return batch.length
      },
    }),
  }),
  looping({
    name: 'resumes-from-what-it-read',
    breaks: '5.3',
    trips: 'unseen',
    causes: ['resumed-ahead'],
    summary: 'a session that comes back goes on behind what was read, not behind what was handed out',
    capability: 'resumes',
    repository: sharing,
    consume: loop({
      start: async (context) =>
        context.from === undefined ? tailOf(context) : ((context.repository as Shared).shared(context.topic).cursor ?? context.from),
      read: async function* (turn) {
        const batch = await batchOf(turn)
        const last = batch.at(-1)
        if (last !== undefined) (turn.context.repository as Shared).shared(turn.context.topic).cursor = last.id
        return yield* handOver(turn, batch)
      },
    }),
  }),
  looping({
    name: 'keeps-high-water-mark',
    breaks: '5.6',
    trips: 'unseen',
    causes: ['kept-id-of-before'],
    summary: 'it remembers the highest id of each topic for longer than the topic lasts, and takes a tail below that for a stale one',
    repository: sharing,
    consume: loop({
      start: async (context) => {
        if (context.from !== undefined) return context.from
        const [tail, mark] = [await tailOf(context), (context.repository as Shared).shared(context.topic).cursor]
        return isAhead(mark, tail) ? mark : tail
      },
      read: async function* (turn) {
        const mark = (turn.context.repository as Shared).shared(turn.context.topic)
        const batch = await batchOf(turn)
        const last = batch.at(-1)?.id
        if (isAhead(last, mark.cursor ?? ORIGIN)) mark.cursor = last
        return yield* handOver(turn, batch)
      },
    }),
  }),
]

// ── Loops that lose an entry only after a certain past: two, three or four appends have to fall into particular windows.
// They are what generated schedules and exploration are for; no scenario was written for them.

interface Past {
  readonly name: string
  readonly breaks: string
  readonly depth: number
  /** How the reads of the session have to come back: see `Turn`. */
  readonly past: RegExp
  readonly after: string
}

const jumping = ({ name, breaks, depth, past, after }: Past): Mutant =>
  mutant({
    name,
    family: 'cursor-loop',
    breaks,
    trips: 'unseen',
    causes: [breaks === '4.2' ? 'tail-after-empty' : 'tail-after-batch'],
    depth,
    summary: `the cursor jumps to the tail after ${after}`,
    consume: loop({ between: jumpAfter(past) }),
  })

export const deepMutants: readonly Mutant[] = [
  jumping({
    name: 'jumps-after-empty-batch-empty',
    breaks: '4.2',
    depth: 2,
    past: /e[pf]+e$/,
    after: 'an empty read, batches, and another empty read',
  }),
  jumping({ name: 'jumps-after-two-batches', breaks: '4.3', depth: 3, past: /pp$/, after: 'two batches in a row, neither full' }),
  jumping({ name: 'jumps-after-three-batches', breaks: '4.3', depth: 4, past: /ppp$/, after: 'three batches in a row, none of them full' }),
  jumping({
    name: 'jumps-after-batch-empty-batch',
    breaks: '4.3',
    depth: 3,
    past: /pe+p$/,
    after: 'two batches, neither full, with empty reads between them',
  }),
  jumping({
    name: 'jumps-after-second-quiet-time',
    breaks: '4.2',
    depth: 3,
    past: /[pf]e+[pf]+e$/,
    after: 'an empty read, where there was one before between batches',
  }),
  jumping({
    name: 'jumps-after-full-part-full',
    breaks: '4.3',
    depth: 3,
    past: /fpf$/,
    after: 'a full batch, a part of one, and a full one',
  }),
  jumping({
    name: 'jumps-after-full-empty-full',
    breaks: '4.3',
    depth: 3,
    past: /f.*e.*f$/,
    after: 'a full batch, where there was one before an empty read',
  }),
  mutant({
    name: 'starts-over-after-two-rounds',
    family: 'cursor-loop',
    breaks: '4.7',
    trips: 'duplicate-delivery',
    depth: 2,
    summary: 'after batch, empty, batch, empty the cursor is back where it started',
    consume: loop({ between: ({ trail, cursor, start }) => void (/[pf]e+[pf]+e$/.test(trail) && (cursor.id = start)) }),
  }),
  mutant({
    name: 'ends-after-two-batches-and-quiet',
    family: 'life-cycle',
    breaks: '5.2',
    trips: 'premature-end',
    depth: 3,
    summary: 'two batches in a row and then an empty read are taken for the end',
    consume: loop({ between: ({ trail }) => (trail.endsWith('ppe') ? 'end' : undefined) }),
  }),
]

// ── Sessions that end too early, too late, or not at all, and that come back to the wrong place (§5 of the rules).

const living = (values: Omit<Mutant, 'family'>): Mutant => mutant({ family: 'life-cycle', ...values })

const endsOnStatus = { endsOnStatus: true } as const

const isDone = async ({ context, trail }: Turn): Promise<boolean> => trail.endsWith('e') && (await context.status()) === 'done'

export const lifeCycleMutants = [
  living({
    name: 'ends-on-status',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'it ends as soon as the status says done',
    capabilities: endsOnStatus,
    consume: loop({ between: async (turn) => ((await isDone(turn)) ? 'end' : undefined) }),
  }),
  living({
    name: 'tail-before-status',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'it drains to the tail that it saw before the status said done',
    capabilities: endsOnStatus,
    consume: loop({
      read: async function* (turn) {
        turn.kept = await tailOf(turn.context)
        return yield* readOnce(turn.context, turn.cursor)
      },
      between: async (turn) => ((await isDone(turn)) && !isBehind(turn) ? 'end' : undefined),
    }),
  }),
  living({
    name: 'drains-one-page',
    breaks: '5.2',
    trips: 'premature-end',
    summary: 'after the status it reads one more page, and ends',
    capabilities: endsOnStatus,
    consume: loop({
      read: ({ context, cursor, kept }) =>
        readOnce(kept === undefined ? context : { ...context, read: { timeoutMs: 0, count: 1 } }, cursor),
      between: async (turn) => {
        if (turn.kept !== undefined) return 'end'
        if (await isDone(turn)) turn.kept = 'the last page'
        return undefined
      },
    }),
  }),
  living({
    name: 'first-page-only',
    breaks: '5.2',
    trips: 'unseen',
    causes: ['tail-after-batch'],
    summary: 'of a backlog it reads the first page, and jumps to what is live',
    consume: loop({ between: jumpAfter(/^f$/) }),
  }),
  living({
    name: 'ends-when-empty',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'an empty read is taken for the end',
    consume: loop({ between: ({ trail }) => (trail.endsWith('e') ? 'end' : undefined) }),
  }),
  living({
    name: 'ends-after-short-batch',
    breaks: '5.2',
    trips: 'premature-end',
    summary: 'a batch that is not full is taken for the last one',
    consume: loop({ between: ({ trail }) => (trail.endsWith('p') ? 'end' : undefined) }),
  }),
  living({
    name: 'ends-when-idle',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'two empty reads in a row are taken for the end',
    consume: loop({ between: ({ trail }) => (trail.endsWith('ee') ? 'end' : undefined) }),
  }),
  living({
    name: 'ignores-abort',
    breaks: '5.3',
    trips: 'stalled',
    summary: 'the signal is not passed to the read: an abort waits for its end',
    consume: ({ signal, ...context }) => untilAborted(signal, snapshotCursor({ ...context, signal: new AbortController().signal })),
  }),
  living({
    name: 'zombie-poll',
    breaks: '5.4',
    trips: 'read-after-close',
    summary: 'it goes on polling after it has ended',
    capabilities: endsOnStatus,
    consume: async function* (context) {
      try {
        yield* sseTaskEvents()(context)
      } finally {
        void keepPolling(context).catch(() => undefined)
      }
    },
  }),
  living({
    name: 'tail-on-reconnect',
    breaks: '5.5',
    trips: 'unseen',
    causes: ['tail-on-resume'],
    summary: 'a session that comes back starts at the tail',
    capability: 'resumes',
    consume: loop({ start: tailOf }),
  }),
  living({
    name: 'all-again-on-reconnect',
    breaks: '5.5',
    trips: 'replayed-history',
    summary: 'a session that comes back starts at the beginning, whatever its client already has',
    capability: 'resumes',
    consume: loop({ start: (context) => (context.from === undefined ? tailOf(context) : ORIGIN) }),
  }),
  living({
    name: 'connects-without-id',
    breaks: '5.5',
    trips: 'entry-skip',
    causes: ['nothing-to-come-back-with'],
    summary: 'the announcement has no id, so a client that leaves before its first entry has none to come back with',
    capability: 'resumes',
    consume: async function* (context) {
      for await (const frame of snapshotCursor(context)) yield frame.type === 'connected' ? { ...frame, cursor: '' } : frame
    },
  }),
  living({
    name: 'notice-takes-id-back',
    breaks: '5.5',
    trips: 'replayed-history',
    summary: 'a notice after an empty read has the id 0, and a client comes back with that',
    capability: 'resumes',
    consume: loop({
      read: async function* (turn) {
        const entries = yield* readOnce(turn.context, turn.cursor)
        if (entries === 0) yield { type: 'undecodable', id: ORIGIN, reason: 'there was nothing to decode' }
        return entries
      },
    }),
  }),
  living({
    name: 'notice-has-tail-id',
    breaks: '5.5',
    trips: 'entry-skip',
    causes: ['gave-id-ahead'],
    summary: 'a notice after an empty read has the id of the tail, and a client comes back with that',
    capability: 'resumes',
    consume: loop({
      read: async function* (turn) {
        const entries = yield* readOnce(turn.context, turn.cursor)
        if (entries === 0) yield { type: 'undecodable', id: await tailOf(turn.context), reason: 'there was nothing to decode' }
        return entries
      },
    }),
  }),
]

const isBehind = ({ kept, cursor }: Turn): boolean => isStreamId(kept) && isStreamId(cursor.id) && isAfter(kept, cursor.id)

async function* untilAborted<T>(signal: AbortSignal, frames: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for await (const frame of frames) {
    if (signal.aborted) return
    yield frame
  }
}

/** A few polls that do not wait, so that nothing is left behind when the run is over. */
async function keepPolling({ repository, topic, read }: ConsumeContext): Promise<void> {
  for (let polls = 0; polls < 5; polls++) {
    // The session closes in a few turns of the microtask queue.
    for (let turns = 0; turns < 20; turns++) await Promise.resolve()
    await readAll(repository, topic, ORIGIN, { timeoutMs: 0, count: read.count })
  }
}

// ── Entries that go away (§6 of the rules), and those who take them away too soon.

export const retentionMutants = [
  mutant({
    name: 'keeps-newest-three',
    family: 'retention',
    breaks: '3.4',
    trips: 'int-poll-skip',
    causes: ['int-poll-skip', 'short-read'],
    summary: 'a reader that is behind sees the newest three entries only',
    repository: (correct) =>
      changing(correct, async (batch, _, topic) => {
        const kept = new Set((await scan(correct, topic)).slice(-3).map(({ id }) => id))
        return batch.length > 0 && batch.every(({ id }) => !kept.has(id)) ? batch : batch.filter(({ id }) => kept.has(id))
      }),
  }),
  mutant({
    name: 'cleans-up-when-empty',
    family: 'retention',
    breaks: '6.3',
    trips: 'unseen',
    causes: ['removed-too-early'],
    summary: 'a topic that was found empty is removed, and with it what was appended meanwhile',
    consume: loop({ between: ({ trail, context }) => (trail.endsWith('e') ? context.repository.cleanupStream(context.topic) : undefined) }),
  }),
  mutant({
    name: 'cleans-up-when-done',
    family: 'retention',
    breaks: '6.3',
    trips: 'premature-end',
    summary: 'the topic is removed as soon as the status says done',
    capabilities: { endsOnStatus: true },
    consume: loop({
      between: async ({ context }) => {
        if ((await context.status()) !== 'done') return undefined
        await context.repository.cleanupStream(context.topic)
        return 'end'
      },
    }),
  }),
  mutant({
    name: 'cleans-up-when-drained',
    family: 'retention',
    breaks: '6.3',
    trips: 'premature-end',
    summary: 'the first of several sessions to have drained the topic removes it',
    capabilities: { endsOnStatus: true, removesTopic: true },
    consume: async function* (context) {
      yield* sseTaskEvents()(context)
      if (!context.signal.aborted) await context.repository.cleanupStream(context.topic)
    },
  }),
  mutant({
    name: 'takes-gone-for-end',
    family: 'retention',
    breaks: '5.1',
    trips: 'premature-end',
    summary: 'a topic that is gone after an empty read is taken for the end of the session',
    consume: loop({
      between: async ({ trail, context }) => (/[pf].*e$/.test(trail) && (await tailOf(context)) === ORIGIN ? 'end' : undefined),
    }),
  }),
  mutant({
    name: 'silent-truncation',
    family: 'retention',
    breaks: '6.1',
    trips: 'truncated-skip',
    capability: 'signalsTruncation',
    summary: 'it says that it signals trimmed entries, and skips them in silence',
    consume: snapshotCursor,
  }),
  mutant({
    name: 'waits-above-old-ids',
    family: 'retention',
    breaks: '6.2',
    trips: 'entry-skip',
    causes: ['kept-old-cursor'],
    capability: 'signalsRecreation',
    summary: 'it says that it signals a topic made anew, and waits above ids that will not come again',
    consume: snapshotCursor,
  }),
  mutant({
    name: 'tail-goes-back',
    family: 'retention',
    breaks: '2.5',
    trips: 'stale-tail',
    capability: 'tailSurvivesTrim',
    summary: 'it says that its tail survives, and answers with the last entry left',
    repository: (correct) => tailing(correct, async (topic) => (await scan(correct, topic)).at(-1)?.id ?? ORIGIN),
  }),
]
