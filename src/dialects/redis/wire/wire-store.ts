/**
 * The Redis behind the probes of one subject: the store of its runs, what its programs say about the topic, and how their
 * blocked reads are seen.
 */
import { parseRedisUrl } from '../../../adapters/redis-url.js'
import { type StreamId, isStreamId } from '../../../contract/stream-id.js'
import { StoreError } from '../../store-error.js'
import type { BlockedReader, OpenedRepository, RawCommand, RawEntry } from '../../store.js'
import type {
  PendingEntry,
  Probe,
  ProbedStore,
  ProbedStoreOptions,
  ProbeListener,
  PublisherProbe,
  Warnings,
  WireDialect,
} from '../../wire-dialect.js'
import type { BlockedReaders } from '../blocked-readers.js'
import type { LocalEnd } from '../client-list.js'
import { redisDialect } from '../dialect.js'
import type { FoundRedis } from '../find-redis.js'
import { Lint } from '../lint/lint.js'
import { type Proxy, listen } from '../proxy/proxy.js'
import { type RedisStore, redisStore } from '../redis-store.js'
import { redisWords } from '../words.js'
import { makeOld, pendingIn } from './claims.js'
import { Scripts, Topics } from './classification.js'
import { ModelledWaits } from './modelled-waits.js'
import { openProbe } from './probe.js'
import { whyNever } from './refusals.js'

export const redisWire: WireDialect<FoundRedis> = {
  async open(found, options) {
    const { tls } = parseRedisUrl(found.url)
    if (tls !== undefined) throw new StoreError('the wire probe cannot look into TLS', 'Name a Redis without it: redis://, not rediss://.')
    const base = await redisStore({ ...found, onClose: found.close }).catch(async (error: unknown) => {
      await found.close()
      throw error
    })
    return new RedisWireStore(base, found, options)
  },
}

type Run = (commands: readonly RawCommand[]) => Promise<readonly (StreamId | undefined)[]>

class RedisWireStore implements ProbedStore {
  readonly virtual = false
  readonly dialect = redisDialect
  readonly description: string
  readonly publishes = redisWords.append
  readonly publisherProbe: RedisPublisherProbe
  readonly #base: RedisStore
  readonly #found: FoundRedis
  readonly #options: ProbedStoreOptions
  readonly #topics: Topics
  /** Connections with a read that is in the server. */
  readonly #reading = new Set<LocalEnd>()
  readonly #readers: BlockedReaders
  readonly #waits: ModelledWaits | undefined
  readonly #lint = new Lint()
  /** Keys that held nothing when we came to them in this run. */
  readonly #ours = new Set<string>()
  /** A server keeps them, and a program that finds one there does not send its text again. */
  readonly #scripts = new Scripts()
  #topic = ''

  constructor(base: RedisStore, found: FoundRedis, options: ProbedStoreOptions) {
    const reading = this.#reading
    this.description = `${base.description}, over the wire${options.fast ? ' (--fast: time-outs modelled)' : ''}`
    this.publisherProbe = new RedisPublisherProbe(found.url)
    this.#base = base
    this.#found = found
    this.#options = options
    this.#topics = new Topics(options.topic)
    this.#waits = options.fast ? new ModelledWaits((commands) => this.execute(commands)) : undefined
    this.#readers = base.follow({
      get open() {
        return [...reading]
      },
    })
  }

  get stream(): string {
    return this.#topics.key
  }

  readonly streamOf = (topic: string): string => this.#topics.keyOf(topic)

  get readsSeveral(): boolean {
    return this.#topics.several
  }

  get warnings(): Warnings {
    return this.#lint
  }

  get blind(): string | undefined {
    return this.#waits === undefined ? this.#readers.clients.blind : undefined
  }

  topic(): string {
    this.#lint.beginRun()
    this.#ours.clear()
    this.publisherProbe.loseNone()
    this.#topic = this.#topics.next()
    return this.#topic
  }

  execute(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    return this.#run(commands, (onKeys) => this.#base.execute(onKeys))
  }

  /** Commands on topics, run on their keys. */
  async #run(commands: readonly RawCommand[], run: Run): Promise<readonly (StreamId | undefined)[]> {
    const onKeys = commands.map((command) => ({ ...command, topic: this.#topics.keyOf(command.topic) }))
    for (const { topic } of onKeys) await this.claim(topic)
    const ids = await run(onKeys)
    this.#options.onExecuted(onKeys, ids)
    await this.appended()
    return ids
  }

  scan(topic: string): Promise<readonly RawEntry[]> {
    return this.#base.scan(this.#topics.keyOf(topic))
  }

  /** Leaves alone what is not claimed. */
  async discard(topics: readonly string[]): Promise<void> {
    const keys = topics.map((topic) => this.#topics.keyOf(topic)).filter((key) => !this.#found.shared || this.#ours.has(key))
    if (keys.length > 0) await this.#base.discard(keys)
  }

  open(): Promise<OpenedRepository> {
    return Promise.reject(new Error('the repository of a subject on the wire is the program itself'))
  }

  close(): Promise<void> {
    return this.publisherProbe.close().then(() => this.#base.close())
  }

  async claim(key: string): Promise<void> {
    if (!this.#found.shared || this.#ours.has(key)) return
    if (Number(await this.#base.client.call('xlen', key)) > 0)
      throw new StoreError(
        `the stream ${key} on this Redis holds entries that are not ours`,
        'Use a Redis of its own (leave out --redis and REDIS_URL), or another --topic.',
      )
    this.#ours.add(key)
  }

  call([name, ...args]: readonly string[]): Promise<unknown> {
    return this.#base.client.call(name!, ...args)
  }

  idIn(answer: unknown): StreamId | undefined {
    return isStreamId(answer) ? answer : undefined
  }

  async pending(groups: Iterable<string>): Promise<readonly PendingEntry[]> {
    const key = this.#topics.key
    const pending: PendingEntry[] = []
    for (const group of groups) pending.push(...(await pendingIn(this.#call, key, group)))
    if (pending.length === 0) return pending
    const kept = new Set((await this.#base.scan(key)).map(({ id }) => id))
    return pending.filter(({ id }) => kept.has(id))
  }

  age(entries: readonly PendingEntry[], idleMs: number): Promise<void> {
    return makeOld(this.#call, this.#topics.key, entries, idleMs)
  }

  readonly #call = (name: string, ...args: readonly (string | number)[]) => this.#base.client.call(name, ...args)

  async appended(): Promise<void> {
    await this.#waits?.lookAgain()
  }

  async probe(listener: ProbeListener): Promise<Probe> {
    await this.claim(this.#topics.key)
    const waits = this.#waits
    return openProbe({
      url: this.#found.url,
      topics: this.#topics,
      listener,
      scripts: this.#scripts,
      lint: this.#lint.session({ topic: this.#topic, shownAs: this.#options.topic }),
      reading: this.#reading,
      ...(waits === undefined ? { settled: () => this.#readers.settled() } : { waits }),
    })
  }

  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void {
    return this.#waits?.watch(onBlocked) ?? this.#readers.watch((reader) => onBlocked(this.#onKeys(reader)), onError)
  }

  refusal(message: string): string {
    return `ERR ${message}`
  }

  readonly neverRefuses = whyNever

  #onKeys(reader: BlockedReader): BlockedReader {
    return { ...reader, disconnect: (commands) => this.#run(commands, (onKeys) => reader.disconnect(onKeys)) }
  }
}

class RedisPublisherProbe implements PublisherProbe {
  readonly #url: string
  #opening: Promise<Proxy> | undefined
  #toLose = 0

  /** @param url of the Redis behind it. */
  constructor(url: string) {
    this.#url = url
  }

  async address(): Promise<string> {
    const { host, port } = await (this.#opening ??= this.#open())
    if (parseRedisUrl(this.#url).path !== undefined) return `redis://${host}:${port}`
    const address = new URL(this.#url)
    address.hostname = host
    address.port = String(port)
    return address.href
  }

  loseNext(): void {
    this.#toLose++
  }

  loseNone(): void {
    this.#toLose = 0
  }

  get unmet(): string | undefined {
    return this.#toLose > 0 ? 'an append through the probe, whose answer is lost' : undefined
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close()
  }

  #open(): Promise<Proxy> {
    const { host, port, path } = parseRedisUrl(this.#url)
    return listen({
      upstream: path === undefined ? { host: host!, port: port! } : { path },
      interceptor: {
        reply: ({ command, queued }, { isError }) => {
          if (this.#toLose === 0 || command !== 'XADD' || queued || isError) return undefined
          this.#toLose--
          return { action: 'cut', after: 0 }
        },
      },
    })
  }
}
