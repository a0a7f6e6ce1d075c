/**
 * Which clients of the server are the subject's, and which of them are blocked.
 *
 * How they are recognised depends on the server, and is found out once, by looking up ourselves:
 *
 *  1. `address`: the server lists our own connection under the address that its socket has here. So it does for the
 *     subject's sockets, also among the clients of others on a shared server.
 *  2. `others`: it does not (a unix socket, NAT, a proxy), but the server is private: every client that is not ours, nor
 *     recognised as another subject's, is the subject's.
 *  3. blind: neither, or the server refuses to list clients or to end a BLOCK.
 */
import { type ClientLine, type LocalEnd, addressOfSocket, isBlocked, parseClientList } from './client-list.js'
import type { RedisClient } from './redis-client.js'
import { messageOf } from '../store-error.js'

export type Recognition = { readonly by: 'address' | 'others'; readonly self: string } | { readonly by: 'nothing'; readonly why: string }

export async function findRecognition(client: RedisClient, shared: boolean): Promise<Recognition> {
  try {
    const self = String(await client.call('client', 'id'))
    const me = parseClientList(String(await client.call('client', 'list'))).find(({ id }) => id === self)
    // We are not blocked, so this does nothing but tell whether it is allowed.
    await client.call('client', 'unblock', self, 'TIMEOUT')
    if (me && me.addr === addressOfSocket(client.socket)) return { by: 'address', self }
    if (!shared) return { by: 'others', self }
    return { by: 'nothing', why: UNKNOWN_ADDRESSES }
  } catch (error) {
    if (client.socket.destroyed) throw error
    return { by: 'nothing', why: `${messageOf(error).split('\n')[0]}: real time-outs are waited for` }
  }
}

const UNKNOWN_ADDRESSES =
  "the server does not show the subject's connections under the addresses that they have here (a unix socket, NAT or a proxy in between): real time-outs are waited for"
const NO_CONNECTIONS =
  "no call of the subject opened a connection to this server (it may come from a module's body, another thread, or go through TLS or a proxy): real time-outs are waited for"
/**
 * So often a socket is looked for in the list; after that it leads elsewhere. The server lists it within a round trip.
 * So often, too, a first socket is waited for: client libraries connect some turns of the event loop after the call.
 */
const LOOKS = 20

/** One turn of the event loop: what has arrived on other sockets is seen. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Wanted = () => boolean
const always: Wanted = () => true

/** All subjects of one store: where clients are told apart by what they are not, each must know of the others. */
export class ClientBook {
  readonly subjects = new Set<SubjectClients>()
  /** `CLIENT LIST ID` came with Redis 6.2. */
  #listsById = true
  #next: { readonly ids: Set<string>; all: boolean; readonly wanted: Wanted[]; readonly lines: Promise<ClientLine[]> } | undefined
  /** The look that is under way. */
  #looking: Promise<unknown> | undefined
  constructor(
    readonly client: RedisClient,
    readonly recognition: Recognition,
    readonly shared: boolean,
  ) {}

  /**
   * Those who ask in one turn of the event loop are answered by one look at the server, at its end. By then the read whose
   * fate is asked for has been written, and where it has come back already, several want to know. Those who ask while a
   * look is under way share the next one: with eight schedules in flight a look answers three of them.
   * @param wanted asked again when it is about to go out: by then the read may have come back, and nobody looks.
   */
  list(ids: readonly string[] = [], wanted: Wanted = always): Promise<ClientLine[]> {
    const next = (this.#next ??= { ids: new Set(), all: false, wanted: [], lines: this.#lookSoon() })
    for (const id of ids) next.ids.add(id)
    next.all ||= ids.length === 0
    next.wanted.push(wanted)
    return ids.length === 0 ? next.lines : next.lines.then((lines) => lines.filter(({ id }) => ids.includes(id)))
  }

  async #lookSoon(): Promise<ClientLine[]> {
    await turn()
    // Not what it says, which is for those who asked it.
    while (this.#looking !== undefined) await this.#looking.catch(() => undefined)
    const looking = this.#look()
    this.#looking = looking
    return looking.finally(() => (this.#looking = undefined))
  }

  async #look(): Promise<ClientLine[]> {
    const { ids, all, wanted } = this.#next!
    this.#next = undefined
    if (!wanted.some((still) => still())) return []
    if (!all && this.#listsById) {
      try {
        return parseClientList(String(await this.client.call('client', 'list', 'id', ...ids)))
      } catch (error) {
        if (this.client.socket.destroyed) throw error
        this.#listsById = false
      }
    }
    return parseClientList(String(await this.client.call('client', 'list')))
  }

  /** Clients that are neither the harness's nor recognised as some subject's. */
  async strangers(self: string, wanted: Wanted): Promise<ClientLine[]> {
    const all = await this.list([], wanted)
    const known = new Set([...this.subjects].flatMap(({ ids, sockets }) => [...ids, ...sockets.open.map(addressOfSocket)]))
    return all.filter(({ id, addr, flags }) => id !== self && !known.has(id) && !known.has(addr) && !/[MSO]/.test(flags))
  }
}

export class SubjectClients {
  /** The clients whose blocked reads have been reported, and not been seen to end. */
  readonly claimed = new Set<string>()
  readonly #idOf = new Map<LocalEnd, string>()
  readonly #looks = new WeakMap<object, number>()
  #empty = 0
  #missing: string | undefined

  constructor(
    readonly book: ClientBook,
    readonly sockets: { readonly open: readonly LocalEnd[] },
  ) {
    book.subjects.add(this)
  }

  get blind(): string | undefined {
    const { recognition } = this.book
    return recognition.by === 'nothing' ? recognition.why : this.#missing
  }

  get ids(): string[] {
    return [...this.#idOf.values()]
  }

  blocked(wanted = always): Promise<ClientLine[]> {
    return this.#clients(wanted).then((clients) => clients.filter(isBlocked))
  }

  /** Blocked, and not by a read that has been reported already, here or to another subject. Undefined, too, once not wanted. */
  newlyBlocked(wanted: Wanted): Promise<ClientLine | undefined> {
    const subjects = [...this.book.subjects]
    return this.blocked(wanted).then((blocked) => blocked.find(({ id }) => !subjects.some(({ claimed }) => claimed.has(id))))
  }

  /** Drops the claims on reads that have ended. */
  async refreshClaims(): Promise<void> {
    if (this.claimed.size === 0) return
    const blocked = new Set((await this.book.list([...this.claimed])).filter(isBlocked).map(({ id }) => id))
    for (const id of this.claimed) if (!blocked.has(id)) this.claimed.delete(id)
  }

  async #clients(wanted: Wanted): Promise<ClientLine[]> {
    const { recognition } = this.book
    if (recognition.by === 'nothing') return []
    if (recognition.by === 'others') return this.book.strangers(recognition.self, wanted)
    const found = await this.#byAddress(wanted)
    // Then nobody has looked, and that nothing was found says nothing.
    if (!wanted()) return []
    const looking = this.sockets.open.some((socket) => !this.#idOf.has(socket) && (this.#looks.get(socket) ?? 0) < LOOKS)
    this.#empty = found.length > 0 || looking ? 0 : this.#empty + 1
    if (this.#empty <= LOOKS) this.#missing = undefined
    else if (!this.book.shared) return this.book.strangers(recognition.self, wanted)
    else this.#missing = this.sockets.open.length > 0 ? UNKNOWN_ADDRESSES : NO_CONNECTIONS
    return found
  }

  async #byAddress(wanted: Wanted): Promise<ClientLine[]> {
    const open = new Set(this.sockets.open)
    for (const socket of this.#idOf.keys()) if (!open.has(socket)) this.#idOf.delete(socket)
    const fresh = [...open].filter((socket) => !this.#idOf.has(socket) && addressOfSocket(socket) && (this.#looks.get(socket) ?? 0) < LOOKS)
    if (fresh.length === 0) return this.#idOf.size === 0 ? [] : this.book.list(this.ids, wanted)
    const all = await this.book.list([], wanted)
    if (!wanted()) return []
    for (const socket of fresh) {
      const client = all.find(({ addr }) => addr === addressOfSocket(socket))
      if (client) this.#idOf.set(socket, client.id)
      else this.#looks.set(socket, (this.#looks.get(socket) ?? 0) + 1)
    }
    return all.filter(({ id }) => this.ids.includes(id))
  }
}
