/**
 * A store on a real Redis. Everything that it makes carries one prefix, drawn at random, so that runs can share a server
 * with each other and with strangers; `close()` removes what carries it, and nothing else.
 */
import { ORIGIN, type StreamId, compareIds, parseStreamId } from '../../contract/stream-id.js'
import { randomId } from '../../random/random.js'
import { MemoryStream } from '../../model/memory-stream.js'
import { type RedisArgument, type RedisClient, connectRedis } from './redis-client.js'
import { BlockedReaders } from './blocked-readers.js'
import type { LocalEnd } from './client-list.js'
import { redisDialect } from './dialect.js'
import { Databases, type Place, keysWith } from './place.js'
import { type Home, openSubject } from './open-subject.js'
import type { OpenedRepository, RawCommand, RawEntry, Store } from '../store.js'
import { ClientBook, SubjectClients, findRecognition } from './subject-clients.js'
import { SubjectSockets } from './subject-sockets.js'

export interface RedisStoreOptions {
  readonly url: string
  readonly description: string
  /** Do others use this server? Then only what is certainly the subject's is touched. */
  readonly shared: boolean
  /** After the store let go of the server, whether that went well or not. */
  readonly onClose?: () => Promise<void> | void
}

/** A store, and what others that look at the same server need of it. */
export interface RedisStore extends Store {
  readonly client: RedisClient
  /** Follows the reads that block on these sockets. */
  follow(sockets: { readonly open: readonly LocalEnd[] }): BlockedReaders
}

/** @throws StoreError when nothing answers at the URL. */
export async function redisStore({ url, description, shared, onClose }: RedisStoreOptions): Promise<RedisStore> {
  const client = await connectRedis(url)
  const recognition = await findRecognition(client, shared).catch(async (error: unknown) => {
    await client.close()
    throw error
  })
  const book = new ClientBook(client, recognition, shared)
  const prefix = `tailrace:${randomId()}:`
  const topics = new Set<string>()
  let named = 0
  const opened = new Set<OpenedRepository>()
  let closing: Promise<void> | undefined
  const databases = new Databases(url, client)

  const transact = (first: readonly RedisArgument[], commands: readonly RawCommand[]) => transaction(client, first, commands)

  const close = async () => {
    try {
      for (const each of opened) await each.close()
      await removeAll(databases, prefix, [...topics])
    } catch (error) {
      // A private server takes its keys with it.
      if (shared) throw error
    } finally {
      await client.close()
      await databases.close()
      await onClose?.()
    }
  }

  const home: Home = {
    book,
    databases,
    transact: (place, first, commands) =>
      place === undefined ? transact(first, commands) : transaction(place.client, first, onKeys(place.keyOf, commands)),
    // No number counts here: the names of the topics under test must not hang on it.
    scratch: () => `${prefix}${SCRATCH}:${randomId()}`,
    at: async (place, scratch) => {
      const there = place === undefined ? store : at(place, store, topics)
      if (place !== undefined) databases.keep(place, prefix)
      await there.discard([scratch])
      return there
    },
    closed: (subject) => opened.delete(subject),
  }

  const store: RedisStore = {
    virtual: false,
    dialect: redisDialect,
    description,
    topic: (name) => {
      const topic = `${prefix}${name}:${++named}`
      topics.add(topic)
      return topic
    },
    execute: (commands) => executeOn(client, commands),
    discard: discarding(client, prefix, topics),
    scan: (topic) => scanOn(client, topic),
    open: async (open, patienceMs) => {
      const subject = await openSubject(() => open({ url, memory: new MemoryStream() }), new SubjectSockets(url), home, patienceMs)
      opened.add(subject)
      return subject
    },
    close: () => (closing ??= close()),
    client,
    follow: (sockets) => new BlockedReaders(new SubjectClients(book, sockets), transact),
  }
  return store
}

/** Removes topics, many at a time where nobody can come back to them. */
function discarding(client: RedisClient, prefix: string, topics: Set<string>): RedisStore['discard'] {
  /** Their names are never given again. */
  const left: string[] = []
  return async (discarded) => {
    // Names of others' making may be used again at once. Ours are not, and a DEL a run is a twentieth of its round trips.
    const ours = discarded.every((topic) => topic.startsWith(prefix))
    left.push(...discarded)
    if (ours && left.length < LEFT_AT_MOST) return
    const gone = left.splice(0)
    await client.call('del', ...gone)
    for (const topic of gone) topics.delete(topic)
  }
}

/** The store with its topics elsewhere than under their names. */
const at = ({ client, keyOf }: Place, store: RedisStore, topics: Set<string>): RedisStore => ({
  ...store,
  execute: (commands) => executeOn(client, onKeys(keyOf, commands)),
  discard: async (discarded) => {
    for (const topic of discarded) topics.delete(topic)
    await client.call('del', ...discarded.map(keyOf))
  },
  scan: (topic) => scanOn(client, keyOf(topic)),
})

/** Commands on topics, made commands on their keys. */
const onKeys = (keyOf: Place['keyOf'], commands: readonly RawCommand[]): RawCommand[] =>
  commands.map((command) => ({ ...command, topic: keyOf(command.topic) }))

async function executeOn(client: RedisClient, commands: readonly RawCommand[]): Promise<readonly (StreamId | undefined)[]> {
  const [only] = commands as readonly NamedCommand[]
  if (only === undefined) return []
  if (commands.length > 1) return transaction(client, [], commands)
  if (only.kind === 'drop') await nextMillisecond(client)
  const [name, ...args] = argumentsOf(only)
  return [idOf(only, await client.call(name, ...args))]
}

const scanOn = async (client: RedisClient, key: string): Promise<RawEntry[]> =>
  ((await client.callBuffer('xrange', key, '-', '+')) as [Buffer, Buffer[]][]).map(entryOf)

/** Commands behind those given first, with nothing of others in between. Gives the id of each that adds. */
async function transaction(client: RedisClient, first: readonly RedisArgument[], commands: readonly RawCommand[]) {
  const before = first.length > 0 ? [[...first]] : []
  const named = await namingAdded(client, commands)
  if (commands.some(({ kind }) => kind === 'drop')) await nextMillisecond(client)
  const replies = await client.transaction([...before, ...named.map(argumentsOf)])
  return commands.map((command, index) => idOf(command, replies[index + before.length]))
}

/**
 * Comes back when the clock of the server has moved on. A topic that is made anew within the millisecond of its last entry gives that id
 * again, and whether it does is up to how fast everybody was.
 */
async function nextMillisecond(client: RedisClient): Promise<void> {
  // Nothing to wait for where the user may not ask for it.
  const now = () => milliseconds(client).catch(() => undefined)
  const begun = await now()
  while (begun !== undefined && (await now()) === begun);
}

function argumentsOf(command: NamedCommand): [name: string, ...RedisArgument[]] {
  switch (command.kind) {
    case 'add':
      return ['xadd', command.topic, command.id ?? '*', ...command.fields]
    case 'trim':
      return ['xtrim', command.topic, 'MAXLEN', command.maxLen]
    case 'delete':
      return ['xdel', command.topic, command.id]
    case 'drop':
      return ['del', command.topic]
  }
}

const idOf = (command: RawCommand, reply: unknown): StreamId | undefined =>
  command.kind === 'add' ? parseStreamId(String(reply)) : undefined

const entryOf = ([id, fields]: [Buffer, Buffer[]]): RawEntry => ({ id: parseStreamId(id.toString()), fields })

/** What a topic that is appended to once is called. */
const SCRATCH = 'where'
/** So many discarded topics are removed in one go. */
const LEFT_AT_MOST = 64
const KEYS_AT_ONCE = 500

async function removeAll({ own, places }: Databases, prefix: string, topics: readonly string[]): Promise<void> {
  await removeKeys(own, topics)
  for (const { client, keyOf } of places) await removeKeys(client, topics.map(keyOf))
  for (const client of new Set([own, ...places.map((place) => place.client)])) await removeNamed(client, prefix)
}

async function removeKeys(client: RedisClient, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) await client.call('del', ...keys.slice(at, at + KEYS_AT_ONCE))
}

/** What else the subject made of our names, wherever in a key they stand: locks, counters, lists of consumers. */
async function removeNamed(client: RedisClient, prefix: string): Promise<void> {
  for await (const keys of keysWith(client, prefix)) if (keys.length > 0) await client.call('del', ...keys)
}

// ── ids in advance

/**
 * Ids for entries that one transaction adds and deletes again. A server tells an id when the transaction is over, and XDEL
 * has to name it before. So the adds up to there get theirs from us, by the server's own rule: the milliseconds of its clock, or, where
 * the last id is ahead of that, one more than the last id.
 */
/** Whatever it deletes, it deletes by its id. */
type NamedCommand = Exclude<RawCommand, { kind: 'delete' }> | { readonly kind: 'delete'; readonly topic: string; readonly id: StreamId }

/** Nobody else may add to these topics until they are executed. */
async function namingAdded(client: RedisClient, commands: readonly RawCommand[]): Promise<readonly NamedCommand[]> {
  const deleted = commands.flatMap((command) => (command.kind === 'delete' && typeof command.id === 'object' ? [command.id.addedBy] : []))
  if (deleted.length === 0) return commands as readonly NamedCommand[]
  const lastDeleted = Math.max(...deleted)
  const now = await milliseconds(client)
  const last = new Map<string, StreamId>()
  const ids: (StreamId | undefined)[] = []
  for (const [at, command] of commands.entries()) {
    if (command.kind !== 'add' || at > lastDeleted) continue
    const { topic } = command
    const before = last.get(topic) ?? (await lastId(client, topic))
    const id = command.id ?? nextId(before, now)
    if (compareIds(id, before) > 0) last.set(topic, id)
    ids[at] = id
  }
  return commands.map((command, at): NamedCommand => {
    if (command.kind === 'add') return ids[at] === undefined ? command : { ...command, id: ids[at] }
    if (command.kind !== 'delete' || typeof command.id !== 'object') return command as NamedCommand
    return { ...command, id: ids[command.id.addedBy]! }
  })
}

function nextId(last: StreamId, now: bigint): StreamId {
  const [ms, seq] = last.split('-').map(BigInt) as [bigint, bigint]
  return parseStreamId(now > ms ? `${now}-0` : `${ms}-${seq + 1n}`)
}

async function milliseconds(client: RedisClient): Promise<bigint> {
  const [seconds, microseconds] = (await client.call('time')) as [string, string]
  return BigInt(seconds) * 1000n + BigInt(microseconds) / 1000n
}

/** The highest that the topic ever had; the origin where there is no topic. */
async function lastId(client: RedisClient, topic: string): Promise<StreamId> {
  const about = (await client.call('xinfo', 'STREAM', topic).catch(() => [])) as readonly unknown[]
  const at = about.indexOf('last-generated-id')
  return at === -1 ? ORIGIN : parseStreamId(String(about[at + 1]))
}
