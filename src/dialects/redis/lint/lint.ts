/**
 * Warnings of all sessions of a program: the same habit is one warning, however often it shows. They are kept apart from
 * verdicts, since no interleaving was forced for them and nothing was lost.
 */
import type { Warning, Warnings } from '../../wire-dialect.js'
import type { ClosedBy } from '../proxy/interceptor.js'
import type { RespValue } from '../resp/reply.js'
import { type StreamCommand, outcomeOf, streamCommand } from './command.js'
import type { LintRule, Watcher, WireConnection } from './rule.js'
import { acknowledgedUnread, consumerDeleted, groupAtDollar, pendingUnread } from './rules-of-groups.js'
import { blockingShared, dollarAgain, trimOvertakes } from './rules-of-reads.js'

/** Every lint rule, in the order of their numbers. docs/wire-lint.md explains each. */
export const lintRules: readonly LintRule[] = [
  dollarAgain,
  blockingShared,
  groupAtDollar,
  pendingUnread,
  acknowledgedUnread,
  consumerDeleted,
  trimOvertakes,
]

/** @throws RangeError when there is no such rule. */
export function lintRuleOf(id: string): LintRule {
  const found = lintRules.find((rule) => rule.id === id)
  if (found === undefined) throw new RangeError(`there is no lint rule ${id}`)
  return found
}

/** The topic has a name of each run's own; in evidence it has this one. */
export interface TopicName {
  readonly topic: string
  readonly shownAs: string
}

export class Lint implements Warnings {
  readonly #rules: readonly LintRule[]
  readonly #all = new Tally()
  #run = new Tally()

  constructor(rules: readonly LintRule[] = lintRules) {
    this.#rules = rules
  }

  get lastRun(): readonly Warning[] {
    return this.#run.warnings
  }

  get all(): readonly Warning[] {
    return this.#all.warnings
  }

  beginRun(): void {
    this.#run = new Tally()
  }

  /** A program starts. What it does is told to the session that is given. */
  session({ topic, shownAs }: TopicName): LintSession {
    const run = this.#run
    return new LintSession(this.#rules, (rule, connection, said) => {
      const evidence = topic === '' ? said : said.replaceAll(topic, () => shownAs)
      run.add({ rule, connection, evidence })
      this.#all.add({ rule, connection, evidence })
    })
  }
}

class Tally {
  readonly #warnings = new Map<string, Warning>()

  /** In the order of their rules, and of their first appearance. */
  get warnings(): readonly Warning[] {
    return [...this.#warnings.values()].sort((a, b) => (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0))
  }

  add({ rule, connection, evidence }: Omit<Warning, 'count'>): void {
    const key = `${rule} ${evidence}`
    const known = this.#warnings.get(key)
    this.#warnings.set(key, known === undefined ? { rule, connection, evidence, count: 1 } : { ...known, count: known.count + 1 })
  }
}

interface Peer {
  /** Counted from 1. */
  readonly id: number
  readonly state: { readonly name: string }
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

/** What goes over the wire in one session of a program, told to a watcher of each rule. */
export class LintSession {
  readonly #watchers: readonly Watcher[]
  readonly #connections = new Map<Peer, Heard>()
  readonly #open = new Map<Said, { readonly connection: Heard; readonly command: StreamCommand }>()

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
    this.#open.set(said, { connection, command })
    for (const watcher of this.#watchers) watcher.request?.(connection, command)
  }

  /** The server has answered. Its value is asked for only where somebody wants to know. */
  reply(said: Said, reply: { value(): RespValue }): void {
    if (said.queued) return
    if (said.request.name === 'EXEC') return this.#executed(this.#heard(said.connection), reply.value())
    const open = this.#open.get(said)
    if (open === undefined) return
    this.#open.delete(said)
    this.#answered(open.connection, open.command, reply.value())
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
  readonly id: number
  readonly #peer: Peer
  #name: string | undefined

  constructor(peer: Peer) {
    this.id = peer.id
    this.#peer = peer
  }

  get name(): string {
    return this.#name ?? this.#peer.state.name
  }

  /** From when it is said: the next command may be on its way before the server has answered. */
  named([, subcommand, name]: readonly Buffer[]): void {
    if (subcommand?.toString().toUpperCase() === 'SETNAME') this.#name = name?.toString()
  }
}

const labelOf = ({ id, name }: WireConnection): string => (name === '' ? `connection ${id}` : `connection ${id} (${name})`)
