/** The contract, executable: a `StreamRepository` over the in-memory model. */
import { type Clock, virtualClock } from '../clock/clock.js'
import type { Json, ReadOptions, StreamEntry, StreamRepository } from '../contract/stream-repository.js'
import { MemoryStream, type MemoryWaiter } from './memory-stream.js'

/** Options of `InMemoryStreamRepository`. */
export interface InMemoryOptions {
  /** The log to read and write. Default a new one. In a subject's `open` it is the `memory` of the context. */
  readonly stream?: MemoryStream
  /**
   * Ends blocking reads when their time is up. Default: virtual time, which jumps whenever the event loop is idle.
   * `null` leaves it to whoever watches the stream: in a run that is tailrace, so a subject's `open` passes `null`.
   */
  readonly clock?: Clock | null
}

/**
 * The in-memory model as a `StreamRepository`, with Redis's meaning of ids, `$` and BLOCK. After `close` every method rejects, and reads
 * that wait end.
 */
export class InMemoryStreamRepository implements StreamRepository {
  readonly stream: MemoryStream
  readonly #clock: Clock | null
  /** Reads that wait here, for `close` and their signals to end. */
  readonly #waiting = new Map<MemoryWaiter, AbortSignal | undefined>()
  /** Signals that are listened to, each once: to listen anew for each read takes longer than the read. */
  readonly #heard = new WeakSet<AbortSignal>()
  #closed = false

  constructor(options: InMemoryOptions = {}) {
    this.stream = options.stream ?? new MemoryStream()
    this.#clock = options.clock === undefined ? virtualClock() : options.clock
  }

  async sendData(topic: string, data: Json): Promise<string> {
    this.#assertOpen()
    const fields = JSON.stringify(data) as string | undefined
    if (fields === undefined) throw new TypeError('sendData takes a JSON value')
    return this.stream.add(topic, fields)
  }

  async *readMessages(topic: string, lastId: string, options: ReadOptions): AsyncGenerator<StreamEntry, void, undefined> {
    this.#assertOpen()
    const { timeoutMs, count, signal } = options
    if (signal?.aborted) return
    let entries = this.stream.range(topic, lastId, count)
    if (entries.length === 0) {
      if (timeoutMs <= 0) return
      const waiter = this.stream.wait(topic, lastId, count)
      const end = await this.#wait(waiter, timeoutMs, signal)
      if (end === 'aborted') this.#assertOpen()
      if (end === 'disconnected') throw new Error('the connection was lost while the read waited')
      entries = waiter.answer
    }
    for (const { id, fields } of entries) yield decode(id, fields)
  }

  async getStreamTailId(topic: string): Promise<string> {
    this.#assertOpen()
    return this.stream.tail(topic)
  }

  async cleanupStream(topic: string): Promise<void> {
    this.stream.drop(topic)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiting.keys()) waiter.end('aborted')
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('the repository is closed')
  }

  async #wait(waiter: MemoryWaiter, timeoutMs: number, signal: AbortSignal | undefined) {
    // One without an end is left to whoever appends, aborts or closes.
    const timer = this.#clock === null || timeoutMs === Number.POSITIVE_INFINITY ? undefined : new AbortController()
    this.#waiting.set(waiter, signal)
    if (signal !== undefined) this.#hear(signal)
    // Whoever was told of the wait may have ended it at once.
    if (signal?.aborted || this.#closed) waiter.end('aborted')
    if (timer) void this.#clock!.sleep(timeoutMs, timer.signal).then(() => waiter.end('expired'))
    try {
      return await waiter.ended
    } finally {
      timer?.abort()
      this.#waiting.delete(waiter)
    }
  }

  #hear(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return
    this.#heard.add(signal)
    const stop = () => {
      for (const [waiter, its] of this.#waiting) if (its === signal) waiter.end('aborted')
    }
    signal.addEventListener('abort', stop, { once: true })
  }
}

function decode(id: string, fields: string): StreamEntry {
  try {
    return { id, data: JSON.parse(fields) as unknown }
  } catch (error) {
    return { id, data: undefined, undecodable: error as Error }
  }
}
