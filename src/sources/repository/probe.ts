/**
 * The repository probe: a proxy around any `StreamRepository` that tells an observer of every call at the gates around
 * it, and holds the call there when the observer says so.
 *
 * ```
 *            tail-called ─ hold ─▶ store ─▶ tail-returned ─ hold ─▶ consumer
 *            read-called ─ hold ─▶ store ─▶ read-returned ─ hold ─▶ consumer ─▶ entries, one by one
 * ```
 * A read counts as called when its first entry is asked for: that is when a generator starts to run. Entries after the
 * first pass without a gate: what can happen between them is what the consumer does, and `delivered` holds it there.
 */
import type { ReadOptions, StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import type { ReadOutcome } from '../../schedule/gate.js'
import { withMembers } from '../../contract/with-members.js'

export type ProbeSignal =
  | { readonly gate: 'tail-called' }
  | { readonly gate: 'tail-returned'; readonly id?: string; readonly error?: unknown }
  | { readonly gate: 'read-called'; readonly read: number; readonly cursor: string; readonly timeoutMs: number; readonly count: number }
  /** `aborted`: its caller had given it up, so what it came back with says nothing. */
  | {
      readonly gate: 'read-returned'
      readonly read: number
      readonly outcome: ReadOutcome
      readonly aborted?: true
      readonly error?: unknown
    }
  | { readonly gate: 'command-called'; readonly command: string }
  | { readonly gate: 'command-returned'; readonly command: string; readonly error?: unknown }
  /** `entry`: the id of the one that the message is about. */
  | { readonly gate: 'notified'; readonly entry?: string }

export type ProbeNote =
  | { readonly note: 'tail-sent' }
  | { readonly note: 'read-sent'; readonly read: number }
  | { readonly note: 'read-entry'; readonly read: number; readonly entry: StreamEntry }
  | { readonly note: 'read-ended'; readonly read: number; readonly how: 'done' | 'left' | 'error'; readonly error?: unknown }

export interface ProbeObserver {
  /** A call has come to a gate. It is held there until the promise resolves; undefined lets it through. */
  gate(signal: ProbeSignal): Promise<unknown> | undefined
  /** Something passed between two gates. */
  note(note: ProbeNote): void
  /** A read of another topic has been sent, or has come back: it is not held, and nothing of it is told. Its number is below 0. */
  elsewhere?(what: 'sent' | 'returned', read: number, timeoutMs: number): void
  /** The repository is asked for something, */
  asked?(): void
  /** and has answered. */
  answered?(): void
}

/**
 * Wraps `repository`. Members other than the two that are observed work as before.
 * @param only the topic whose calls are held and told of. Default: all.
 */
export function probe<R extends StreamRepository>(repository: R, observer: ProbeObserver, only?: string): R {
  let reads = 0
  let elsewhere = 0
  const isElsewhere = (topic: string) => only !== undefined && topic !== only
  return withMembers<R, Pick<StreamRepository, 'readMessages' | 'getStreamTailId'>>(repository, {
    getStreamTailId: async (topic) => {
      if (isElsewhere(topic)) return asking(observer, () => repository.getStreamTailId(topic))
      await observer.gate({ gate: 'tail-called' })
      observer.note({ note: 'tail-sent' })
      let id: string
      try {
        id = await asking(observer, () => repository.getStreamTailId(topic))
      } catch (error) {
        await observer.gate({ gate: 'tail-returned', error })
        throw error
      }
      await observer.gate({ gate: 'tail-returned', id })
      return id
    },
    readMessages: (topic, lastId, options) => {
      const told = isElsewhere(topic) ? untold(observer) : observer
      const read = new ProbedRead(repository, told, () => (told === observer ? ++reads : --elsewhere), topic, lastId, options)
      return { [Symbol.asyncIterator]: () => read }
    },
  })
}

/** What is seen of a read of another topic: when it is in the store. */
const untold = (observer: ProbeObserver): ProbeObserver => {
  let timeoutMs = 0
  return {
    gate: (signal) => {
      if (signal.gate === 'read-called') timeoutMs = signal.timeoutMs
      if (signal.gate === 'read-returned') observer.elsewhere?.('returned', signal.read, timeoutMs)
      return undefined
    },
    note: (note) => {
      if (note.note === 'read-sent') observer.elsewhere?.('sent', note.read, timeoutMs)
    },
    asked: () => observer.asked?.(),
    answered: () => observer.answered?.(),
  }
}

async function asking<T>(observer: ProbeObserver, call: () => T): Promise<Awaited<T>> {
  observer.asked?.()
  try {
    return await call()
  } finally {
    observer.answered?.()
  }
}

class ProbedRead implements AsyncIterator<StreamEntry, void, undefined> {
  #inner: AsyncIterator<StreamEntry> | undefined
  #read = 0
  #ended = false

  constructor(
    readonly repository: StreamRepository,
    readonly observer: ProbeObserver,
    readonly number: () => number,
    readonly topic: string,
    readonly cursor: string,
    readonly options: ReadOptions,
  ) {}

  async next(): Promise<IteratorResult<StreamEntry, void>> {
    if (this.#ended) return { done: true, value: undefined }
    const first = this.#inner === undefined
    try {
      if (first) await this.#start()
      const result = await this.#ask((inner) => inner.next())
      if (first) await this.#returned(result.done ? 'empty' : 'batch')
      if (result.done) return this.#end('done')
      this.observer.note({ note: 'read-entry', read: this.#read, entry: result.value })
      return result
    } catch (error) {
      if (first) await this.#returned('error', error)
      this.#end('error', error)
      throw error
    }
  }

  async return(): Promise<IteratorResult<StreamEntry, void>> {
    if (!this.#ended) {
      this.#end('left')
      if (this.#inner !== undefined) await this.#ask((inner) => inner.return?.())
    }
    return { done: true, value: undefined }
  }

  #ask<T>(call: (inner: AsyncIterator<StreamEntry>) => T): Promise<Awaited<T>> {
    return asking(this.observer, () => call(this.#inner!))
  }

  async #start(): Promise<void> {
    const { timeoutMs, count } = this.options
    this.#read = this.number()
    await this.observer.gate({ gate: 'read-called', read: this.#read, cursor: this.cursor, timeoutMs, count })
    this.observer.note({ note: 'read-sent', read: this.#read })
    const iterable = this.repository.readMessages(this.topic, this.cursor, this.options)
    if (typeof iterable?.[Symbol.asyncIterator] !== 'function') {
      throw new TypeError(`readMessages must return an async iterable (an async generator will do); it returned ${describe(iterable)}`)
    }
    this.#inner = iterable[Symbol.asyncIterator]()
  }

  async #returned(outcome: ReadOutcome, error?: unknown): Promise<void> {
    const aborted = this.options.signal?.aborted === true
    await this.observer.gate({
      gate: 'read-returned',
      read: this.#read,
      outcome,
      ...(aborted ? { aborted } : {}),
      ...(outcome === 'error' ? { error } : {}),
    })
  }

  #end(how: 'done' | 'left' | 'error', error?: unknown): IteratorResult<StreamEntry, void> {
    this.#ended = true
    if (this.#read !== 0) this.observer.note({ note: 'read-ended', read: this.#read, how, ...(how === 'error' ? { error } : {}) })
    return { done: true, value: undefined }
  }
}

const describe = (value: unknown) => (value instanceof Promise ? 'a promise' : Array.isArray(value) ? 'an array' : String(value))
