/** A repository over arrays in the process, one a topic. An entry's id is its position, from "1"; "0" lies before the first. */
import { EventEmitter, once } from 'node:events'
import type { Json, ReadOptions, StreamEntry, StreamRepository } from '../../src/index.js'

/** What all repositories of the process share. */
export class Arrays {
  readonly topics = new Map<string, string[]>()
  /** Says the name of a topic when something was appended to it. */
  readonly appended = new EventEmitter().setMaxListeners(0)
}

export class ArrayRepository implements StreamRepository {
  constructor(readonly arrays: Arrays) {}

  async sendData(topic: string, data: Json): Promise<string> {
    const { topics, appended } = this.arrays
    const entries = topics.get(topic) ?? []
    topics.set(topic, entries)
    entries.push(JSON.stringify(data))
    appended.emit(topic)
    return String(entries.length)
  }

  async *readMessages(topic: string, lastId: string, { timeoutMs, count, signal }: ReadOptions): AsyncGenerator<StreamEntry> {
    if (this.#above(topic, lastId).length === 0 && timeoutMs > 0) await this.#append(topic, timeoutMs, signal)
    if (signal?.aborted) return
    const first = Number(lastId) + 1
    for (const [index, text] of this.#above(topic, lastId).slice(0, count).entries()) {
      yield { id: String(first + index), data: JSON.parse(text) as unknown }
    }
  }

  async getStreamTailId(topic: string): Promise<string> {
    return String(this.arrays.topics.get(topic)?.length ?? 0)
  }

  async cleanupStream(topic: string): Promise<void> {
    this.arrays.topics.delete(topic)
  }

  #above = (topic: string, lastId: string) => this.arrays.topics.get(topic)?.slice(Number(lastId)) ?? []

  /** Resolves when something was appended, the time is up, or the signal aborts. */
  async #append(topic: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const timeUp = AbortSignal.timeout(timeoutMs)
    const over = signal === undefined ? timeUp : AbortSignal.any([signal, timeUp])
    await once(this.arrays.appended, topic, { signal: over }).catch(() => undefined)
  }
}
