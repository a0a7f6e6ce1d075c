/** Programs whose sessions share something in their process: one pump for all of them, or a repository with a memory. */
import { ORIGIN } from '../../contract/stream-id.js'
import type { Json, ReadOptions, StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import { withMembers } from '../../contract/with-members.js'
import { abort, advance, advanceTo, append, disconnect, drop, poison, restart, type Step } from '../../schedule/step.js'
import type { ConsumeContext } from '../../subject/subject.js'
import { appending, changing, perTopic, readAll, reading, scan, tailing } from '../mutants/decorate.js'
import {
  Bell,
  broken,
  connected,
  DROPPED,
  type Family,
  frameOf,
  type Frames,
  inProcess,
  isAbove,
  pageAfter,
  right,
  startOf,
  times,
} from './parts.js'
import { EventEmitter } from 'node:events'

// ── A gateway, as behind a web server: for each topic one pump reads, an emitter tells the connections of the process, and each of them
// catches up by itself before it takes what it is told.

interface GatewayOptions {
  /** How many entries wait for one connection at most, and what becomes of more. Default: all of them wait. */
  readonly room?: { readonly entries: number; readonly overflow: 'drop oldest' | 'drop newest' | 'throw' }
  /** How a connection that comes while the pump runs gets what was read before. Default: from the store, by itself. */
  readonly catchUp?: 'not' | { readonly fromLast: number }
  /** Where a connection starts that comes while the pump runs. Default: where its client was, or at the tail of now. */
  readonly startsAt?: 'pump'
  /** When the pump moves. Default: behind each entry that it has told. */
  readonly moves?: 'before it tells'
  /** What a listener makes of an entry before it is queued. */
  readonly render?: (entry: StreamEntry) => StreamEntry
  /** What a connection does when it leaves. Default: it takes its own listener away. */
  readonly leaves?: 'takes all listeners away' | 'is counted twice' | 'takes the pump along'
}

/** What the connections of one topic share. The pump runs in the name of the one that has been there longest. */
class Channel {
  readonly emitter = new EventEmitter().setMaxListeners(0)
  readonly recent: StreamEntry[] = []
  readonly hosts: ConsumeContext[] = []
  connections = 0
  cursor: string = ORIGIN
  pumping: Promise<void> | undefined
  closed = false
}

/** The channel that whoever comes next joins. */
interface Registry {
  channel: Channel
}

class Connection {
  readonly inbox: StreamEntry[] = []
  readonly bell: Bell

  constructor(
    signal: AbortSignal,
    readonly options: GatewayOptions,
  ) {
    this.bell = new Bell(signal)
  }

  readonly listener = (entry: StreamEntry): void => {
    const { room, render = (each) => each } = this.options
    this.inbox.push(render(entry))
    this.bell.ring()
    if (room === undefined || this.inbox.length <= room.entries) return
    if (room.overflow === 'drop oldest') this.inbox.shift()
    else this.inbox.pop()
    if (room.overflow === 'throw') throw new RangeError('the connection is too slow')
  }
}

/** Reads for everybody, until nobody is left. */
async function pump(channel: Channel, { moves, catchUp }: GatewayOptions): Promise<void> {
  const kept = typeof catchUp === 'object' ? catchUp.fromLast : 0
  while (!channel.closed) {
    const host = channel.hosts[0]!
    try {
      const page = await pageAfter(host, channel.cursor)
      if (moves === 'before it tells') channel.cursor = page.at(-1)?.id ?? channel.cursor
      for (const entry of page) {
        channel.emitter.emit('entry', entry)
        channel.recent.push(entry)
        if (channel.recent.length > kept) channel.recent.shift()
        if (moves === undefined) channel.cursor = entry.id
      }
      if (page.length === 0) await host.clock.sleep(50, host.signal)
    } catch {
      await host.clock.sleep(500, host.signal)
    }
  }
}

const gateway = (options: GatewayOptions = {}) => {
  const registryOf = inProcess((): Registry => ({ channel: new Channel() }))
  return {
    consume: async function* (context: ConsumeContext): Frames {
      const { signal } = context
      const registry = registryOf(context)
      const last = await startAt(context, registry.channel, options)
      if (last === undefined) return
      const { channel } = registry
      const connection = new Connection(signal, options)
      const isFirst = channel.hosts.length === 0
      // A tail below the pump is of a topic that was made anew.
      if (isFirst || (context.from === undefined && isAbove(channel.cursor, last))) channel.cursor = last
      channel.emitter.on('entry', connection.listener)
      channel.hosts.push(context)
      channel.connections++
      if (options.leaves === 'is counted twice') signal.addEventListener('abort', () => channel.connections--)
      try {
        yield connected(last)
        yield* hand(context, channel, connection, last, isFirst ? {} : options)
      } finally {
        await leave(context, registry, channel, connection, options)
      }
    },
  }

  async function* hand(
    context: ConsumeContext,
    channel: Channel,
    { inbox, bell }: Connection,
    start: string,
    { catchUp }: GatewayOptions,
  ): Frames {
    let last = start
    if (catchUp === undefined)
      for await (const entry of missed(context, last)) {
        yield frameOf(entry)
        last = entry.id
      }
    else if (catchUp !== 'not') inbox.unshift(...channel.recent.filter(({ id }) => inbox.every((each) => each.id !== id)))
    if (context.signal.aborted) return
    channel.pumping ??= pump(channel, options)
    while (!context.signal.aborted) {
      const entry = inbox.shift()
      if (entry === undefined) await bell.heard()
      else if (isAbove(entry.id, last)) {
        yield frameOf(entry)
        last = entry.id
      }
    }
  }
}

const startAt = async (context: ConsumeContext, { hosts, cursor }: Channel, { startsAt }: GatewayOptions): Promise<string | undefined> =>
  startsAt === 'pump' && hosts.length > 0 ? (context.from ?? cursor) : startOf(context)

/** Pages that do not wait, until one is empty: what comes after that is told. */
async function* missed(context: ConsumeContext, from: string): AsyncGenerator<StreamEntry, void, undefined> {
  for (let last = from; !context.signal.aborted; ) {
    try {
      const page = await pageAfter(context, last, { timeoutMs: 0 })
      if (page.length === 0) return
      for (const entry of page) {
        if (context.signal.aborted) return
        yield entry
        last = entry.id
      }
    } catch {
      await context.clock.sleep(500, context.signal)
    }
  }
}

async function leave(
  context: ConsumeContext,
  registry: Registry,
  channel: Channel,
  { listener }: Connection,
  { leaves }: GatewayOptions,
): Promise<void> {
  if (leaves === 'takes all listeners away') channel.emitter.removeAllListeners('entry')
  else channel.emitter.off('entry', listener)
  const wasHost = channel.hosts[0] === context
  channel.hosts.splice(channel.hosts.indexOf(context), 1)
  channel.connections--
  if (channel.connections > 0 && !(wasHost && leaves === 'takes the pump along')) return
  channel.closed = true
  if (registry.channel === channel) registry.channel = new Channel()
  if (channel.hosts.length === 0) await channel.pumping
}

const oneJoins = [advanceTo('read-called'), ...times(3, advance(0)), advanceTo('announced', { consumer: 1 })]
const oneWasThere = [...oneJoins, append(1), ...times(3, advance(0)), ...times(2, advance(1)), abort(1)]

/** Both are connected, and have caught up; the pump waits in the name of consumer 0. */
const bothLive = [advanceTo('read-called'), advanceTo('read-called', { consumer: 1 }), ...times(3, advance(0)), ...times(3, advance(1))]

export const gateways: Family = {
  style: 'an EventEmitter for each topic, with one pump behind it',
  right: [right('gateway', 'one pump for all connections, handed on by who leaves; each catches up by itself', gateway())],
  broken: [
    broken('gateway-counts-leavers-twice', {
      summary:
        'a connection that leaves is counted in its abort handler and once more in its cleanup, so the pump stops for those that stay',
      breaks: '4.9',
      causes: ['not-told-apart', ...DROPPED],
      steps: [...bothLive, abort(1), restart('tail', 1), ...times(6, advance(1)), append(1)],
      consumers: 2,
      ...gateway({ leaves: 'is counted twice' }),
    }),
    broken('gateway-removes-all-listeners', {
      summary: 'a connection that leaves takes the listeners of all others with it',
      breaks: '4.8',
      causes: DROPPED,
      steps: [...bothLive, abort(1), append(1)],
      consumers: 2,
      ...gateway({ leaves: 'takes all listeners away' }),
    }),
    broken('gateway-pump-leaves-with-its-host', {
      summary: 'the pump belongs to the connection that came first, and ends when that one leaves, although others stay',
      breaks: '4.9',
      causes: ['not-told-apart'],
      steps: [...bothLive, abort(0), restart('tail'), ...times(6, advance(0)), append(1)],
      consumers: 2,
      ...gateway({ leaves: 'takes the pump along' }),
    }),
    broken('gateway-late-joiner-from-last-16', {
      summary: 'who comes while the pump runs gets the last sixteen entries that it has read, however much was missed',
      breaks: '5.5',
      causes: ['not-told-apart', 'resumed-ahead'],
      steps: [...oneWasThere, append(17), ...times(60, advance(0)), restart('last-id', 1)],
      consumers: 2,
      ...gateway({ catchUp: { fromLast: 16 } }),
    }),
    broken('gateway-late-joiner-from-last-100', {
      summary: 'who comes while the pump runs gets the last hundred entries that it has read, however much was missed',
      breaks: '5.5',
      causes: ['not-told-apart', 'resumed-ahead'],
      steps: [...oneWasThere, append(101), ...times(300, advance(0)), restart('last-id', 1)],
      consumers: 2,
      ...gateway({ catchUp: { fromLast: 100 } }),
    }),
    broken('gateway-no-catch-up', {
      summary: 'who comes while the pump runs gets what is read from then on, and nothing of what was missed',
      breaks: '5.5',
      causes: ['not-told-apart'],
      steps: [...oneWasThere, append(1), ...times(6, advance(0)), restart('last-id', 1)],
      consumers: 2,
      ...gateway({ catchUp: 'not' }),
    }),
    broken('gateway-starts-at-the-pump', {
      summary: 'who comes while the pump runs starts where the pump is, which may be behind what was there before',
      breaks: '4.1',
      causes: ['replayed-history'],
      steps: [advanceTo('blocked', { consumer: 0 }), append(3), advanceTo('read-called', { consumer: 1 })],
      consumers: 2,
      ...gateway({ startsAt: 'pump' }),
    }),
    broken('gateway-slow-one-stops-the-rest', {
      summary: 'a connection that has 64 entries waiting throws in its listener, and the emitter tells nobody behind it',
      breaks: '4.8',
      causes: ['not-told-apart', ...DROPPED],
      steps: [...bothLive, append(70)],
      read: { count: 100 },
      consumers: 2,
      ...gateway({ room: { entries: 64, overflow: 'throw' }, moves: 'before it tells' }),
    }),
    broken('gateway-listener-throws-at-poison', {
      summary: 'a listener throws at an entry that does not decode, and what was read with it goes to nobody',
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), advanceTo('read-called'), append(1), poison(1), append(1)],
      ...gateway({
        moves: 'before it tells',
        render: (entry) => {
          if (entry.undecodable !== undefined) throw entry.undecodable
          return entry
        },
      }),
    }),
    broken('gateway-drops-oldest-over-256', {
      summary: 'a connection that has 256 entries waiting loses the oldest',
      breaks: '4.8',
      causes: ['jumped-after-empty', ...DROPPED],
      steps: [advanceTo('blocked'), append(258)],
      read: { count: 300 },
      ...gateway({ room: { entries: 256, overflow: 'drop oldest' } }),
    }),
  ],
}

// ── Readers that are pooled: whoever needs one takes it from the pool, and gives it back when its client leaves.

class PooledReader {
  #place: string | undefined
  /** @param keeps whether it is still where it was for the client before. */
  begin(place: string, keeps: boolean): string {
    if (!keeps || this.#place === undefined) this.#place = place
    return this.#place
  }

  async *entries(context: ConsumeContext): AsyncGenerator<StreamEntry, void, undefined> {
    const { clock, signal } = context
    while (!signal.aborted) {
      try {
        const page = await pageAfter(context, this.#place!)
        for (const entry of page) {
          if (signal.aborted) return
          yield entry
          this.#place = entry.id
        }
        if (page.length === 0) await clock.sleep(100, signal)
      } catch {
        await clock.sleep(600, signal)
      }
    }
  }
}

interface PoolOptions {
  /** Whether a reader is given back with the place of its client. */
  readonly keeps?: boolean
}

const pooled = ({ keeps = false }: PoolOptions = {}) => {
  const poolOf = inProcess(() => ({ free: [] as PooledReader[] }))
  return {
    consume: async function* (context: ConsumeContext): Frames {
      const start = await startOf(context)
      if (start === undefined) return
      const { free } = poolOf(context)
      const reader = free.pop() ?? new PooledReader()
      yield connected(reader.begin(start, keeps))
      try {
        for await (const entry of reader.entries(context)) yield frameOf(entry)
      } finally {
        free.push(reader)
      }
    },
  }
}

/** Consumer 0 has an entry and leaves; another client gets its reader. */
const handedOn = (...missed: Step[]) => [advanceTo('read-called'), append(1), advanceTo('delivered'), advance(), abort(), ...missed]

export const pools: Family = {
  style: 'pooled readers',
  right: [right('pooled-readers', 'a reader begins anew for whoever takes it from the pool', pooled())],
  broken: [
    broken('pooled-reader-keeps-its-place', {
      summary: 'a reader that is taken from the pool is still where it was for the client before',
      breaks: '4.1',
      causes: ['replayed-history'],
      steps: [...handedOn(append(1)), restart('tail'), advanceTo('read-called'), append(1)],
      ...pooled({ keeps: true }),
    }),
  ],
}

// ── Repositories with something between them and the store: caches, shortcuts, a reconnect of their own, queues of appends.

const wrapped = (repository: (correct: StreamRepository) => StreamRepository) => ({ repository })

/** Asked for once in so many questions. */
const tailOnceIn = (asks: number) =>
  wrapped((correct) => {
    const cached = perTopic((): { id?: string; left: number } => ({ left: 0 }))
    return tailing(correct, async (topic) => {
      const cache = cached(topic)
      if (cache.left-- <= 0 || cache.id === undefined) [cache.id, cache.left] = [await correct.getStreamTailId(topic), asks - 1]
      return cache.id
    })
  })

/** What this process has written or read last is the tail. */
const tailSeenHere = wrapped((correct) => {
  const seen = perTopic((): { id?: string } => ({}))
  return withMembers(correct, {
    sendData: async (topic: string, data: Json) => (seen(topic).id = await correct.sendData(topic, data)),
    readMessages: async function* (topic: string, lastId: string, options: ReadOptions) {
      for await (const entry of correct.readMessages(topic, lastId, options)) {
        seen(topic).id = entry.id
        yield entry
      }
    },
    getStreamTailId: async (topic: string) => seen(topic).id ?? (await correct.getStreamTailId(topic)),
  })
})

/** A full page does not change any more, so it is kept. `checked`: as long as the topic still reaches as far. */
const keepingPages = ({ checked }: { readonly checked: boolean }) =>
  wrapped((correct) => {
    const pages = perTopic(() => new Map<string, readonly StreamEntry[]>())
    return reading(correct, async function* (topic, lastId, options) {
      const key = `${lastId} ${options.count}`
      const known = pages(topic).get(key)
      if (known !== undefined && !(checked && (await isGone(correct, topic, known)))) return yield* known
      const page = await readAll(correct, topic, lastId, options)
      if (page.length === options.count) pages(topic).set(key, page)
      yield* page
    })
  })

/** Its entries are not what the topic has there. */
async function isGone(correct: StreamRepository, topic: string, page: readonly StreamEntry[]): Promise<boolean> {
  const kept = new Map((await scan(correct, topic)).map(({ id, data }) => [id, JSON.stringify(data)]))
  return page.some(({ id, data }) => kept.get(id) !== JSON.stringify(data))
}

/** Where there was nothing above an id there is nothing, until this process appends. */
const knowsEmpty = wrapped((correct) => {
  const empty = perTopic(() => new Set<string>())
  return withMembers(correct, {
    sendData: (topic: string, data: Json) => {
      empty(topic).clear()
      return correct.sendData(topic, data)
    },
    readMessages: async function* (topic: string, lastId: string, options: ReadOptions) {
      if (options.timeoutMs === 0 && empty(topic).has(lastId)) return
      const page = await readAll(correct, topic, lastId, options)
      if (page.length === 0) empty(topic).add(lastId)
      yield* page
    },
  })
})

const newest = (size: number) =>
  wrapped((correct) =>
    changing(correct, async (batch, _, topic) => {
      if (batch.length === 0) return batch
      const all = await scan(correct, topic)
      const kept = new Set(all.slice(-size).map(({ id }) => id))
      return all.length <= size || batch.every(({ id }) => !kept.has(id)) ? batch : batch.filter(({ id }) => kept.has(id))
    }),
  )

/** A read that fails is asked again at once, behind the last entry that it gave. `attempts`: then it is over, as if there were nothing. */
const reconnecting = (attempts = Number.POSITIVE_INFINITY) =>
  wrapped((correct) =>
    reading(correct, async function* (topic, lastId, options) {
      let after = lastId
      for (let left = attempts; left > 0; left--) {
        try {
          for await (const entry of correct.readMessages(topic, after, options)) {
            yield entry
            after = entry.id
          }
          return
        } catch (error) {
          if (options.signal?.aborted) throw error
        }
      }
    }),
  )

/** One after the other, whatever becomes of those before. */
const inTurn = wrapped((correct) => {
  const queues = perTopic((): { last: Promise<unknown> } => ({ last: Promise.resolve() }))
  return appending(correct, (topic, data) => {
    const queue = queues(topic)
    const sent = queue.last.then(() => correct.sendData(topic, data))
    queue.last = sent.catch(() => undefined)
    return sent
  })
})

/** What comes while so many are under way is dropped, and its caller is told the id before it. */
const atMostInFlight = (limit: number) =>
  wrapped((correct) => {
    const states = perTopic(() => ({ underWay: 0, last: Promise.resolve<string>(ORIGIN) }))
    return appending(correct, (topic, data) => {
      const state = states(topic)
      if (state.underWay >= limit) return state.last
      state.underWay++
      state.last = correct.sendData(topic, data).finally(() => state.underWay--)
      return state.last
    })
  })

/** What was appended among the last so many is taken for a repeat. `of`: what tells one from the other. */
const idempotent = (window: number, of: (data: Json) => string) =>
  wrapped((correct) => {
    const recent = perTopic(() => new Map<string, Promise<string>>())
    return appending(correct, (topic, data) => {
      const known = recent(topic).get(of(data))
      if (known !== undefined) return known
      const sent = correct.sendData(topic, data)
      recent(topic).set(of(data), sent)
      for (const key of recent(topic).keys()) if (recent(topic).size > window) recent(topic).delete(key)
      sent.catch(() => recent(topic).delete(of(data)))
      return sent
    })
  })

/** An id that is not above the one before, by text, is of a server whose clock went back: the entry is sent once more. */
const sentAgain = wrapped((correct) => {
  const last = perTopic((): { id: string } => ({ id: '' }))
  return appending(correct, async (topic, data) => {
    const id = await correct.sendData(topic, data)
    const isBack = id < last(topic).id
    last(topic).id = id
    return isBack ? correct.sendData(topic, data) : id
  })
})

export const repositories: Family = {
  style: 'repositories with something between them and the store',
  right: [
    right(
      'pages-kept-while-they-hold',
      'full pages are kept, as long as the topic still has what they hold',
      keepingPages({ checked: true }),
    ),
    right('reconnects-where-it-was', 'a read that fails is asked again, behind the last entry that it gave', reconnecting()),
    right('appends-in-turn', 'appends of a topic are sent one after the other', inTurn),
  ],
  broken: [
    broken('tail-once-in-20', {
      summary: 'the tail is kept for twenty questions',
      breaks: '2.3',
      causes: ['stale-tail', 'replayed-history'],
      steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), advanceTo('read-called', { consumer: 1 }), append(1)],
      consumers: 2,
      ...tailOnceIn(20),
    }),
    broken('tail-seen-here', {
      summary: 'the tail is the last entry that this process has written or read: what others wrote since is not seen',
      breaks: '2.3',
      causes: ['stale-tail', 'replayed-history', 'kept-id-of-before'],
      steps: [
        advanceTo('read-called'),
        append(1),
        advanceTo('delivered'),
        append(1, { ids: ['99999999999999-0'] }),
        advanceTo('read-called', { consumer: 1 }),
      ],
      consumers: 2,
      ...tailSeenHere,
    }),
    broken('pages-kept-for-ever', {
      summary: 'full pages are kept, also where their topic was removed and made anew',
      breaks: '3.11',
      causes: ['future-read', 'unexpected', 'replayed-history', 'corrupt-read'],
      steps: [
        advanceTo('read-called'),
        append(2),
        ...times(2, advanceTo('delivered')),
        drop(),
        restart('tail'),
        advanceTo('read-called'),
        append(1),
      ],
      read: { count: 2 },
      ...keepingPages({ checked: false }),
    }),
    broken('empty-until-own-append', {
      summary: 'a read that does not wait is empty where it was empty before, until this process appends: other writers are not seen',
      breaks: '3.6',
      causes: ['answered-empty', 'stale-read'],
      steps: [advanceTo('read-returned', { outcome: 'empty' }), append(1, { ids: ['99999999999999-0'] })],
      read: { timeoutMs: 0 },
      ...knowsEmpty,
    }),
    broken('newest-128', {
      summary: 'who is more than 128 entries behind gets the newest 128',
      breaks: '3.4',
      causes: ['answered-past', 'int-poll-skip', 'short-read'],
      steps: [advanceTo('read-called'), append(129)],
      ...newest(128),
    }),
    broken('empty-after-3-cuts', {
      summary: 'a read whose connection is cut is asked again; after the third cut it is taken for empty',
      breaks: '3.9',
      causes: ['early-empty'],
      steps: [advanceTo('blocked'), ...times(3, disconnect()), append(1)],
      ...reconnecting(3),
    }),
    broken('drops-over-64-in-flight', {
      summary: 'an append that comes while 64 are under way is dropped, and acknowledged',
      breaks: '1.1',
      causes: ['lost-append', 'inconsistent-offsets', 'nonmonotonic-append'],
      steps: [advanceTo('blocked'), append(65, { together: true })],
      ...atMostInFlight(64),
    }),
    broken('repeats-among-the-last-16', {
      summary: 'what holds the same as one of the last sixteen appends is taken for a repeat of it',
      breaks: '1.1',
      causes: ['lost-append', 'inconsistent-offsets', 'nonmonotonic-append'],
      steps: [advanceTo('blocked'), append(2, { equal: true })],
      ...idempotent(16, (data) => JSON.stringify(data)),
    }),
    broken('sent-again-when-id-is-back', {
      summary: 'an id that is not above the one before, by text, makes it send the entry once more',
      breaks: '1.3',
      causes: ['duplicate-append'],
      steps: [advanceTo('blocked'), append(10)],
      ...sentAgain,
    }),
  ],
}
