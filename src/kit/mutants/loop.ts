/**
 * The loop that is right (`snapshotCursor`), with places where it can go wrong. With none of them used it is correct.
 */
import type { StreamEntry } from '../../contract/stream-repository.js'
import { BackOff, type Cursor, EMPTY_PAUSE_MS, type Frame, frameOfEntry, readOnce } from '../../consumers/loops.js'
import type { ConsumeContext } from '../../subject/subject.js'

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
export async function batchOf({ context, cursor }: Turn): Promise<StreamEntry[]> {
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
