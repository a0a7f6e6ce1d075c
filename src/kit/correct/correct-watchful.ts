/** Loops that notice what has gone away (§6), and tell their client: entries trimmed before they were read, a topic made anew. */
import { ORIGIN, isAfter, parseStreamId } from '../../contract/stream-id.js'
import type { StreamEntry } from '../../contract/stream-repository.js'
import { BackOff, EMPTY_PAUSE_MS, entryOf, type Frame, frameOfEntry, isAnnouncement, start } from '../../consumers/loops.js'
import type { ConsumeContext, FrameEntry } from '../../subject/subject.js'
import type { Census, CountedRepository } from '../mutants/census.js'
import { fetchAfter } from './correct-loops.js'

/** Entries that the client was to get cannot be had any more. */
interface Gone {
  readonly type: 'gone'
}

type WatchfulFrame = Frame | Gone

interface Position {
  id: string
  /** How many entries the topic had up to `id`, those included that are gone. */
  upTo: number
}

/** Looks at a batch before it is handed over. Gives whether something is gone, and moves the position accordingly. */
type Look = (position: Position, batch: readonly StreamEntry[], census: Census) => boolean

const above = (id: string, { from }: Census): readonly string[] => from.filter((each) => each !== id)

/**
 * What was added since the position was taken, and is neither in the topic nor in hand, is gone. Entries deleted one by one
 * count too: the client is told once more than it must. Fewer than there were are of a topic made anew.
 */
export const countsWhatIsGone: Look = (position, batch, census) => {
  const known = new Set([...batch.map(({ id }) => id), ...above(position.id, census)]).size
  const missing = census.added - position.upTo - known
  position.upTo = census.added - known
  return missing !== 0
}

/** A cursor above the last id that the topic ever gave is of a topic that is gone: over from the beginning, then. */
export const noticesNewTopic: Look = (position, _, { last }) => {
  if (!isAfter(parseStreamId(position.id), parseStreamId(last))) return false
  position.id = ORIGIN
  return true
}

export const watchful = (look: Look) =>
  async function* (context: ConsumeContext): AsyncGenerator<WatchfulFrame, void, undefined> {
    const { signal, clock, topic } = context
    const { census } = context.repository as CountedRepository
    const backOff = new BackOff(context)
    const cursor = yield* start(context, backOff)
    if (cursor === undefined) return
    const position = yield* positionAt(cursor.id, context, backOff)
    if (position === undefined) return
    yield { type: 'connected', cursor: cursor.id }
    // One that comes back does not know what was trimmed meanwhile, unless the entry that it had last is still there.
    if (context.from !== undefined && !position.isThere) yield { type: 'gone' }
    while (!signal.aborted) {
      const { entries, error } = await fetchAfter(context, position.id)
      try {
        if (!signal.aborted && look(position, entries, await census(topic, position.id))) yield { type: 'gone' }
      } catch (failure) {
        yield* backOff.after(failure)
        continue
      }
      for (const entry of entries) {
        if (signal.aborted) return
        yield frameOfEntry(entry)
        position.id = entry.id
        position.upTo++
      }
      if (error !== undefined) yield* backOff.after(error)
      else if (entries.length === 0) await clock.sleep(EMPTY_PAUSE_MS, signal)
      else backOff.reset()
    }
  }

async function* positionAt(id: string, { repository, topic, signal }: ConsumeContext, backOff: BackOff) {
  while (!signal.aborted) {
    try {
      const census = await (repository as CountedRepository).census(topic, id)
      return { id, upTo: census.added - above(id, census).length, isThere: id === ORIGIN || census.from[0] === id }
    } catch (error) {
      yield* backOff.after(error)
    }
  }
  return undefined
}

/** For `SubjectDefinition`. */
export const watchfulFrames = {
  entryOf: (frame: WatchfulFrame): FrameEntry | undefined => (frame.type === 'gone' ? undefined : entryOf(frame)),
  isAnnouncement: (frame: WatchfulFrame): boolean => frame.type !== 'gone' && isAnnouncement(frame),
  isTruncation: (frame: WatchfulFrame): boolean => frame.type === 'gone',
}
