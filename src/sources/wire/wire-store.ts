/**
 * The store of a subject on the wire: a real Redis, with a probe of its own in front of it for each session.
 *
 * It gives the conductor a repository whose reads are the program's own requests (see consume.ts), and whose appends are
 * ours, made past the probe.
 */
import { type StreamId, isStreamId } from '../../contract/stream-id.js'
import type { Json, StreamRepository } from '../../contract/stream-repository.js'
import type { BlockedReaders } from '../../dialects/redis/blocked-readers.js'
import type { LocalEnd } from '../../dialects/redis/client-list.js'
import type { RedisStore } from '../../dialects/redis/redis-store.js'
import { StoreError } from '../../dialects/store-error.js'
import type { BlockedReader, Opened, RawCommand, RawEntry, Store } from '../../dialects/store.js'
import type { LineEvents, Wiring } from './consume.js'
import { AppendLine } from '../../dialects/redis/wire/append-line.js'
import type { Exchange } from '../../dialects/redis/wire/exchange.js'
import { WireFaults } from './faults.js'
import { HeldCalls } from './held-calls.js'
import { type Line, openLine, unheldOn, unseenOn } from '../../dialects/redis/wire/probe.js'
import { Lint, type Warnings } from '../../dialects/redis/lint/lint.js'
import { ModelledWaits } from '../../dialects/redis/wire/modelled-waits.js'
import { type Notify, notifier } from './notifier.js'
import { type Publish, publisher } from './publish.js'
import { Scripts, Topics } from '../../dialects/redis/wire/classification.js'
import { Sentinels, TOKEN, idWith } from './sentinels.js'
import { nextMillisecond } from '../../dialects/redis/wire/server-clock.js'
import type { WireOpened } from './transition.js'
import type { WireSubject } from '../../subject/wire-subject.js'

export interface WireStoreOptions {
  readonly subject: WireSubject
  readonly base: RedisStore
  /** Of the Redis itself. */
  readonly url: string
  /** Others use it too: a key that holds something is then not ours to drop. */
  readonly shared: boolean
  /** The wait of a BLOCK is modelled. Default false. */
  readonly fast?: boolean
}

export class WireStore implements Store, Wiring {
  readonly kind = 'redis'
  readonly virtual = false
  readonly description: string
  readonly subject: WireSubject
  readonly #base: RedisStore
  readonly #url: string
  readonly #shared: boolean
  readonly #publish: Publish
  readonly #notify: Notify | undefined
  readonly #topics: Topics
  readonly #appends: AppendLine
  readonly #faults = new WireFaults()
  readonly #calls: HeldCalls
  /** Connections with a read that is in the server. */
  readonly #reading = new Set<LocalEnd>()
  readonly #readers: BlockedReaders
  readonly #waits: ModelledWaits | undefined
  /** Of this run. */
  readonly #lines: Line[] = []
  readonly #lint = new Lint()
  /** Keys that held nothing when we came to them in this run. */
  readonly #ours = new Set<string>()
  readonly #sentinels = new Sentinels()
  /** A server keeps them, and a program that finds one there does not send its text again. */
  readonly #scripts = new Scripts()
  #topic = ''

  constructor({ subject, base, url, shared, fast = false }: WireStoreOptions) {
    const reading = this.#reading
    this.subject = subject
    this.description = `${base.description}, over the wire${fast ? ' (--fast: time-outs modelled)' : ''}`
    this.#waits = fast ? new ModelledWaits((commands) => this.execute(commands)) : undefined
    this.#base = base
    this.#url = url
    this.#shared = shared
    this.#appends = new AppendLine(url)
    this.#publish = publisher(
      subject.publish,
      url,
      () => this.#appends.address(),
      (command, ...args) => base.client.call(command, ...args),
    )
    this.#notify = notifier(subject.notify, url, this.#lines, (command, ...args) => base.client.call(command, ...args))
    this.#topics = new Topics(subject.topic)
    this.#calls = new HeldCalls({
      faults: this.#faults,
      reading,
      settled: async () => {
        if (this.#waits === undefined) await this.#readers.settled()
      },
      topicShownAs: subject.topic,
    })
    this.#readers = base.follow({
      get open() {
        return [...reading]
      },
    })
  }

  /** What looks dangerous in what the programs said so far. No verdict hangs on it. */
  get warnings(): Warnings {
    return this.#lint
  }

  topic(): string {
    this.#lint.beginRun()
    this.#faults.clear()
    this.#lines.length = 0
    this.#ours.clear()
    this.#topic = this.#topics.next()
    return this.#topic
  }

  execute(commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
    return this.#run(commands, (onKeys) => this.#base.execute(onKeys))
  }

  /** Commands on topics, run on their keys. */
  async #run(
    commands: readonly RawCommand[],
    run: (commands: readonly RawCommand[]) => Promise<readonly (StreamId | undefined)[]>,
  ): Promise<readonly (StreamId | undefined)[]> {
    const onKeys = commands.map((command) => ({ ...command, topic: this.#topics.keyOf(command.topic) }))
    for (const { topic } of onKeys) await this.claim(topic)
    if (onKeys.some(({ kind }) => kind === 'drop')) await nextMillisecond(this.#base.client)
    const ids = await run(onKeys)
    this.#sentinels.added(onKeys, ids)
    await this.#waits?.lookAgain()
    return ids
  }

  scan(topic: string): Promise<readonly RawEntry[]> {
    return this.#base.scan(this.#topics.keyOf(topic))
  }

  /** Leaves alone what is not claimed. */
  async discard(topics: readonly string[]): Promise<void> {
    const keys = topics.map((topic) => this.#topics.keyOf(topic)).filter((key) => !this.#shared || this.#ours.has(key))
    if (keys.length > 0) await this.#base.discard(keys)
  }

  open(): Promise<Opened> {
    return Promise.reject(new Error('a subject on the wire is opened as a source'))
  }

  async opened(): Promise<WireOpened> {
    const [readers, waits, notify] = [this.#readers, this.#waits, this.#notify]
    return {
      repository: this.#repository(),
      watch: (onBlocked, onError) => waits?.watch(onBlocked) ?? readers.watch((reader) => onBlocked(this.#onKeys(reader)), onError),
      arm: (step) => ('acknowledgement' in step ? this.#appends.loseNext() : this.#faults.arm(step)),
      unmet: () => this.#faults.unmet ?? this.#appends.unmet,
      ...(notify === undefined ? {} : { notify: (id) => notify({ topic: this.#topics.key, id, ...this.#sentinels.dataAt(id)! }) }),
      listens: (consumer) => (this.#faults.lineOf(consumer)?.listeners.all ?? 0) > 0,
      asks: (consumer) => this.#faults.lineOf(consumer)?.asks ?? false,
      unseen: () => unseenOn(this.#lines, this.subject.topic),
      unheld: () => unheldOn(this.#lines),
      get blind() {
        return waits === undefined ? readers.clients.blind : undefined
      },
      close: async () => undefined,
    }
  }

  #onKeys(reader: BlockedReader): BlockedReader {
    return { ...reader, disconnect: (commands) => this.#run(commands, (onKeys) => reader.disconnect(onKeys)) }
  }

  async close(): Promise<void> {
    await this.#appends.close()
    await this.#base.close()
  }

  /** The program reads several streams at once. */
  get readsSeveral(): boolean {
    return this.#topics.several
  }

  /** A probe for the program of these consumers. @throws StoreError where its key is somebody else's. */
  async line(consumers: readonly number[], on: LineEvents): Promise<Line> {
    await this.claim(this.#topics.keyOf(this.#topic))
    const line = await openLine({
      url: this.#url,
      topic: this.#topic,
      topics: this.#topics,
      scripts: this.#scripts,
      ...on,
      lint: { by: this.#lint, topicShownAs: this.subject.topic },
      waits: this.#waits,
    })
    for (const consumer of consumers) this.#faults.follow(consumer, line)
    this.#lines.push(line)
    return line
  }

  /**
   * Nothing is added to, or removed from, a key that is not claimed.
   * @throws StoreError where others have put something there.
   */
  async claim(key: string): Promise<void> {
    if (!this.#shared || this.#ours.has(key)) return
    if (Number(await this.#base.client.call('xlen', key)) > 0)
      throw new StoreError(
        `the stream ${key} on this Redis holds entries that are not ours`,
        'Use a Redis of its own (leave out --redis and REDIS_URL), or another --topic.',
      )
    this.#ours.add(key)
  }

  hold(exchange: Exchange, consumer: number): string {
    return this.#calls.hold(exchange, consumer)
  }

  command(name: string): Promise<void> {
    return this.#calls.command(name)
  }

  tokens(ids: readonly string[]): readonly string[] {
    return this.#sentinels.at(ids)
  }

  /** The id of the entry that holds this token. */
  idOf(token: string): StreamId | undefined {
    return this.#sentinels.idOf(token)
  }

  #repository(): StreamRepository {
    return {
      sendData: (topic, data) => this.#send(topic, data),
      getStreamTailId: (name) => this.#calls.tail(name),
      readMessages: (name) => this.#calls.read(name),
      cleanupStream: async (topic) => {
        await this.execute([{ kind: 'drop', topic }])
      },
    }
  }

  async #send(topic: string, data: Json): Promise<string> {
    const token = JSON.stringify(data).match(TOKEN)?.[0]
    if (token === undefined) throw new Error('a sentinel has to hold its token')
    const key = this.#topics.keyOf(topic)
    await this.claim(key)
    const answer = await this.#publish({ topic: key, token, data })
    const id = isStreamId(answer) ? answer : idWith(token, key, await this.#base.scan(key))
    this.#sentinels.set(token, id, data)
    await this.#waits?.lookAgain()
    return id
  }
}
