/**
 * The reference adapter: a `StreamRepository` over Redis Streams with ioredis.
 *
 * An entry is one field, `data`, that holds JSON. Appends, tails and removals share one connection; each blocked read has
 * one of its own for as long as it blocks, so that nothing waits behind it (race R36). What the connections promise is
 * written at ioredis-connections.ts: no retry happens below the caller's feet.
 */
import type { RedisOptions } from 'ioredis'
import { type Json, type ReadOptions, type StreamEntry, type StreamRepository, UnknownOutcomeError } from '../contract/stream-repository.js'
import { type Connection, Connections, isReplyError } from './ioredis-connections.js'

/** Options of `RedisStreamRepository`. */
export interface RedisStreamOptions {
  /** About so many entries are kept (`XADD … MAXLEN ~`). Default 10000. */
  readonly maxLen?: number
  /** A topic is removed so many seconds after its last append. Default 3600; 0 keeps it. */
  readonly ttlSeconds?: number
  /** Told of each entry that could not be decoded; it is handed out nevertheless. */
  readonly onUndecodable?: (topic: string, id: string, error: Error) => void
  /** Told when an entry was appended, but the topic's time to live was not renewed. */
  readonly onExpireFailure?: (topic: string, error: Error) => void
  /** Further options for ioredis, such as `tls`. Its retries stay off. */
  readonly redis?: RedisOptions
}

type RawEntry = readonly [id: Buffer, fields: readonly Buffer[]]
type ReadReply = readonly (readonly [key: Buffer, entries: readonly RawEntry[]])[] | null

/**
 * The reference adapter: a `StreamRepository` over Redis Streams with ioredis. Its connections open with the first call, and none of
 * them repairs itself: a call whose connection breaks rejects, and the next call opens a new one.
 *
 * `sendData` rejects with `UnknownOutcomeError` where the entry may have been written, with ioredis's `ReplyError` where the server
 * refused it, and with a TypeError where the data has no JSON form. After `close` every call rejects.
 *
 * @throws TypeError (the constructor) when `url` is no `redis://`, `rediss://` or `unix://` URL.
 */
export class RedisStreamRepository implements StreamRepository {
  readonly #connections: Connections
  readonly #options: RedisStreamOptions
  #shared: Connection | undefined

  constructor(url: string, options: RedisStreamOptions = {}) {
    this.#connections = new Connections(url, options.redis)
    this.#options = options
  }

  async sendData(topic: string, data: Json): Promise<string> {
    const { maxLen = 10_000, ttlSeconds = 3600, onExpireFailure } = this.#options
    const json = JSON.stringify(data) as string | undefined
    if (json === undefined) throw new TypeError(`${typeof data} has no JSON form: nothing was appended to ${topic}`)
    const connection = await this.#sharedConnection()
    const pipeline = connection.client.pipeline().xadd(topic, 'MAXLEN', '~', maxLen, '*', 'data', json)
    if (ttlSeconds > 0) pipeline.expire(topic, ttlSeconds)
    const [added, expired] = (await pipeline.exec()) ?? []
    const failure = added?.[0]
    if (failure) throw asAppendError(topic, failure, connection)
    // Not raised: the entry is there, and a caller who saw an error would append it again.
    if (expired?.[0]) onExpireFailure?.(topic, expired[0])
    return added?.[1] as string
  }

  async *readMessages(topic: string, lastId: string, options: ReadOptions): AsyncGenerator<StreamEntry, void, undefined> {
    const { timeoutMs, count, signal } = options
    const reply = await this.#onOwnConnection(signal, ({ client }) =>
      timeoutMs > 0
        ? client.xreadBuffer('COUNT', count, 'BLOCK', blockMs(timeoutMs), 'STREAMS', topic, lastId)
        : client.xreadBuffer('COUNT', count, 'STREAMS', topic, lastId),
    )
    for (const entry of (reply as ReadReply | undefined)?.[0]?.[1] ?? []) yield this.#decode(topic, entry)
  }

  async getStreamTailId(topic: string): Promise<string> {
    const connection = await this.#sharedConnection()
    const last = await connection.client.xrevrange(topic, '+', '-', 'COUNT', 1).catch(rethrow(connection))
    return last[0]?.[0] ?? '0-0'
  }

  async cleanupStream(topic: string): Promise<void> {
    const connection = await this.#sharedConnection()
    await connection.client.del(topic).catch(rethrow(connection))
  }

  /** Cuts what is under way: a blocked read rejects. Resolves when every socket is closed. */
  async close(): Promise<void> {
    await this.#connections.close()
  }

  async #sharedConnection(): Promise<Connection> {
    // One that broke is replaced here, by the next call, and by nobody else.
    let shared = this.#shared
    if (!shared || (!shared.usable && !shared.connecting)) this.#shared = shared = this.#connections.open()
    await shared.ready()
    if (!shared.usable) throw shared.reason(new Error('the connection was lost before anything was sent'))
    return shared
  }

  /** Undefined when `signal` aborts: the connection is cut then, since nothing else ends a BLOCK at once. */
  async #onOwnConnection<T>(signal: AbortSignal | undefined, command: (connection: Connection) => Promise<T>): Promise<T | undefined> {
    if (this.#connections.closed) throw new Error('the repository is closed')
    if (signal?.aborted) return undefined
    const connection = this.#connections.take()
    const cut = () => connection.cut()
    signal?.addEventListener('abort', cut)
    try {
      await connection.ready()
      const reply = await command(connection)
      return signal?.aborted ? undefined : reply
    } catch (error) {
      if (signal?.aborted) return undefined
      if (!isReplyError(error)) connection.cut()
      throw this.#connections.closed ? new Error('the repository was closed during the read') : connection.reason(error)
    } finally {
      signal?.removeEventListener('abort', cut)
      this.#connections.giveBack(connection)
    }
  }

  #decode(topic: string, [rawId, fields]: RawEntry): StreamEntry {
    const id = rawId.toString()
    try {
      return { id, data: JSON.parse(dataOf(fields)) as unknown }
    } catch (error) {
      const undecodable = error as Error
      this.#options.onUndecodable?.(topic, id, undecodable)
      return { id, data: undefined, undecodable }
    }
  }
}

/** Broken UTF-8 throws: a replacement character in its place would be a payload that nobody wrote. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function dataOf(fields: readonly Buffer[]): string {
  const at = fields.findIndex((field, index) => index % 2 === 0 && field.toString() === 'data')
  const value = at === -1 ? undefined : fields[at + 1]
  if (value === undefined) throw new Error('the entry has no field "data"')
  return utf8.decode(value)
}

/** BLOCK takes whole milliseconds, and 0 means for ever. */
const blockMs = (timeoutMs: number): number => (Number.isFinite(timeoutMs) ? Math.ceil(timeoutMs) : 0)

/** What the server answered, and what was never sent, is certain. Anything else happened between the two. */
function asAppendError(topic: string, error: Error, connection: Connection): Error {
  if (isReplyError(error) || error.message.startsWith("Stream isn't writeable")) return error
  const { message } = connection.reason(error)
  return new UnknownOutcomeError(`the append to ${topic} was sent, but its reply never came: ${message}`, { cause: error })
}

const rethrow =
  (connection: Connection) =>
  (error: unknown): never => {
    throw isReplyError(error) ? error : connection.reason(error)
  }
