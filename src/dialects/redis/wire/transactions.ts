/**
 * Transactions: commands behind MULTI are queued, and what they do is done when EXEC comes. EXEC is then held for the one of
 * them that matters most: a read, else a question for the tail, else what it does beside reading.
 */
import type { Connection } from '../proxy/connection.js'
import type { Exchange as RawExchange } from '../proxy/exchange.js'
import type { CommandRequest, StreamRequest } from './requests.js'

/** What a command asks of the topic. */
export interface Asked {
  readonly request: StreamRequest
  /** Which of its keys is the topic. */
  readonly key: string
  /** Of its answer in that to EXEC. Missing outside of a transaction. */
  readonly place?: number
}

const WEIGHT = { read: 0, tail: 1, command: 2 } as const

export class Transactions {
  readonly #open = new WeakMap<Connection, { commands: number; readonly asked: Asked[] }>()

  /** A command that is queued. `asks`: what it asks of the topic, if anything. */
  queue({ connection }: RawExchange, asks: Asked | undefined): void {
    const transaction = this.#open.get(connection) ?? { commands: 0, asked: [] }
    this.#open.set(connection, transaction)
    const place = transaction.commands++
    if (asks === undefined) return
    const { request } = asks
    // Nothing in a transaction waits.
    transaction.asked.push({ ...asks, place, request: request.kind === 'read' ? { ...request, timeoutMs: 0 } : request })
  }

  /** What EXEC stands for. Undefined for every other command, and where nothing is asked of the topic. */
  executed({ command, connection }: RawExchange): Asked | undefined {
    const { asked = [] } = this.#open.get(connection) ?? {}
    this.#open.delete(connection)
    const [first] = command === 'EXEC' ? asked.toSorted((a, b) => WEIGHT[a.request.kind] - WEIGHT[b.request.kind]) : []
    if (first?.request.kind !== 'command') return first
    const names = new Set(asked.map(({ request }) => (request as CommandRequest).name))
    return { ...first, request: { ...first.request, name: [...names].join(' ') } }
  }
}
