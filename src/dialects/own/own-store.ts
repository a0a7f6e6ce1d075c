/**
 * A store that only the subject's repository knows: a database, a queue, files, an array. Two instances of the repository are opened.
 * The consumer has one; the other appends, and is the witness, which reads each topic from the beginning.
 */
import { alarm, inTime, stopwatch, systemClock } from '../../clock/clock.js'
import type { IdOrder, StreamId } from '../../contract/stream-id.js'
import { type ReadOptions, type StreamEntry, type StreamRepository, isUnknownOutcome } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import { MemoryStream } from '../../model/memory-stream.js'
import { randomId } from '../../random/random.js'
import type { Step } from '../../schedule/step.js'
import { closedRepository, openedRepository } from '../opened-repository.js'
import type { BlockedReader, Locating, OpenedRepository, RawCommand, RawEntry, Store } from '../store.js'
import { messageOf } from '../store-error.js'
import { type Dialect, dialectOf } from '../dialect.js'
import { type CompareIds, NAMED_IDS, idsAsRead, idsInOrder, idsInRun, isOrdered } from './ids.js'

/** What reports say once of a subject whose store is known by its repository alone. */
const LIMITS: readonly string[] = [
  'The log is read through the repository itself, by a second instance: an append that was lost and a read that skips its entry cannot be told apart.',
  'A read counts as waiting once it was called and nothing was there for it; whether the store had it by then is not known.',
  'Time-outs are waited for in real time, so a read that is asked to wait for seconds may be asked for less.',
]

const dialect = dialectOf('own')

const NOT_OPEN = 'a store of its own is known by its repository alone: open that first'

export function ownStore(): Store {
  const topics = new Topics()
  const unopened = async () => {
    throw new Error(NOT_OPEN)
  }
  return {
    virtual: false,
    dialect,
    description: 'a store of its own',
    limits: LIMITS,
    lacks,
    witness: 'subject',
    topic: (name) => topics.next(name),
    execute: unopened,
    discard: unopened,
    scan: unopened,
    open: async (open, patienceMs) => {
      const memory = new MemoryStream()
      const openOne = () => openedRepository(() => open({ url: '', memory }), patienceMs)
      return opened(await openOne(), openOne, topics, patienceMs)
    },
    close: async () => undefined,
  }
}

/** Letters, digits and hyphens: every store takes them for a name. */
class Topics {
  readonly #prefix = `tailrace-${randomId()}`
  #named = 0

  /** What the next one of this name will be called. */
  coming(name: string): string {
    return `${this.#prefix}-${name}-${this.#named + 1}`
  }

  next(name: string): string {
    const topic = this.coming(name)
    this.#named++
    return topic
  }
}

/** Four methods append, read, tell the tail and remove a topic. */
function lacks(step: Step): string | undefined {
  if ('trim' in step || 'delete' in step) return 'a repository has no method that removes single entries'
  if ('drop' in step) return 'a repository does not say which entries go with a topic'
  if ('append' in step && step.writer !== undefined) return 'a repository appends through itself alone'
  if ('poison' in step) return 'a repository writes nothing that does not decode'
  if ('disconnect' in step) return 'a repository does not say which connection its read waits on'
  return undefined
}

async function opened(
  subject: StreamRepository,
  openOne: () => Promise<StreamRepository>,
  topics: Topics,
  patienceMs: number | undefined,
): Promise<OpenedRepository> {
  const other = await openOne().catch(async (error: unknown) => {
    await close([subject], patienceMs).catch(() => undefined)
    throw new Error(`a second repository is needed beside the first, to append and to read everything: ${messageOf(error)}`, {
      cause: error,
    })
  })
  let place: Place | undefined
  let closing: Promise<string | undefined> | undefined
  const reads = () => {
    if (place === undefined) throw new Error(NOT_OPEN)
    return place.reads
  }
  return {
    get repository() {
      return place?.followed ?? subject
    },
    publisher: { sendData: (topic, data) => place!.publisher.sendData(topic, data) },
    asksFor,
    within: (call) => call(),
    settle: (answer) => answer,
    get dialect() {
      return place?.dialect ?? dialect
    },
    watch: (onBlocked) => reads().watch(onBlocked),
    tellsQueued: false,
    queuedBehindRead: async () => undefined,
    locate: async (about) => {
      place = new Place(subject, other, topics, about)
      return place.store()
    },
    blind: undefined,
    failedToConnect: async () => undefined,
    close: () => (closing ??= close([subject, other], patienceMs)),
  }
}

/** Each of them, whatever becomes of the others. @throws where one does not settle. */
async function close(all: readonly StreamRepository[], patienceMs: number | undefined): Promise<string | undefined> {
  const closed = await Promise.allSettled(all.map(async (each) => each.close && (await closedRepository(() => each.close!(), patienceMs))))
  const failed = closed.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return closed.flatMap((each) => (each.status === 'fulfilled' && each.value !== undefined ? [each.value] : []))[0]
}

/** A repository that does not answer must not hold up the run for ever. */
const ANSWERS_MS = 5_000

const answered = <T>(call: () => Promise<T>): Promise<T> =>
  inTime(ANSWERS_MS, call, (after) => new Error(`it did not return within ${after}`))

/** What is known of an opened repository's entries, by what it says itself. */
class Place {
  readonly reads: Reads
  readonly followed: StreamRepository
  readonly publisher: Pick<StreamRepository, 'sendData'>
  readonly #appended: Appended
  #ids: IdOrder = NAMED_IDS

  constructor(
    readonly subject: StreamRepository,
    readonly other: StreamRepository,
    readonly topics: Topics,
    readonly about: Locating,
  ) {
    this.#appended = new Appended(about.compareIds)
    this.reads = new Reads(this.#appended)
    this.followed = this.reads.following(subject)
    this.publisher = this.reads.publisher(other)
  }

  /** @throws where nothing of the subject could be judged. */
  async store(): Promise<Store> {
    await this.#tryOut()
    const dialectNow = () => this.dialect
    const store: Store = {
      ...ownStore(),
      get dialect() {
        return dialectNow()
      },
      topic: (name) => this.#topic(name),
      execute: (commands) => this.#execute(commands),
      discard: (topics) => this.#discard(topics),
      scan: (topic) => this.#scan(topic),
    }
    await this.#prepare()
    return store
  }

  /** The topic of the next run: its tail is the origin, before anybody else asks for it. */
  async #prepare(): Promise<void> {
    const topic = this.topics.coming('run')
    this.#appended.begin(topic, await originOf(this.other, topic))
  }

  /** Of the run that begins: what is judged of the one before was judged by its own order. */
  #topic(name: string): string {
    const topic = this.topics.next(name)
    this.#ids = idsInRun(this.#appended.originOf(topic) ?? '')
    return topic
  }

  get dialect(): Dialect {
    return { ...dialect, ids: this.#ids }
  }

  /** Do both instances see the same entries? Where they do not, each loss would be one of the set-up. */
  async #tryOut(): Promise<void> {
    const {
      subject,
      other,
      about: { payload },
    } = this
    const topic = `${this.topics.coming('where')}-${randomId()}`
    const origin = await originOf(other, topic)
    try {
      await answered(() => other.sendData(topic, payload(OTHERS)))
      if (await reads(subject, topic, origin, OTHERS)) return
      await answered(() => subject.sendData(topic, payload(ITS_OWN)))
      if (!(await reads(subject, topic, origin, ITS_OWN)) || (await reads(other, topic, origin, ITS_OWN))) return
    } catch (error) {
      throw new Error(`the first append through the repository failed, so nothing can be judged: ${messageOf(error)}`, { cause: error })
    } finally {
      await answered(() => other.cleanupStream(topic)).catch(() => undefined)
    }
    throw new Error(
      'two repositories from open() do not see the same entries: what one of them appended, the other did not read, though it reads what it appended itself. With store: "own" both have to work on one store, so what holds the entries must be made outside of open()',
    )
  }

  async #discard(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      this.#appended.forget(topic)
      await answered(() => this.other.cleanupStream(topic)).catch(() => undefined)
    }
    await this.#prepare()
  }

  async #execute(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    for (const { kind, topic } of commands) {
      if (kind !== 'drop') throw new Error(`${kind}: a store of its own is changed through its repository alone`)
      await this.other.cleanupStream(topic)
      this.#appended.empty(topic)
    }
    return commands.map(() => undefined)
  }

  async #scan(topic: string): Promise<readonly RawEntry[]> {
    const origin = this.#appended.originOf(topic)
    if (origin === undefined) throw new Error(`the origin of ${topic} is not known`)
    const { compareIds } = this.about
    const idsOf = (read: readonly StreamEntry[]) =>
      compareIds === undefined
        ? idsAsRead(
            origin,
            read.map(({ id }) => id),
          )
        : idsInOrder(origin, compareIds)
    // Where it fails, nothing is known of any.
    this.#ids = idsOf([])
    const entries = await answered(() => readAll(this.other, topic, origin))
    this.#ids = idsOf(entries)
    return entries.map(({ id, data }) => ({ id: id as StreamId, fields: ['data', textOf(data)] }))
  }
}

/** @throws where it does not say. */
const originOf = (repository: StreamRepository, topic: string): Promise<string> =>
  answered(() => repository.getStreamTailId(topic)).catch((error: unknown) => {
    const what = 'the tail of an empty topic could not be asked for, so there is nothing to read from'
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error })
  })

/** Does a read from the beginning give the entry of this name? One that is not there at once may be on its way. */
async function reads(repository: StreamRepository, topic: string, origin: string, name: string): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await systemClock.sleep(BETWEEN_TRIES_MS)
    const entries = await answered(() => readAll(repository, topic, origin)).catch(() => [])
    if (entries.some(({ data }) => textOf(data).includes(`${name}@`))) return true
  }
  return false
}

const OTHERS = 'another'
const ITS_OWN = 'itself'
const TRIES = 3
const BETWEEN_TRIES_MS = 20
const PAGE = 1000
/** Far more than any schedule appends: a read that makes entries up goes on for ever. */
const MOST = 100_000

/** Every entry of the topic, page by page. Over when a page has nothing new: a read may give again what lies at its cursor. */
async function readAll(repository: StreamRepository, topic: string, origin: string): Promise<readonly StreamEntry[]> {
  const entries: StreamEntry[] = []
  const seen = new Set<string>()
  for (let cursor = origin, before = -1; entries.length > before && entries.length < MOST; cursor = entries.at(-1)?.id ?? origin) {
    before = entries.length
    for await (const entry of repository.readMessages(topic, cursor, { timeoutMs: 0, count: PAGE })) {
      const key = `${entry.id} ${textOf(entry.data)}`
      if (!seen.has(key)) entries.push(entry)
      seen.add(key)
    }
  }
  return entries
}

function textOf(data: unknown): string {
  try {
    return JSON.stringify(data) ?? ''
  } catch {
    return ''
  }
}

// ── Reads that are out
//
// The reads of a subject that are out, on a store that nobody else can see. A read counts as waiting once it has been out for a moment
// with nothing there that it would come back with; whether the store has it by then is not known. It counts as answered as soon as
// something was appended to its topic, and is then waited for: it comes with that, or empty when its time is up.

/** How long a wait is asked for whose time-out is what comes next: every empty read takes so long. */
const BRIEF_MS = 30
/** And one that is to be met while it waits: an adapter that is not woken comes back after so long. */
const LONG_MS = 1000
/** A read is out for so long before it counts as waiting: it should be in the store by then. */
const MOMENT_MS = 12
/** So much longer than it was asked to wait may a read take before an append goes on without it. */
const PATIENCE_MS = 500

/** Longer than any timer takes: such a read waits until something comes. */
const FOR_EVER_MS = 2 ** 31

const asksFor = (timeoutMs: number, lingers: boolean): number =>
  timeoutMs >= FOR_EVER_MS ? timeoutMs : Math.min(timeoutMs, lingers ? LONG_MS : BRIEF_MS)

interface Watcher {
  readonly onBlocked: (reader: BlockedReader) => void
}

interface Out {
  readonly topic: string
  readonly since: () => number
  readonly timeoutMs: number
  /** Something was appended to its topic while it was out. */
  served: boolean
  answered: boolean
  /** Called when it has its first answer. */
  readonly onAnswer: (() => void)[]
  /** Tells whoever watches that it waits, once. Missing where nobody does, or where there is something that it would come back with. */
  waits?: () => void
}

class Reads {
  readonly #out = new Set<Out>()
  /** For the read that goes out next. */
  #watcher: Watcher | undefined

  constructor(readonly appended: Appended) {}

  /** The repository as a consumer gets it, its reads followed. */
  following(repository: StreamRepository): StreamRepository {
    return withMembers<StreamRepository, Pick<StreamRepository, 'sendData' | 'readMessages'>>(repository, {
      sendData: async (topic, data) => this.#noted(topic, await repository.sendData(topic, data)),
      readMessages: (topic, cursor, options) => this.#read(repository.readMessages(topic, cursor, options), topic, cursor, options),
    })
  }

  /** A repository that appends. Its append is over when the reads that it met have come back, so that the next one meets none of them. */
  publisher(repository: StreamRepository): Pick<StreamRepository, 'sendData'> {
    return {
      sendData: async (topic, data) => {
        try {
          const id = this.#noted(topic, await repository.sendData(topic, data))
          await this.#comeBack(topic)
          return id
        } catch (error) {
          if (isUnknownOutcome(error)) this.#serve(topic)
          throw error
        }
      },
    }
  }

  watch(onBlocked: (reader: BlockedReader) => void): () => void {
    const watcher = { onBlocked }
    this.#watcher = watcher
    return () => {
      if (this.#watcher === watcher) this.#watcher = undefined
      this.#over.add(watcher)
    }
  }

  readonly #over = new WeakSet<Watcher>()

  #noted(topic: string, id: string): string {
    this.appended.add(topic, id)
    this.#serve(topic)
    return id
  }

  #serve(topic: string): void {
    for (const read of this.#out) if (read.topic === topic) read.served = true
  }

  /** A read that takes much longer than it was asked to is left to the watchdog. */
  async #comeBack(topic: string): Promise<void> {
    for (const read of this.#out) {
      if (read.topic !== topic || read.timeoutMs >= FOR_EVER_MS) continue
      await new Promise<void>((resolve) => {
        const callOff = alarm(Math.max(0, read.timeoutMs - read.since()) + PATIENCE_MS, resolve)
        read.onAnswer.push(() => {
          callOff()
          resolve()
        })
      })
    }
  }

  #read(entries: AsyncIterable<StreamEntry>, topic: string, cursor: string, { timeoutMs }: ReadOptions): AsyncIterable<StreamEntry> {
    // The wrapper around it says what is wrong with one that cannot be iterated over.
    if (typeof entries?.[Symbol.asyncIterator] !== 'function') return entries
    return { [Symbol.asyncIterator]: () => this.#followed(entries[Symbol.asyncIterator](), topic, cursor, timeoutMs) }
  }

  #followed(inner: AsyncIterator<StreamEntry>, topic: string, cursor: string, timeoutMs: number): AsyncIterator<StreamEntry> {
    const read: Out = { topic, since: stopwatch(), timeoutMs, served: false, answered: false, onAnswer: [] }
    let first = true
    return {
      next: () => {
        const answer = inner.next()
        if (!first) return answer
        first = false
        this.#goesOut(read, cursor)
        return this.#firstOf(answer, read)
      },
      return: async (value) => {
        this.#answered(read)
        return (await inner.return?.(value)) ?? { done: true, value: undefined }
      },
    }
  }

  #goesOut(read: Out, cursor: string): void {
    const watcher = this.#watcher
    this.#watcher = undefined
    this.#out.add(read)
    // What it comes back with is there: it is on its way.
    if (watcher === undefined || read.timeoutMs <= 0 || this.appended.mayBeAbove(read.topic, cursor)) return
    read.waits = () => {
      delete read.waits
      if (!read.answered && !read.served && !this.#over.has(watcher)) watcher.onBlocked(readerOf(read))
    }
    read.onAnswer.push(alarm(MOMENT_MS, () => read.waits?.()))
  }

  async #firstOf(answer: Promise<IteratorResult<StreamEntry>>, read: Out): Promise<IteratorResult<StreamEntry>> {
    try {
      const result = await answer
      // The moment was over long ago, on a machine that had no time to say so: it has waited all the same.
      if (result.done && read.waits !== undefined && read.since() >= MOMENT_MS) {
        read.waits()
        await turns()
      }
      return result
    } finally {
      this.#answered(read)
    }
  }

  #answered(read: Out): void {
    read.answered = true
    this.#out.delete(read)
    for (const tell of read.onAnswer.splice(0)) tell()
  }
}

function readerOf(read: Out): BlockedReader {
  return {
    stillBlocked: () => !read.answered && !read.served,
    // Nobody can end it: it has asked for little, and ends by itself.
    expire: () => undefined,
    disconnect: () => Promise.reject(new Error('nobody can cut a connection of a store that only its repository knows')),
  }
}

/** By then whoever was told of it has gone on. */
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

/** What was appended to the topics of one opened repository, as far as its appends have said. */
class Appended {
  readonly #topics = new Map<string, { readonly origin: string; readonly ids: string[] }>()

  constructor(readonly compare: CompareIds | undefined) {}

  /** A topic that nothing was appended to. @param origin its tail. */
  begin(topic: string, origin: string): void {
    this.#topics.set(topic, { origin, ids: [] })
  }

  /** The tail that it had when it was empty. */
  originOf(topic: string): string | undefined {
    return this.#topics.get(topic)?.origin
  }

  add(topic: string, id: string): void {
    this.#topics.get(topic)?.ids.push(id)
  }

  /** Nothing is in it any more, and another may be made of this name. */
  empty(topic: string): void {
    this.#topics.get(topic)?.ids.splice(0)
  }

  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /** May there be something above this cursor? True also where that cannot be told: a read is then waited for. */
  mayBeAbove(topic: string, cursor: string): boolean {
    const { origin, ids } = this.#topics.get(topic) ?? { origin: '', ids: [] }
    if (ids.length === 0) return false
    if (cursor === origin || ids.indexOf(cursor) >= 0) return ids.at(-1) !== cursor
    const { compare } = this
    return compare === undefined || !isOrdered(cursor, origin, compare) || ids.some((id) => compare(id, cursor) > 0)
  }
}
