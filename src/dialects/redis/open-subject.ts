/** A subject's repository on a real Redis: its calls made in its own context, its blocked reads followed. */
import type { StreamRepository } from '../../contract/stream-repository.js'
import { addressOfSocket } from './client-list.js'
import { BlockedReaders, type Transact } from './blocked-readers.js'
import { closedRepository, openedRepository } from '../opened-repository.js'
import { redisDialect } from './dialect.js'
import { type Databases, type Place, findPlace } from './place.js'
import type { OpenedRepository, Store } from '../store.js'
import { type ClientBook, SubjectClients } from './subject-clients.js'
import type { SubjectSockets } from './subject-sockets.js'

const SOCKETS_MS = 1_000
const ANSWERS_MS = 5_000

/** What a subject needs of its store. */
export interface Home {
  readonly book: ClientBook
  readonly databases: Databases
  /** Runs commands on topics that are at this place. Undefined: under their names. */
  transact(place: Place | undefined, ...commands: Parameters<Transact>): ReturnType<Transact>
  /** A topic to append to once. */
  scratch(): string
  /** The store with its topics at this place, once the scratch topic is gone from there. */
  at(place: Place | undefined, scratch: string): Promise<Store>
  closed(opened: OpenedRepository): void
}

export async function openSubject(
  open: () => StreamRepository | Promise<StreamRepository>,
  sockets: SubjectSockets,
  home: Home,
  patienceMs?: number,
): Promise<OpenedRepository> {
  const { book, databases } = home
  let place: Place | undefined
  const clients = new SubjectClients(book, sockets)
  const readers = new BlockedReaders(clients, (first, commands) => home.transact(place, first, commands))
  const before = await refusedLogins(databases.own)
  const real = await sockets.run(() => openedRepository(open, patienceMs))
  let closing: Promise<string | undefined> | undefined
  const opened: OpenedRepository = {
    repository: real,
    within: (call) => sockets.run(call),
    settle: async (answer) => {
      try {
        return await answer
      } finally {
        // Also where there is nothing to wait for: a consumer that runs ahead has its order of events from these turns.
        await readers.settled()
      }
    },
    dialect: redisDialect,
    watch: (onBlocked, onError) => readers.watch(onBlocked, onError),
    tellsQueued: true,
    queuedBehindRead: () => readers.queuedBehindRead(),
    locate: async ({ payload, key, patienceMs = ANSWERS_MS }) => {
      const topic = home.scratch()
      place = await findPlace({ topic, data: payload('where'), patienceMs, keyOf: key, opened, sockets, databases, shared: book.shared })
      return home.at(place, topic)
    },
    get blind() {
      return clients.blind
    },
    failedToConnect: async () => sockets.failedToConnect ?? refusedSince(before, await refusedLogins(databases.own)),
    close: () =>
      (closing ??= closeSubject(real, sockets, patienceMs).finally(() => {
        book.subjects.delete(clients)
        home.closed(opened)
      })),
  }
  return opened
}

async function closeSubject(real: StreamRepository, sockets: SubjectSockets, patienceMs?: number): Promise<string | undefined> {
  let complaint: string | undefined
  try {
    complaint = real.close && (await closedRepository(() => sockets.run(() => real.close!()), patienceMs))
  } catch (error) {
    for (const socket of sockets.open) socket.destroy()
    throw error
  }
  // One without close() leaves its connections to us; that is no fault of it.
  const left = real.close ? await sockets.leftOpen(SOCKETS_MS) : await sockets.leftOpen(0)
  const where = left.map((socket) => addressOfSocket(socket) ?? 'unix socket').join(', ')
  for (const socket of left) socket.destroy()
  if (!real.close || left.length === 0) return complaint
  return `${complaint ? `${complaint}, and ` : ''}left ${left.length} connection${left.length === 1 ? '' : 's'} open (${where})`
}

/** So often the server has refused a login, by its word for that. Empty where it does not say. */
async function refusedLogins(client: Databases['own']): Promise<ReadonlyMap<string, number>> {
  const info = String(await client.call('info', 'errorstats').catch(() => ''))
  return new Map([...info.matchAll(/^errorstat_(NOAUTH|WRONGPASS):count=(\d+)/gm)].map(([, word, count]) => [word!, Number(count)]))
}

function refusedSince(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string | undefined {
  const words = [...now].filter(([word, count]) => count > (before.get(word) ?? 0)).map(([word]) => word)
  return words.length === 0 ? undefined : `the server has refused a login (${words.join(', ')})`
}
