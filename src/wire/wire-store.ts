/**
 * The store of a subject on the wire: a real Redis, with a probe of its own in front of it for each session.
 *
 * It gives the conductor a repository whose reads are the program's own requests (see consume.ts), and whose appends are
 * ours, made past the probe.
 */
import { type StreamId, isStreamId } from '../contract/stream-id.js'
import type { Json, StreamEntry, StreamRepository } from '../contract/stream-repository.js'
import type { BlockedReaders } from '../store/blocked-readers.js'
import type { LocalEnd } from '../store/client-list.js'
import type { RedisStore } from '../store/redis-store.js'
import { StoreError } from '../store/store-error.js'
import type { BlockedReader, Opened, RawCommand, RawEntry, Store } from '../store/store.js'
import { WireError, type Wiring } from './consume.js'
import type { Answer, Exchange, Passing } from './exchange.js'
import { WireFaults } from './faults.js'
import { type Line, openLine } from './line.js'
import { ModelledWaits } from './modelled-waits.js'
import { type Publish, publisher } from './publish.js'
import { Sentinels, TOKEN } from './sentinels.js'
import { nextMillisecond } from './server-clock.js'
import { Topics } from './topics.js'
import { unseenOn } from './unseen.js'
import type { WireSubject } from '../subject/wire-subject.js'

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
  readonly description: string
  readonly subject: WireSubject
  readonly #base: RedisStore
  readonly #url: string
  readonly #shared: boolean
  readonly #publish: Publish
  readonly #topics: Topics
  readonly #faults = new WireFaults()
  /** Exchanges that a call of the repository is about to speak of. */
  readonly #held = new Map<string, { readonly exchange: Exchange; readonly consumer: number }>()
  /** Connections with a read that is in the server. */
  readonly #reading = new Set<LocalEnd>()
  readonly #readers: BlockedReaders
  readonly #waits: ModelledWaits | undefined
  /** Of this run. */
  readonly #lines: Line[] = []
  /** Keys that held nothing when we came to them in this run. */
  readonly #ours = new Set<string>()
  readonly #sentinels = new Sentinels()
  #topic = ''
  #exchanges = 0

  constructor({ subject, base, url, shared, fast = false }: WireStoreOptions) {
    const reading = this.#reading
    this.subject = subject
    this.description = `${base.description}, over the wire${fast ? ' (--fast: time-outs modelled)' : ''}`
    this.#waits = fast ? new ModelledWaits((commands) => this.execute(commands)) : undefined
    this.#base = base
    this.#url = url
    this.#shared = shared
    this.#publish = publisher(subject.publish, url, (command, ...args) => base.client.call(command, ...args))
    this.#topics = new Topics(subject.topic)
    this.#readers = base.follow({
      get open() {
        return [...reading]
      },
    })
  }

  topic(): string {
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

  async open(): Promise<Opened> {
    const [readers, waits] = [this.#readers, this.#waits]
    return {
      repository: this.#repository(),
      watch: (onBlocked, onError) => waits?.watch(onBlocked) ?? readers.watch((reader) => onBlocked(this.#onKeys(reader)), onError),
      arm: (step) => this.#faults.arm(step),
      unmet: () => this.#faults.unmet,
      unseen: () => unseenOn(this.#lines, this.subject.topic),
      get blind() {
        return waits === undefined ? readers.clients.blind : undefined
      },
      close: async () => undefined,
    }
  }

  #onKeys(reader: BlockedReader): BlockedReader {
    return { ...reader, disconnect: (commands) => this.#run(commands, (onKeys) => reader.disconnect(onKeys)) }
  }

  close(): Promise<void> {
    return this.#base.close()
  }

  /** A probe for one session of the program. @throws StoreError where its key is somebody else's. */
  async line(consumer: number, onRequest: (exchange: Exchange) => void, onOver: () => void): Promise<Line> {
    await this.claim(this.#topics.keyOf(this.#topic))
    const keyAmong = (keys: readonly string[]) => this.#topics.among(keys)
    const line = await openLine({ url: this.#url, topic: this.#topic, keyAmong, onRequest, onOver, waits: this.#waits })
    this.#faults.follow(consumer, line)
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
    const name = String(++this.#exchanges)
    this.#held.set(name, { exchange, consumer })
    return name
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
      getStreamTailId: async (name) => {
        const { exchange, consumer } = this.#taken(name)
        const answer = await this.#answer(exchange, consumer)
        return answer.kind === 'tail' ? answer.id : ''
      },
      readMessages: (name) => this.#read(name),
      cleanupStream: async (topic) => {
        await this.execute([{ kind: 'drop', topic }])
      },
    }
  }

  #taken(name: string) {
    const held = this.#held.get(name)
    if (held === undefined) throw new Error('over the wire a repository is read by the program alone')
    this.#held.delete(name)
    return held
  }

  async *#read(name: string): AsyncGenerator<StreamEntry> {
    const { exchange, consumer } = this.#taken(name)
    this.#reading.add(exchange.end)
    try {
      const answer = await this.#answer(exchange, consumer)
      if (answer.kind === 'entries') for (const { key, id } of answer.entries) if (key === exchange.key) yield { id, data: undefined }
    } finally {
      this.#reading.delete(exchange.end)
    }
  }

  async #answer(exchange: Exchange, consumer: number): Promise<Answer> {
    const answer = await this.#sent(exchange)
    const passing = this.#faults.take(consumer)
    if (passing.is !== 'forwarded') throw new WireError(`injected by the schedule: ${wordsOf(passing)}`, passing)
    // The key has a name of this run's own, which is no part of a history.
    if (answer.kind === 'error') throw new WireError(answer.message.replaceAll(exchange.key, this.subject.topic), passing)
    return answer
  }

  async #sent(exchange: Exchange): Promise<Answer> {
    try {
      return await exchange.send()
    } finally {
      // Its connection may block anew as soon as the program has the answer.
      if (this.#waits === undefined) await this.#readers.settled()
    }
  }

  async #send(topic: string, data: Json): Promise<string> {
    const token = JSON.stringify(data).match(TOKEN)?.[0]
    if (token === undefined) throw new Error('a sentinel has to hold its token')
    const key = this.#topics.keyOf(topic)
    await this.claim(key)
    const answer = await this.#publish({ topic: key, token, data })
    const id = isStreamId(answer) ? answer : await this.#find(key, token)
    this.#sentinels.set(token, id)
    await this.#waits?.lookAgain()
    return id
  }

  /** Where the publisher does not tell: the first entry that holds the token. */
  async #find(key: string, token: string): Promise<StreamId> {
    const found = (await this.#base.scan(key)).find(({ fields }) => fields.some((field) => field.includes(token)))
    if (found !== undefined) return found.id
    throw new Error(`publish has returned, and no entry of the stream ${key} holds ${token}`)
  }
}

const wordsOf = (passing: Passing): string => (passing.is === 'error' ? `the reply is ${passing.error}` : `the reply is ${passing.is}`)
