/** What goes over the wire in one session of a program, told to a watcher of each rule. */
import type { ClosedBy } from '../proxy/interceptor.js'
import type { RespValue } from '../resp/value.js'
import { outcomeOf } from './outcome.js'
import type { LintRule, Watcher, WireConnection } from './rule.js'
import { type StreamCommand, streamCommand } from './stream-command.js'

interface Peer {
  /** Counted from 1. */
  readonly id: number
  readonly session: { readonly name: string }
}

/** A request, as the probe sees it. */
export interface Said {
  readonly connection: Peer
  readonly request: { readonly name: string; readonly args: readonly Buffer[] }
  /** Between MULTI and EXEC. */
  readonly queued: boolean
}

type Found = (rule: string, connection: string, evidence: string) => void

/** Everything else is let go at once. */
const LOOKED_AT = new Set(
  'XREAD XREADGROUP XADD XTRIM XDEL XRANGE XREVRANGE XACK XPENDING XCLAIM XAUTOCLAIM XGROUP EXEC DISCARD CLIENT'.split(' '),
)

export class LintSession {
  readonly #watchers: readonly Watcher[]
  readonly #connections = new Map<Peer, Heard>()
  readonly #open = new Map<Said, StreamCommand>()

  constructor(rules: readonly LintRule[], found: Found) {
    this.#watchers = rules.map((rule) => rule.watch((connection, evidence) => found(rule.id, labelOf(connection), evidence)))
  }

  /** It goes to the server now. */
  request(said: Said): void {
    const { name } = said.request
    if (!LOOKED_AT.has(name) && !said.queued) return
    const connection = this.#heard(said.connection)
    const { args } = said.request
    if (said.queued) return void connection.queued.push(streamCommand(name, args))
    if (name === 'DISCARD') connection.queued.length = 0
    if (name === 'CLIENT') return connection.named(args)
    const command = streamCommand(name, args)
    if (command === undefined) return
    this.#open.set(said, command)
    for (const watcher of this.#watchers) watcher.request?.(connection, command)
  }

  /** The server has answered. `value` is asked for only where somebody wants to know. */
  reply(said: Said, value: () => RespValue): void {
    if (said.queued) return
    if (said.request.name === 'EXEC') return this.#executed(this.#heard(said.connection), value())
    const command = this.#open.get(said)
    if (command === undefined) return
    this.#open.delete(said)
    this.#answered(this.#heard(said.connection), command, value())
  }

  closed(peer: Peer, by: ClosedBy): void {
    for (const said of this.#open.keys()) if (said.connection === peer) this.#open.delete(said)
    const connection = this.#connections.get(peer)
    if (connection === undefined) return
    this.#connections.delete(peer)
    for (const watcher of this.#watchers) watcher.closed?.(connection, by)
  }

  end(): void {
    for (const watcher of this.#watchers) watcher.end?.()
  }

  #heard(peer: Peer): Heard {
    const known = this.#connections.get(peer) ?? new Heard(peer)
    this.#connections.set(peer, known)
    return known
  }

  #answered(connection: Heard, command: StreamCommand, value: RespValue): void {
    const outcome = outcomeOf(command, value)
    for (const watcher of this.#watchers) watcher.reply?.(connection, command, outcome)
  }

  /** Only now it is known that they were done at all. */
  #executed(connection: Heard, value: RespValue): void {
    const queued = connection.queued.splice(0)
    if (value.type !== 'array') return
    for (const [i, command] of queued.entries()) {
      const outcome = value.items[i]
      if (command === undefined || outcome === undefined) continue
      for (const watcher of this.#watchers) watcher.request?.(connection, command)
      this.#answered(connection, command, outcome)
    }
  }
}

class Heard implements WireConnection {
  /** Of the transaction that is being written; undefined where it is no command that we look at. */
  readonly queued: (StreamCommand | undefined)[] = []
  readonly #peer: Peer
  #name: string | undefined

  constructor(peer: Peer) {
    this.#peer = peer
  }

  get id(): number {
    return this.#peer.id
  }

  get name(): string {
    return this.#name ?? this.#peer.session.name
  }

  /** From when it is said: the next command may be on its way before the server has answered. */
  named([, subcommand, name]: readonly Buffer[]): void {
    if (subcommand?.toString().toUpperCase() === 'SETNAME') this.#name = name?.toString()
  }
}

const labelOf = ({ id, name }: WireConnection): string => (name === '' ? `connection ${id}` : `connection ${id} (${name})`)
