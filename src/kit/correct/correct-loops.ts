/** Loops that are right in different styles. What they have in common is the contract; the kit may accuse none of them. */
import { systemClock } from '../../clock/clock.js'
import type { StreamEntry } from '../../contract/stream-repository.js'
import { BackOff, type Cursor, EMPTY_PAUSE_MS, follow, type Frame, frameOfEntry, readOnce, start } from '../../consumers/loops.js'
import type { ConsumeContext } from '../../subject/subject.js'

type Frames = AsyncGenerator<Frame, void, undefined>

/** Starts as the reference loop does, and goes on in another way. */
export const announced = (goOn: (context: ConsumeContext, cursor: Cursor, backOff: BackOff) => Frames) =>
  async function* (context: ConsumeContext): Frames {
    const backOff = new BackOff(context)
    const cursor = yield* start(context, backOff)
    if (cursor === undefined) return
    yield { type: 'connected', cursor: cursor.id }
    yield* goOn(context, cursor, backOff)
  }

/** Reads with `count` 1, whatever it was told. */
export const oneAtATime = announced((context, cursor, backOff) =>
  follow({ ...context, read: { ...context.read, count: 1 } }, cursor, backOff),
)

/** Never waits in the store: asks, and pauses when there is nothing. */
export const polling = announced((context, cursor, backOff) =>
  follow({ ...context, read: { ...context.read, timeoutMs: 0 } }, cursor, backOff),
)

/** A cursor object and an iterator of its own for each cycle; what goes from one to the next is an id. */
export const resubscribing = announced(async function* (context, { id }, backOff) {
  while (!context.signal.aborted) {
    const session: Cursor = { id }
    try {
      const entries = yield* readOnce(context, session)
      backOff.reset()
      if (entries === 0) await context.clock.sleep(EMPTY_PAUSE_MS, context.signal)
    } catch (error) {
      yield* backOff.after(error)
    } finally {
      id = session.id
    }
  }
})

interface Fetched {
  readonly entries: readonly StreamEntry[]
  readonly error?: unknown
}

/** A read that never rejects: what came before it failed is there, and so is the error. */
export async function fetchAfter({ repository, topic, signal, read }: ConsumeContext, id: string): Promise<Fetched> {
  const entries: StreamEntry[] = []
  try {
    for await (const entry of repository.readMessages(topic, id, { ...read, signal })) entries.push(entry)
    return { entries }
  } catch (error) {
    return { entries, error }
  }
}

/** The next read is under way while the entries of the last one are handed over. */
export const prefetching = announced(async function* (context, cursor, backOff) {
  const { clock, signal } = context
  let next = fetchAfter(context, cursor.id)
  while (!signal.aborted) {
    const { entries, error } = await next
    // A read after an error, or after an empty one, waits for its pause.
    const isBusy = entries.length > 0 && error === undefined
    const last = entries.at(-1)?.id ?? cursor.id
    if (isBusy) next = fetchAfter(context, last)
    for (const entry of entries) {
      if (signal.aborted) return
      yield frameOfEntry(entry)
      cursor.id = entry.id
    }
    if (isBusy) backOff.reset()
    else if (error === undefined) await clock.sleep(EMPTY_PAUSE_MS, signal)
    else yield* backOff.after(error)
    if (!isBusy) next = fetchAfter(context, cursor.id)
  }
})

/** Takes a batch whole, hands it out frame by frame with a ping between them, and only then moves past each. */
export const batchingSse = announced(async function* (context, cursor, backOff) {
  while (!context.signal.aborted) {
    const { entries, error } = await fetchAfter(context, cursor.id)
    for (const entry of entries) {
      if (context.signal.aborted) return
      yield { type: 'ping' }
      yield frameOfEntry(entry)
      cursor.id = entry.id
    }
    if (error !== undefined) yield* backOff.after(error)
    else if (entries.length === 0) await context.clock.sleep(EMPTY_PAUSE_MS, context.signal)
    else backOff.reset()
  }
})

/** Moves only when a whole batch was handed out; after a failure it hands out what came before it once more. */
export const batchWise = announced(async function* (context, cursor, backOff) {
  while (!context.signal.aborted) {
    let last = cursor.id
    try {
      const session: Cursor = { id: cursor.id }
      const entries = yield* readOnce(context, session)
      last = session.id
      backOff.reset()
      if (entries === 0) await context.clock.sleep(EMPTY_PAUSE_MS, context.signal)
    } catch (error) {
      yield* backOff.after(error)
    }
    cursor.id = last
  }
})

/** One iterator of entries for the whole session, and a client that knows nothing of reads: no announcement, no frames. */
export async function* longLivedIterator(context: ConsumeContext): AsyncGenerator<StreamEntry, void, undefined> {
  const { signal, clock, repository, topic } = context
  let id = context.from
  for (let pause = 0; !signal.aborted; pause = EMPTY_PAUSE_MS) {
    if (pause > 0) await clock.sleep(pause, signal)
    try {
      id ??= await repository.getStreamTailId(topic)
      for await (const entry of repository.readMessages(topic, id, { ...context.read, signal })) {
        yield entry
        id = entry.id
      }
    } catch {
      // The cursor stays; the next turn asks again.
    }
  }
}

/** With timers of its own, as a program has that knows nothing of a harness. */
export const ownTimers = announced((context, cursor, backOff) =>
  follow({ ...context, clock: { now: context.clock.now, sleep: (ms, signal) => systemClock.sleep(ms, signal) } }, cursor, backOff),
)
