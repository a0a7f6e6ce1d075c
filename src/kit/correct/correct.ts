/**
 * Correct implementations that differ in style. A kit that accuses one of them asks for a style, not for the contract.
 *
 * First what some of the loops ask a store for, then the loops: what they have in common is the contract. Then all of them,
 * repositories too, as subjects.
 */
import { stopwatch, systemClock } from '../../clock/clock.js'
import {
  BackOff,
  type Cursor,
  EMPTY_PAUSE_MS,
  entryOf,
  follow,
  type Frame,
  frameOfEntry,
  isAnnouncement,
  readOnce,
  snapshotCursor,
  start,
} from '../../consumers/loops.js'
import { sseTaskEvents } from '../../consumers/sse.js'
import { isAfter, ORIGIN, parseStreamId } from '../../contract/stream-id.js'
import type { ReadOptions, StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import { changing, readAll, reading, tailing } from '../mutants/decorate.js'
import { filtered, isForeign } from '../mutants/loops.js'
import { openCorrect } from '../mutants/open.js'
import type { ConsumeContext, FrameEntry, OpenContext, DialectName, SubjectDefinition } from '../../subject/subject.js'

// ── What `XREAD` does not say, and `XINFO STREAM` does: how many entries a topic has ever had, and the last id that it ever
// gave. With it a consumer can notice what has gone away.

/** A topic at one moment. */
export interface Census {
  /** How many entries it ever had, those included that are gone. */
  readonly added: number
  /** The last id that it ever gave. */
  readonly last: string
  /** The entries from a cursor on, the one at the cursor included where it is still there. */
  readonly from: readonly string[]
}

export interface CountedRepository extends StreamRepository {
  readonly census: (topic: string, cursor: string) => Promise<Census>
}

type WithCensus = (context: OpenContext, correct: StreamRepository) => Promise<CountedRepository>

export const withCensus = (store: DialectName, context: OpenContext, correct: StreamRepository): Promise<CountedRepository> =>
  CENSUS[store](context, correct)

const withModelCensus: WithCensus = async ({ memory }, correct) =>
  withMembers(correct, {
    census: async (topic: string, cursor: string) => ({
      added: memory.entriesAdded(topic),
      last: memory.lastGenerated(topic),
      from: memory.all(topic).flatMap(({ id }) => (isAfter(parseStreamId(cursor), id) ? [] : [id])),
    }),
  })

/** Needs Redis 7: older servers do not count what was added. */
const withRedisCensus: WithCensus = async ({ url }, correct) => {
  const { Connections } = await import('../../adapters/ioredis-connections.js')
  const connections = new Connections(url)
  let connection = connections.open()
  return withMembers(correct, {
    census: async (topic: string, cursor: string) => {
      if (!connection.usable && !connection.connecting) connection = connections.open()
      await connection.ready()
      // One transaction: the count and the list are of the same moment.
      const [info, range] = (await connection.client.multi().call('xinfo', 'stream', topic).xrange(topic, cursor, '+').exec()) ?? []
      // Of a topic that is not there it knows nothing, and says so with an error.
      const fields = fieldsOf(info?.[1])
      return {
        added: Number(fields.get('entries-added') ?? 0),
        last: fields.get('last-generated-id')?.toString() ?? ORIGIN,
        from: ((range?.[1] ?? []) as readonly (readonly [id: string])[]).map(([id]) => id),
      }
    },
    close: async () => {
      await connections.close()
      await correct.close?.()
    },
  })
}

/** Name, value, name, value … */
function fieldsOf(reply: unknown): ReadonlyMap<string, string | number> {
  const flat = Array.isArray(reply) ? (reply as readonly (string | number)[]) : []
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1]!] as const] : [])))
}

const CENSUS: Readonly<Record<DialectName, WithCensus>> = { memory: withModelCensus, redis: withRedisCensus, own: withModelCensus }

// ── Loops that are right in different styles

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

// ── Loops that notice what has gone away (§6), and tell their client: entries trimmed before they were read, a topic made anew.

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

/** Its client gets a part of the log; its cursor goes over all of it. */
export const filtering = announced(async function* (context, cursor, backOff) {
  const { repository, topic, signal, read, clock } = context
  while (!signal.aborted) {
    try {
      let entries = 0
      for await (const entry of repository.readMessages(topic, cursor.id, { ...read, signal })) {
        entries++
        if (!isForeign(entry.data)) yield frameOfEntry(entry)
        cursor.id = entry.id
      }
      backOff.reset()
      if (entries === 0) await clock.sleep(EMPTY_PAUSE_MS, signal)
    } catch (error) {
      yield* backOff.after(error)
    }
  }
})

/** Each of the sessions of a topic drains it; the last one to go removes it. */
export const cleaningUp = () => {
  const sessions = new Map<string, number>()
  const consume = sseTaskEvents()
  return async function* (context: ConsumeContext): Frames {
    const { repository, topic, signal } = context
    sessions.set(topic, (sessions.get(topic) ?? 0) + 1)
    try {
      yield* consume(context)
    } finally {
      const left = sessions.get(topic)! - 1
      if (left > 0) sessions.set(topic, left)
      else sessions.delete(topic)
    }
    // One whose client has gone away has drained nothing.
    if (!signal.aborted && !sessions.has(topic)) await repository.cleanupStream(topic)
  }
}

// ── Right in spite of doing things side by side: a loop that runs ahead of its client, and reads that consumers share.

/** How many entries may be read that the client has not asked for. */
const AHEAD = 4

/** What the reader hands to the client: in order, and an error where it stood. */
type Item = { readonly entry: StreamEntry } | { readonly error: unknown; readonly over: () => void }

/** Reads on while its client is slow, until the buffer is full. */
export const runningAhead = announced(async function* (context, { id: start }, backOff) {
  const { clock, signal } = context
  const buffer: Item[] = []
  let wake = () => {}
  /** Resolves with the next change of the buffer, or when the session is over. */
  const change = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  let changed = change()
  const tell = () => {
    wake()
    changed = change()
  }
  const leave = new AbortController()
  const gone = AbortSignal.any([signal, leave.signal])
  gone.addEventListener('abort', tell)

  async function read(): Promise<void> {
    let after = start
    while (!gone.aborted) {
      if (buffer.length >= AHEAD) {
        await changed
        continue
      }
      const count = Math.min(context.read.count, AHEAD - buffer.length)
      const { entries, error } = await fetchAfter({ ...context, signal: gone, read: { ...context.read, count } }, after)
      // Nobody is left who would deal with an error.
      if (gone.aborted) return
      after = entries.at(-1)?.id ?? after
      buffer.push(...entries.map((entry) => ({ entry })))
      const dealtWith = error === undefined ? undefined : new Promise<void>((over) => buffer.push({ error, over }))
      tell()
      if (dealtWith !== undefined) await dealtWith
      else if (entries.length === 0) await clock.sleep(EMPTY_PAUSE_MS, gone)
    }
  }

  const reader = read()
  try {
    while (!gone.aborted) {
      const item = buffer.shift()
      if (item === undefined) {
        await changed
        continue
      }
      tell()
      if ('entry' in item) {
        backOff.reset()
        yield frameOfEntry(item.entry)
      } else {
        yield* backOff.after(item.error)
        item.over()
      }
    }
  } finally {
    leave.abort()
    for (const item of buffer) if ('over' in item) item.over()
    await reader
  }
})

interface SharedWait {
  readonly batch: Promise<readonly StreamEntry[]>
  readonly stop: AbortController
  waiting: number
}

/**
 * Consumers that wait for the same topic above the same cursor wait in one read. Each looks for itself first: what had been
 * there before it asked must not hang on a read that was answered earlier. One that joined late waits on for what is left
 * of its own time.
 */
export function coalescing(repository: StreamRepository): StreamRepository {
  const shared = new Map<string, SharedWait>()

  function join(topic: string, lastId: string, options: ReadOptions): { readonly wait: SharedWait; readonly first: boolean } {
    const key = JSON.stringify([topic, lastId, options.count])
    const known = shared.get(key)
    if (known !== undefined) return { wait: known, first: false }
    const stop = new AbortController()
    const batch = readAll(repository, topic, lastId, { ...options, signal: stop.signal }).finally(() => shared.delete(key))
    const wait = { batch, stop, waiting: 0 }
    shared.set(key, wait)
    return { wait, first: true }
  }

  return reading(repository, async function* (topic, lastId, options) {
    const elapsed = stopwatch()
    for (let left = options.timeoutMs; !options.signal?.aborted; left = options.timeoutMs - elapsed()) {
      const there = await readAll(repository, topic, lastId, { ...options, timeoutMs: 0 })
      yield* there
      if (there.length > 0 || left <= 0 || options.signal?.aborted) return
      const { wait, first } = join(topic, lastId, { ...options, timeoutMs: left })
      const batch = await taken(wait, first ? undefined : left, options.signal)
      yield* batch
      if (first || batch.length > 0) return
    }
  })
}

/** As far as timers go. */
const FOREVER_MS = 2 ** 31 - 1

/** The batch; nothing where its caller gives up before, or has no time left. The last one to leave ends the wait. */
async function taken(wait: SharedWait, ms: number | undefined, signal: AbortSignal | undefined): Promise<readonly StreamEntry[]> {
  wait.waiting++
  const leaving = new AbortController()
  const given = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal])
  try {
    // The one that began it needs no time-out of its own: the read has it.
    return await Promise.race([wait.batch, systemClock.sleep(ms ?? FOREVER_MS, given).then(() => [])])
  } finally {
    leaving.abort()
    if (--wait.waiting === 0) wait.stop.abort()
  }
}

/** So often a client hears of its server while there is nothing else to say. Shorter than a read waits, and longer. */
const PINGS_MS = [1000, 15_000]

/** Keeps the read that is under way while it pings: a timer that goes off first leaves it alone. */
export const keepingAlive = announced(async function* (context, cursor, backOff) {
  const { clock, signal } = context
  let pending: ReturnType<typeof fetchAfter> | undefined
  for (let round = 0; !signal.aborted; round++) {
    pending ??= fetchAfter(context, cursor.id)
    const answered = new AbortController()
    const ping = clock.sleep(PINGS_MS[round % PINGS_MS.length]!, AbortSignal.any([signal, answered.signal])).then(() => undefined)
    const fetched = await Promise.race([pending, ping])
    answered.abort()
    if (signal.aborted) return
    if (fetched === undefined) {
      yield { type: 'ping' }
      continue
    }
    pending = undefined
    for (const entry of fetched.entries) {
      yield frameOfEntry(entry)
      cursor.id = entry.id
    }
    if (fetched.error !== undefined) yield* backOff.after(fetched.error)
    else if (fetched.entries.length === 0) await clock.sleep(EMPTY_PAUSE_MS, signal)
  }
})

// ── All of them, as subjects

export interface CorrectImplementation {
  /** kebab-case, unique. */
  readonly name: string
  readonly summary: string
  subject(store: DialectName): SubjectDefinition
}

interface Parts extends Omit<SubjectDefinition, 'name' | 'store' | 'open'> {
  readonly repository?: (correct: StreamRepository) => StreamRepository
  /** The same, of one that knows what its topics ever had. */
  readonly counted?: (counted: CountedRepository) => StreamRepository
}

function correct(name: string, summary: string, { repository, counted, ...rest }: Parts): CorrectImplementation {
  return {
    name,
    summary,
    subject: (store) => ({
      name: `correct/${name}`,
      store,
      open: async (context) => {
        const opened = await openCorrect(store, context)
        if (counted !== undefined) return counted(await withCensus(store, context, opened))
        return repository?.(opened) ?? opened
      },
      ...rest,
    }),
  }
}

/** The loops hand out the frames of the reference ones. */
const framed = { entryOf, isAnnouncement, capabilities: { resumes: true } } as Pick<
  SubjectDefinition,
  'entryOf' | 'isAnnouncement' | 'capabilities'
>

const watching = (...args: Parameters<typeof watchful>): Parts => ({
  counted: (repository) => repository,
  consume: watchful(...args),
  ...watchfulFrames,
})

/** The last id that the topic ever gave, whatever is left of it. */
const survivingTail = (repository: CountedRepository): StreamRepository =>
  tailing(repository, async (topic) => (await repository.census(topic, ORIGIN)).last)

/** Equal payloads are decoded once, and handed out as one frozen object. */
function interning(repository: StreamRepository): StreamRepository {
  const seen = new Map<string, unknown>()
  return changing(repository, (batch) =>
    batch.map(({ data, ...entry }) => {
      const key = JSON.stringify(data) ?? ''
      if (!seen.has(key)) seen.set(key, Object.freeze(data))
      return { ...entry, data: seen.get(key) }
    }),
  )
}

/** A read is made of pages of two, each fetched when it is asked for; only the first may wait. */
const paging = (repository: StreamRepository): StreamRepository =>
  reading(repository, async function* (topic, lastId, options) {
    let left = options.count
    let after = lastId
    for (let timeoutMs = options.timeoutMs; left > 0; timeoutMs = 0) {
      const page: readonly StreamEntry[] = await readAll(repository, topic, after, { ...options, timeoutMs, count: Math.min(2, left) })
      yield* page
      if (page.length === 0) return
      left -= page.length
      after = page.at(-1)!.id
    }
  })

export const correctImplementations: readonly CorrectImplementation[] = [
  correct('reference-loops', 'a repository under the loops that the kit brings', {}),
  correct('snapshot-cursor', 'one concrete cursor, taken before the announcement', { consume: snapshotCursor, ...framed }),
  correct('sse-task-events', 'ends on a status or a terminal entry, after it has drained to the tail seen then', {
    consume: sseTaskEvents(),
    ...framed,
    capabilities: { resumes: true, endsOnStatus: true },
  }),
  correct('long-lived-iterator', 'one iterator of entries for the whole session', {
    consume: longLivedIterator,
    capabilities: { resumes: true },
  }),
  correct('one-at-a-time', 'reads with count 1', { consume: oneAtATime, ...framed }),
  correct('prefetching', 'the next read is under way while entries are handed over', { consume: prefetching, ...framed }),
  correct('re-subscribing', 'a new cursor object in each cycle', { consume: resubscribing, ...framed }),
  correct('batching-sse', 'takes a batch whole, and hands it out as many frames', { consume: batchingSse, ...framed }),
  correct('polling', 'never waits in the store', { consume: polling, ...framed }),
  correct('batch-wise', 'moves by whole batches: at least once', { consume: batchWise, ...framed, delivery: 'at-least-once' }),
  correct('own-timers', 'pauses with timers of its own', { consume: ownTimers, ...framed, timers: 'system' }),
  correct('running-ahead', 'reads on into a bounded buffer while its client is slow', { consume: runningAhead, ...framed }),
  correct('keeping-alive', 'pings its client on a timer while its read waits', { consume: keepingAlive, ...framed }),
  correct('truncation-signal', 'counts what was trimmed before it was read, and says so', {
    ...watching(countsWhatIsGone),
    capabilities: { resumes: true, signalsTruncation: true },
  }),
  correct('new-topic-signal', 'notices a topic made anew, says so, and starts over', {
    ...watching(noticesNewTopic),
    capabilities: { resumes: true, signalsRecreation: true },
  }),
  correct('filtering', 'hands out a part of the log', { consume: filtering, ...framed, ...filtered }),
  correct('cleaning-up', 'the last session that has drained a topic removes it', {
    consume: cleaningUp(),
    ...framed,
    capabilities: { resumes: true, endsOnStatus: true, removesTopic: true },
  }),
  correct('surviving-tail', 'its tail does not go back when entries go away', {
    counted: survivingTail,
    capabilities: { tailSurvivesTrim: true },
  }),
  correct('coalescing', 'consumers that wait for the same share one read', { repository: coalescing }),
  correct('caching-codec', 'equal payloads are one object', { repository: interning }),
  correct('lazy-pages', 'a read is made of pages, fetched one by one', { repository: paging }),
]
