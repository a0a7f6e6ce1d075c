/**
 * Where a repository has its topics on a Redis: under which keys, and in which database. That is the adapter's business (a prefix, a
 * scheme such as `task:{id}:events`, a database of its own), and is learnt: from one append to a topic whose name nobody else has,
 * and a look where it went. The topic's name, replaced inside the key that was found, gives the key of every other topic.
 */
import type { Socket } from 'node:net'
import { parseRedisUrl } from '../../adapters/redis-url.js'
import { inTime } from '../../clock/clock.js'
import { ORIGIN, isStreamId } from '../../contract/stream-id.js'
import type { Json } from '../../contract/stream-repository.js'
import type { OpenedRepository } from '../store.js'
import { messageOf } from '../store-error.js'
import { plainAddress } from './client-list.js'
import { type RedisClient, connectRedis } from './redis-client.js'
import type { SubjectSockets } from './subject-sockets.js'

export interface Place {
  /** In its database. */
  readonly client: RedisClient
  readonly keyOf: (topic: string) => string
}

export interface Search {
  /** Of nobody else: its last part is drawn at random. */
  readonly topic: string
  readonly data: Json
  /** How long the append may take, in milliseconds. */
  readonly patienceMs: number
  /** Where the subject says it. */
  readonly keyOf: ((topic: string) => string) | undefined
  readonly opened: Pick<OpenedRepository, 'repository' | 'within'>
  readonly sockets: SubjectSockets
  readonly databases: Databases
  readonly shared: boolean
}

/** A stream that has come of the append. */
interface Found {
  readonly client: RedisClient
  readonly key: string
}

/**
 * Undefined where topics have their own names for keys, and also where the append is nowhere and does not come back either: what
 * is lost is judged where it is owed.
 * @throws where the append fails, or its entry is not where it could be watched.
 */
export async function findPlace(search: Search): Promise<Place | undefined> {
  const { topic, keyOf, databases } = search
  const expected = { client: databases.own, key: keyOf === undefined ? topic : keyFrom(keyOf, topic) }
  const id = await append(search)
  // Nearly always it is here, and this is the one look.
  if (await isStream(expected)) return placeOf(search, expected)
  try {
    let found = await lookFurther(search, expected.key, id)
    if (found === undefined && (await comesBack(search))) {
      // It may have been acknowledged before it was written.
      found = (await lookFurther(search, expected.key, id)) ?? (await unlessElsewhere(search, id))
    }
    return found && placeOf(search, found)
  } catch (error) {
    await answered(search.patienceMs, () => search.opened.within(() => search.opened.repository.cleanupStream(topic))).catch(
      () => undefined,
    )
    throw error
  }
}

async function append({ opened, sockets, topic, data, patienceMs }: Search): Promise<string> {
  const stop = sockets.followFailures()
  try {
    return await answered(patienceMs, () => opened.within(() => opened.repository.sendData(topic, data)))
  } catch (error) {
    const { failure } = sockets
    const said = messageOf(error)
    const why = failure === undefined || said.includes(messageOf(failure)) ? '' : `; a connection failed: ${messageOf(failure)}`
    throw new Error(`the first append through the adapter failed, so nothing can be judged: ${said}${why}`, { cause: error })
  } finally {
    stop()
  }
}

/** Every database, by the name of the topic. */
async function lookFurther(search: Search, expected: string, id: string): Promise<Found | undefined> {
  const { topic, keyOf, databases } = search
  const keys: Found[] = []
  for (const client of await databases.all()) {
    for await (const some of keysWith(client, randomPartOf(topic))) keys.push(...some.map((key) => ({ client, key })))
    if (keyOf !== undefined && !keys.some((each) => each.client === client && each.key === expected)) keys.push({ client, key: expected })
  }
  const streams = await filter(keys, (each) => isStream(each))
  if (streams.length === 0) return undefined
  let likely = streams.filter(({ key }) => (keyOf === undefined ? key.includes(topic) : key === expected))
  // A log of what was appended where, say, may have the name in its key, too.
  if (likely.length > 1 && isStreamId(id)) likely = await filter(likely, (each) => isStream(each, id))
  if (likely.length === 1) return likely[0]
  const where = streams.map(({ key }) => `"${key}"`).join(' and ')
  if (keyOf !== undefined) throw new Error(`key("${topic}") gives "${expected}", but an append to that topic went to ${where}`)
  throw new Error(`an append to the topic "${topic}" went to ${where}, which does not say the key of another topic: ${NAME_IT}`)
}

const NAME_IT = 'name it with key: (topic) => … beside open'

async function filter<T>(all: readonly T[], holds: (each: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = []
  for (const each of all) if (await holds(each)) kept.push(each)
  return kept
}

function placeOf({ topic, keyOf, databases }: Search, { client, key }: Found): Place | undefined {
  if (keyOf !== undefined) return { client, keyOf: (other) => keyFrom(keyOf, other) }
  if (client === databases.own && key === topic) return undefined
  return { client, keyOf: (other) => key.replaceAll(topic, () => other) }
}

function keyFrom(keyOf: (topic: string) => string, topic: string): string {
  const key: unknown = keyOf(topic)
  if (typeof key === 'string' && key !== '') return key
  throw new Error(`key("${topic}") has to give a text, the key of that topic on the Redis: it gave ${JSON.stringify(key) ?? String(key)}`)
}

/** Does the entry come back through the adapter's own read? One that fails, or waits for ever, is judged in the runs. */
async function comesBack({ opened, topic, patienceMs }: Search): Promise<boolean> {
  const late = new AbortController()
  const read = async () => {
    const options = { timeoutMs: READ_MS, count: 1, signal: late.signal }
    for await (const _ of opened.repository.readMessages(topic, ORIGIN, options)) return true
    return false
  }
  return answered(patienceMs, () => opened.within(read))
    .catch(() => false)
    .finally(() => late.abort())
}

/** It has come back, and is under no key with the topic's name. @throws unless it is nowhere but in the adapter itself. */
async function unlessElsewhere({ topic, sockets, databases, shared }: Search, id: string): Promise<undefined> {
  const { where, socket } = databases.own
  const reached = sockets.reached
  if (!reached.some((end) => isSameServer(end, socket))) {
    const leads = reached.flatMap(({ remoteAddress, remotePort }) => (remotePort === undefined ? [] : [`${remoteAddress}:${remotePort}`]))
    const to = leads.length === 0 ? '' : `; its connections lead to ${[...new Set(leads)].join(', ')}`
    // Connections of a module's body are not seen.
    const or = shared && leads.length === 0 ? ` Where its keys do not hold the name of their topic, ${NAME_IT}.` : ''
    throw new Error(
      `the adapter writes to another server: its append came back through its own read, and is nowhere on the Redis that it was given (${where})${to}. Does open() connect to the { url } that it is called with?${or}`,
    )
  }
  if (shared) throw new Error(`an append to the topic "${topic}" is under no key with that name on the Redis at ${where}: ${NAME_IT}`)
  // Nobody else is here, so what has this id is the entry.
  const key = await keyWithId(databases, id)
  if (key === undefined) return undefined
  throw new Error(`an append to the topic "${topic}" went to "${key}", which does not say the key of another topic: ${NAME_IT}`)
}

type RemoteEnd = Pick<Socket, 'remoteAddress' | 'remotePort'>

/** A name such as localhost has several addresses. */
const isSameServer = (one: RemoteEnd, other: RemoteEnd): boolean => one.remotePort === other.remotePort && hostOf(one) === hostOf(other)

const hostOf = ({ remoteAddress = '' }: RemoteEnd): string => {
  const address = plainAddress(remoteAddress)
  return address === '::1' || address.startsWith('127.') ? 'loopback' : address
}

async function keyWithId(databases: Databases, id: string): Promise<string | undefined> {
  if (!isStreamId(id)) return undefined
  for (const client of await databases.all()) {
    for await (const keys of keysWith(client, '')) {
      for (const key of keys) if (await isStream({ client, key }, id)) return key
    }
  }
  return undefined
}

/** With an entry in it. A key of another type is refused. */
const isStream = ({ client, key }: Found, id?: string): Promise<boolean> =>
  client.call('xrange', key, id ?? '-', id ?? '+', 'COUNT', 1).then(
    (entries) => (entries as unknown[]).length > 0,
    (error: unknown) => {
      if (client.socket.destroyed) throw error
      return false
    },
  )

/** Keys that have this text in them, some at a time. It holds nothing that a pattern would take for its own. */
export async function* keysWith(client: RedisClient, text: string): AsyncGenerator<string[], void> {
  let cursor = '0'
  do {
    const [next, keys] = (await client.call('scan', cursor, 'MATCH', `*${text}*`, 'COUNT', KEYS_AT_ONCE)) as [string, string[]]
    yield keys
    cursor = next
  } while (cursor !== '0')
}

const KEYS_AT_ONCE = 500

/** Schemes that alter a name, such as one that escapes its colons, leave this as it is. */
const randomPartOf = (topic: string): string => topic.slice(topic.lastIndexOf(':') + 1)

/** A server's databases: the one of its URL, and connections to others, opened on use and kept. */
export class Databases {
  readonly #number: number
  readonly #others = new Map<number, Promise<RedisClient>>()
  readonly #numbers = new Map<RedisClient, number>()
  readonly #places = new Map<string, Place>()

  constructor(
    readonly url: string,
    readonly own: RedisClient,
  ) {
    this.#number = parseRedisUrl(url).db ?? 0
  }

  /** Where subjects have had their topics, each once. */
  get places(): readonly Place[] {
    return [...this.#places.values()]
  }

  /** @param topic any, to tell one scheme from another. */
  keep(place: Place, topic: string): void {
    const number = this.#numbers.get(place.client) ?? this.#number
    this.#places.set(`${number} ${place.keyOf(topic)}`, place)
  }

  /** Those that hold something, our own first. Only our own where the server does not say. */
  async all(): Promise<readonly RedisClient[]> {
    const info = String(await this.own.call('info', 'keyspace').catch(() => ''))
    const numbers = [...info.matchAll(/^db(\d+):/gm)].map(([, number]) => Number(number)).filter((number) => number !== this.#number)
    return [this.own, ...(await Promise.all(numbers.map((number) => this.#client(number))))]
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#others.values())
    await Promise.all(opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value.close()] : [])))
  }

  #client(number: number): Promise<RedisClient> {
    const known = this.#others.get(number)
    if (known !== undefined) return known
    const opening = connectRedis(databaseUrl(this.url, number)).then((client) => {
      this.#numbers.set(client, number)
      return client
    })
    this.#others.set(number, opening)
    return opening
  }
}

function databaseUrl(url: string, number: number): string {
  const address = new URL(url)
  if (address.protocol === 'unix:') address.searchParams.set('db', String(number))
  else address.pathname = `/${number}`
  return address.href
}

const READ_MS = 10

/** What the adapter is asked for here takes milliseconds; one that does not answer must not hold up the run for ever. */
const answered = <T>(patienceMs: number, call: () => Promise<T>): Promise<T> =>
  inTime(patienceMs, call, (after) => new Error(`it did not return within ${after}`))
