/** One of the two stores that are compared: does a command, and tells all that can be seen of it. */
import { systemClock } from '../../src/clock/clock.js'
import { parseStreamId } from '../../src/contract/stream-id.js'
import type { ReadOptions, StreamEntry } from '../../src/contract/stream-repository.js'
import type { BlockedReader, OpenedRepository, RawCommand, Store } from '../../src/dialects/store.js'
import { collect } from './redis.js'
import type { Change, Command, Ref } from './stream-commands.js'

export interface Seen {
  readonly id: string
  readonly data: unknown
}

/** How a read ended. */
interface Ended {
  readonly seen?: readonly Seen[]
  readonly failed?: string
}

export interface Reply {
  readonly ids?: readonly (string | undefined)[]
  readonly tail?: string
  readonly seen?: readonly Seen[]
  readonly failed?: string
  /** The reads that waited and ended, and the numbers of those that wait on. */
  readonly reads: readonly ({ readonly number: number } & Ended)[]
  readonly waiting: readonly number[]
}

type Resolve = (ref: Ref) => string

/** Longer than a sequence takes: what waits is ended by hand. */
const BLOCK_MS = 60_000
/** A read that is neither served nor blocked by then never will be. */
const LOST_MS = 2_000
const REFUSALS = ['equal or smaller', 'exhausted', 'greater than 0-0']

export class OneStore {
  readonly #topic: string
  /** By number, in the order in which they began to wait. */
  readonly #waiting = new Map<number, { readonly reader: BlockedReader; readonly end: Promise<Ended> }>()
  #reads = 0

  constructor(readonly on: { readonly store: Store; readonly opened: OpenedRepository }) {
    this.#topic = on.store.topic('compared')
  }

  get waiting(): number {
    return this.#waiting.size
  }

  async perform(command: Command, resolve: Resolve): Promise<Reply> {
    const { failed, ...answer }: Omit<Reply, 'reads' | 'waiting'> = await this.#answer(command, resolve).catch((error: unknown) => ({
      failed: refusalOf(error),
    }))
    const reads = await this.#ended()
    return { ...answer, ...(failed && { failed }), reads, waiting: this.#numbers() }
  }

  async scan(): Promise<readonly Seen[]> {
    return (await this.on.store.scan(this.#topic)).map(({ id, fields }) => ({ id, data: fields.map(String) }))
  }

  /** Ends what still waits. */
  async release(): Promise<void> {
    for (const { reader } of this.#waiting.values()) await reader.expire()
    await Promise.all([...this.#waiting.values()].map(({ end }) => end))
  }

  async #answer(command: Command, resolve: Resolve): Promise<Omit<Reply, 'reads' | 'waiting'>> {
    const { store, opened } = this.on
    const { repository } = opened
    switch (command.do) {
      case 'send':
        return { ids: [await repository.sendData(this.#topic, command.data)] }
      case 'cleanup':
        await repository.cleanupStream(this.#topic)
        return {}
      case 'tail':
        return { tail: await repository.getStreamTailId(this.#topic) }
      case 'read':
        return this.#read(resolve(command.after), { timeoutMs: 0, count: command.count })
      case 'block':
        return this.#block(resolve(command.after), { timeoutMs: BLOCK_MS, count: command.count })
      case 'execute':
        return { ids: await store.execute(this.#raw(command.changes, resolve)) }
      case 'scan':
        return { seen: await this.scan() }
      case 'expire':
        await this.#nth(command.read)?.expire()
        return {}
      case 'cut': {
        const ids = await this.#nth(command.read)?.disconnect(this.#raw(command.changes, resolve))
        return ids ? { ids } : {}
      }
    }
  }

  #raw(changes: readonly Change[], resolve: Resolve): RawCommand[] {
    return changes.map((change): RawCommand => {
      const topic = this.#topic
      if (change.kind === 'delete') return { kind: 'delete', topic, id: parseStreamId(resolve(change.id)) }
      if (change.kind !== 'add') return { ...change, topic }
      const id = change.id === undefined ? {} : { id: parseStreamId(resolve(change.id)) }
      return { kind: 'add', topic, fields: ['data', change.text], ...id }
    })
  }

  #nth(index: number): BlockedReader | undefined {
    const numbers = this.#numbers()
    const number = numbers[index % Math.max(1, numbers.length)]
    return number === undefined ? undefined : this.#waiting.get(number)?.reader
  }

  #numbers(): number[] {
    return [...this.#waiting.keys()]
  }

  async #read(after: string, options: ReadOptions): Promise<Ended> {
    try {
      return { seen: (await collect(this.on.opened.repository.readMessages(this.#topic, after, options))).map(seenOf) }
    } catch (error) {
      return { failed: refusalOf(error) }
    }
  }

  async #block(after: string, options: ReadOptions): Promise<Ended> {
    const number = this.#reads++
    return (await this.#endOrWait(number, this.#read(after, options))) ?? {}
  }

  /** Undefined when it waits. */
  async #endOrWait(number: number, end: Promise<Ended>): Promise<Ended | undefined> {
    let stop = () => {}
    const blocked = new Promise<BlockedReader>((resolve, reject) => (stop = this.on.opened.watch(resolve, reject)))
    try {
      const first = await inTime(Promise.race([end, blocked]))
      if (!('expire' in first)) return first
      this.#waiting.set(number, { reader: first, end })
      return undefined
    } finally {
      stop()
    }
  }

  async #ended(): Promise<({ readonly number: number } & Ended)[]> {
    const ended: ({ readonly number: number } & Ended)[] = []
    for (const [number, { reader, end }] of this.#waiting) {
      if (await reader.stillBlocked()) continue
      this.#waiting.delete(number)
      ended.push({ number, ...(await inTime(end)) })
    }
    return ended
  }
}

async function inTime<T>(end: Promise<T>): Promise<T | Ended> {
  const late = new AbortController()
  const lost = systemClock.sleep(LOST_MS, late.signal).then((): Ended => ({ failed: 'neither ended nor blocked' }))
  return Promise.race([end, lost]).finally(() => late.abort())
}

const seenOf = ({ id, data, undecodable }: StreamEntry): Seen => ({ id, data: undecodable ? 'undecodable' : data })

function refusalOf(error: unknown): string {
  const { message, cause } = error as Error
  const text = `${message} ${cause instanceof Error ? cause.message : ''}`
  const refusal = REFUSALS.find((each) => text.includes(each))
  if (refusal) return refusal
  if (/lost|closed|connection/i.test(text)) return 'disconnected'
  throw error
}
