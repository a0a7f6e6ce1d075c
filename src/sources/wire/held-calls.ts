/** The requests of a program as the calls of a repository: each is held under a name, by which one call speaks of it. */
import type { StreamEntry } from '../../contract/stream-repository.js'
import type { LocalEnd } from '../../dialects/redis/client-list.js'
import { WireError } from './consume.js'
import type { Answer, Exchange, Passing } from '../../dialects/redis/wire/exchange.js'
import type { WireFaults } from './faults.js'

export interface HeldCallsOptions {
  readonly faults: WireFaults
  /** Gets the connections with a read that is in the server. */
  readonly reading: Set<LocalEnd>
  /** Is awaited before an answer goes on: its connection may block anew as soon as the program has it. */
  readonly settled: () => Promise<void>
  /** What a history calls the key, whose name is of one run. */
  readonly topicShownAs: string
}

export class HeldCalls {
  readonly #options: HeldCallsOptions
  readonly #held = new Map<string, { readonly exchange: Exchange; readonly consumer: number }>()
  #exchanges = 0

  constructor(options: HeldCallsOptions) {
    this.#options = options
  }

  hold(exchange: Exchange, consumer: number): string {
    const name = String(++this.#exchanges)
    this.#held.set(name, { exchange, consumer })
    return name
  }

  async tail(name: string): Promise<string> {
    const { exchange, consumer } = this.#taken(name)
    const answer = await this.#answer(exchange, consumer)
    return answer.kind === 'tail' ? answer.id : ''
  }

  /** Faults are for what is read. */
  async command(name: string): Promise<void> {
    const { exchange } = this.#taken(name)
    const answer = await this.#sent(exchange)
    if (answer.kind === 'error')
      throw new WireError(answer.message.replaceAll(exchange.key, this.#options.topicShownAs), { is: 'forwarded' })
  }

  async *read(name: string): AsyncGenerator<StreamEntry> {
    const { exchange, consumer } = this.#taken(name)
    const { reading } = this.#options
    reading.add(exchange.end)
    try {
      const answer = await this.#answer(exchange, consumer)
      if (answer.kind === 'entries') for (const { key, id } of answer.entries) if (key === exchange.key) yield { id, data: undefined }
    } finally {
      reading.delete(exchange.end)
    }
  }

  #taken(name: string) {
    const held = this.#held.get(name)
    if (held === undefined) throw new Error('over the wire a repository is read by the program alone')
    this.#held.delete(name)
    return held
  }

  async #answer(exchange: Exchange, consumer: number): Promise<Answer> {
    const { faults, topicShownAs } = this.#options
    const answer = await this.#sent(exchange)
    const passing = faults.take(consumer)
    if (passing.is !== 'forwarded') throw new WireError(`injected by the schedule: ${wordsOf(passing)}`, passing)
    if (answer.kind === 'error') throw new WireError(answer.message.replaceAll(exchange.key, topicShownAs), passing)
    return answer
  }

  async #sent(exchange: Exchange): Promise<Answer> {
    try {
      return await exchange.send()
    } finally {
      await this.#options.settled()
    }
  }
}

const wordsOf = (passing: Passing): string => (passing.is === 'error' ? `the reply is ${passing.error}` : `the reply is ${passing.is}`)
