/** The embedded store: the in-memory model, its blocking reads ended by hand, so that virtual time stands still. */
import { inTime } from '../../clock/clock.js'
import type { StreamId } from '../../contract/stream-id.js'
import type { Json, StreamRepository } from '../../contract/stream-repository.js'
import { MemoryStream, type MemoryWaiter } from '../../model/memory-stream.js'
import { dialectOf } from '../dialect.js'
import { SETTLES_MS, closedRepository, openedRepository } from '../opened-repository.js'
import type { BlockedReader, OpenedRepository, RawCommand, RawFields, Store } from '../store.js'

const dialect = dialectOf('memory')

export function memoryStore(stream = new MemoryStream()): Store {
  let topics = 0
  /** Reads that earlier runs have left waiting: none of the next one's. */
  const left = new Set<MemoryWaiter>()
  const topic = (name: string) => {
    for (const waiter of stream.waiting()) left.add(waiter)
    return `${name}:${++topics}`
  }
  return {
    virtual: true,
    dialect,
    description: 'in-memory model',
    topic,
    execute: async (commands) => applyAll(stream, commands),
    refuse: async (topic, times) => stream.refuse(topic, times),
    discard: async (topics) => {
      for (const topic of topics) stream.forget(topic)
    },
    scan: async (topic) => stream.all(topic).map(({ id, fields }) => ({ id, fields: ['data', fields] })),
    open: (open, patienceMs) => openOn(stream, left, topic, open, patienceMs),
    close: async () => {
      for (const topic of stream.topics()) stream.drop(topic)
    },
  }
}

/** `queueMicrotask` makes a resource for the asynchronous context each time, which takes as long as ten promises. */
const NOW = Promise.resolve()

const NOT_TAKEN =
  'open() does not use the memory that it is given, so what it appends is nowhere to be seen: hand it on, as in open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }), or say store: "own" of one that keeps them elsewhere'

async function appearsIn(
  stream: MemoryStream,
  topic: string,
  repository: StreamRepository,
  data: Json,
  patienceMs?: number,
): Promise<boolean> {
  const late = (after: string) => new Error(`the first append of the repository had not settled after ${after}`)
  await inTime(patienceMs ?? SETTLES_MS, () => repository.sendData(topic, data), late)
  const appears = stream.all(topic).length > 0
  stream.forget(topic)
  return appears
}

async function openOn(
  stream: MemoryStream,
  left: ReadonlySet<MemoryWaiter>,
  topic: Store['topic'],
  open: Parameters<Store['open']>[0],
  patienceMs: number | undefined,
): Promise<OpenedRepository> {
  const before = stream.waiting()
  const reported = new WeakSet<MemoryWaiter>()
  let isTaken = false
  const context = {
    url: '',
    get memory() {
      isTaken = true
      return stream
    },
  }
  const repository = await openedRepository(() => open(context), patienceMs)
  return {
    repository,
    within: (call) => call(),
    settle: (answer) => answer,
    tellsQueued: false,
    queuedBehindRead: async () => undefined,
    blind: undefined,
    failedToConnect: async () => undefined,
    dialect,
    locate: async ({ payload, patienceMs }) => {
      // What took it keeps its entries there; what it has not taken yet, it may take with its first append.
      if (isTaken || (await appearsIn(stream, topic('where'), repository, payload('where'), patienceMs))) return undefined
      throw new Error(NOT_TAKEN)
    },
    watch: (onBlocked) => {
      let watching = true
      const report = (waiter: MemoryWaiter) => {
        if (!watching || reported.has(waiter)) return
        watching = false
        reported.add(waiter)
        onBlocked(reader(stream, waiter))
      }
      stream.onWait = report
      // A read that an append woke may wait again before anybody watches.
      const isMissed = (waiter: MemoryWaiter) => !reported.has(waiter) && !left.has(waiter)
      if (stream.waiting().some(isMissed)) {
        const look = () => {
          const missed = stream.waiting().find(isMissed)
          if (missed !== undefined) report(missed)
        }
        void NOW.then(look)
      }
      return () => {
        watching = false
        if (stream.onWait === report) stream.onWait = undefined
      }
    },
    close: async () => {
      const complaint = repository.close && (await closedRepository(() => repository.close!(), patienceMs))
      if (complaint !== undefined) return complaint
      const waiting = stream.waiting().filter((waiter) => !before.includes(waiter)).length
      return waiting === 0 || repository.close === undefined
        ? undefined
        : `left ${waiting} ${waiting === 1 ? 'read' : 'reads'} waiting after close()`
    },
  }
}

function reader(stream: MemoryStream, waiter: MemoryWaiter): BlockedReader {
  return {
    stillBlocked: () => waiter.waiting,
    expire: () => waiter.end('expired'),
    disconnect: async (commands) => waiter.disconnect(() => applyAll(stream, commands)),
  }
}

/**
 * As MULTI does: readers are served at its end, and a command that is refused keeps none of the others from being done.
 * The first refusal is thrown then.
 */
function applyAll(stream: MemoryStream, commands: readonly RawCommand[]): readonly (StreamId | undefined)[] {
  const refusals: unknown[] = []
  const ids: (StreamId | undefined)[] = []
  stream.atomically(() => {
    for (const command of commands) {
      try {
        ids.push(apply(stream, command, ids))
      } catch (error) {
        refusals.push(error)
        ids.push(undefined)
      }
    }
  })
  if (refusals.length > 0) throw refusals[0]
  return ids
}

/** @param before the ids of what the commands before it have added. */
function apply(stream: MemoryStream, command: RawCommand, before: readonly (StreamId | undefined)[]): StreamId | undefined {
  switch (command.kind) {
    case 'add':
      return stream.add(command.topic, textOf(command.fields), command.id)
    case 'trim':
      stream.trim(command.topic, command.maxLen)
      return undefined
    case 'delete': {
      const id = typeof command.id === 'object' ? before[command.id.addedBy] : command.id
      if (id !== undefined) stream.delete(command.topic, id)
      return undefined
    }
    case 'drop':
      stream.drop(command.topic)
      return undefined
  }
}

/** The model keeps one field, `data`. */
const textOf = (fields: RawFields): string => String(fields[1] ?? '')
