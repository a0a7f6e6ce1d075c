/** A subject's repository on a real Redis: its calls made in its own context, its blocked reads followed. */
import { systemClock } from '../../clock/clock.js'
import type { StreamRepository } from '../../contract/stream-repository.js'
import { addressOfSocket } from './client-list.js'
import { BlockedReaders, type Transact } from './blocked-readers.js'
import { openedRepository } from '../opened-repository.js'
import { effectsOf } from './effects.js'
import type { OpenedRepository } from '../store.js'
import { messageOf } from '../store-error.js'
import { type ClientBook, SubjectClients } from './subject-clients.js'
import type { SubjectSockets } from './subject-sockets.js'

const CLOSE_MS = 2_000
const SOCKETS_MS = 1_000

export async function openSubject(
  open: () => StreamRepository | Promise<StreamRepository>,
  sockets: SubjectSockets,
  book: ClientBook,
  transact: Transact,
  onClosed: () => void,
): Promise<OpenedRepository> {
  const clients = new SubjectClients(book, sockets)
  const readers = new BlockedReaders(clients, transact)
  const real = await sockets.run(() => openedRepository(open))
  let closing: Promise<string | undefined> | undefined
  return {
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
    effectsOf,
    watch: (onBlocked, onError) => readers.watch(onBlocked, onError),
    tellsQueued: true,
    queuedBehindRead: () => readers.queuedBehindRead(),
    get blind() {
      return clients.blind
    },
    close: () =>
      (closing ??= closeSubject(real, sockets).finally(() => {
        book.subjects.delete(clients)
        onClosed()
      })),
  }
}

async function closeSubject(real: StreamRepository, sockets: SubjectSockets): Promise<string | undefined> {
  const complaint = real.close && (await closeRepository(() => sockets.run(() => real.close!())))
  // One without close() leaves its connections to us; that is no fault of it.
  const left = real.close ? await sockets.leftOpen(SOCKETS_MS) : await sockets.leftOpen(0)
  const where = left.map((socket) => addressOfSocket(socket) ?? 'unix socket').join(', ')
  for (const socket of left) socket.destroy()
  if (!real.close || left.length === 0) return complaint
  return `${complaint ? `${complaint}, and ` : ''}left ${left.length} connection${left.length === 1 ? '' : 's'} open (${where})`
}

async function closeRepository(close: () => Promise<void>): Promise<string | undefined> {
  const late = new AbortController()
  try {
    const settled = Promise.resolve(close()).then(() => undefined)
    return await Promise.race([settled, systemClock.sleep(CLOSE_MS, late.signal).then(() => 'close() never settled')])
  } catch (error) {
    return `close() threw: ${messageOf(error)}`
  } finally {
    late.abort()
  }
}
