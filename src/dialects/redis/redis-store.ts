/**
 * A store on a real Redis. Everything that it makes carries one prefix, drawn at random, so that runs can share a server
 * with each other and with strangers; `close()` removes what carries it, and nothing else.
 */
import { STREAM_IDS, type StreamId, parseStreamId } from '../../contract/stream-id.js'
import { randomId } from '../../random/random.js'
import { MemoryStream } from '../../model/memory-stream.js'
import { type RedisArgument, type RedisClient, connectRedis } from './redis-client.js'
import { BlockedReaders } from './blocked-readers.js'
import type { LocalEnd } from './client-list.js'
import { openSubject } from './open-subject.js'
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
  /** Nobody comes back to these: their names are never given again. */
  const left: string[] = []
  const opened = new Set<OpenedRepository>()
  let closing: Promise<void> | undefined

  const transact = (first: readonly RedisArgument[], commands: readonly RawCommand[]) => transaction(client, first, commands)

  const close = async () => {
    try {
      for (const each of opened) await each.close()
      await removeKeys(client, prefix, [...topics])
    } catch (error) {
      // A private server takes its keys with it.
      if (shared) throw error
    } finally {
      await client.close()
      await onClose?.()
    }
  }

  return {
    virtual: false,
    ids: STREAM_IDS,
    description,
    topic: (name) => {
      const topic = `${prefix}${name}:${++named}`
      topics.add(topic)
      return topic
    },
    execute: async (commands) => {
      const [only] = commands
      if (only === undefined) return []
      if (commands.length > 1) return transact([], commands)
      const [name, ...args] = argumentsOf(only)
      return [idOf(only, await client.call(name, ...args))]
    },
    discard: async (discarded) => {
      // Names of others' making may be used again at once. Ours are not, and a DEL a run is a twentieth of its round trips.
      const ours = discarded.every((topic) => topic.startsWith(prefix))
      left.push(...discarded)
      if (ours && left.length < LEFT_AT_MOST) return
      const gone = left.splice(0)
      await client.call('del', ...gone)
      for (const topic of gone) topics.delete(topic)
    },
    scan: async (topic) => ((await client.callBuffer('xrange', topic, '-', '+')) as [Buffer, Buffer[]][]).map(entryOf),
    open: async (open) => {
      const sockets = new SubjectSockets(url)
      const subject = await openSubject(
        () => open({ url, memory: new MemoryStream() }),
        sockets,
        book,
        transact,
        () => opened.delete(subject),
      )
      opened.add(subject)
      return subject
    },
    close: () => (closing ??= close()),
    client,
    follow: (sockets) => new BlockedReaders(new SubjectClients(book, sockets), transact),
  }
}

/** Commands behind those given first, with nothing of others in between. Gives the id of each that adds. */
async function transaction(client: RedisClient, first: readonly RedisArgument[], commands: readonly RawCommand[]) {
  const before = first.length > 0 ? [[...first]] : []
  const replies = await client.transaction([...before, ...commands.map(argumentsOf)])
  return commands.map((command, index) => idOf(command, replies[index + before.length]))
}

function argumentsOf(command: RawCommand): [name: string, ...RedisArgument[]] {
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

/** So many discarded topics are removed in one go. */
const LEFT_AT_MOST = 64
const KEYS_AT_ONCE = 500

async function removeKeys(client: RedisClient, prefix: string, topics: readonly string[]): Promise<void> {
  for (let at = 0; at < topics.length; at += KEYS_AT_ONCE) await client.call('del', ...topics.slice(at, at + KEYS_AT_ONCE))
  // What else the subject made of our names: locks, counters, lists of consumers.
  let cursor = '0'
  do {
    const [next, keys] = (await client.call('scan', cursor, 'MATCH', `${prefix}*`, 'COUNT', KEYS_AT_ONCE)) as [string, string[]]
    if (keys.length > 0) await client.call('del', ...keys)
    cursor = next
  } while (cursor !== '0')
}
