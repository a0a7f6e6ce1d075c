/** Right in spite of doing things side by side: a loop that runs ahead of its client, and reads that consumers share. */
import { stopwatch, systemClock } from '../../clock/clock.js'
import type { ReadOptions, StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import { EMPTY_PAUSE_MS, frameOfEntry } from '../../consumers/loops.js'
import { announced, fetchAfter } from './correct-loops.js'
import { readAll, reading } from '../mutants/decorate.js'

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
