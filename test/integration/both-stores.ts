/** One sequence of commands on two stores, and their answers in a form that both share. */
import { expect } from 'vitest'
import { systemClock } from '../../src/clock/clock.js'
import { parseStreamId } from '../../src/contract/stream-id.js'
import type { OpenedRepository, Store } from '../../src/dialects/store.js'
import { IdPairs } from './id-pairs.js'
import { until } from './redis.js'
import { OneStore, type Reply, type Seen } from './one-store.js'
import type { Change, Command } from './stream-commands.js'

export interface OpenedStore {
  readonly store: Store
  readonly opened: OpenedRepository
}

/** Fails at the first command that the two answer differently. */
export async function compare(memory: OpenedStore, redis: OpenedStore, commands: readonly Command[]): Promise<void> {
  const both = new Both(new OneStore(memory), new OneStore(redis))
  try {
    await both.start()
    for (const [at, command] of commands.entries()) await both.step(command, `command ${at}, ${JSON.stringify(command)}`)
    await both.finish()
  } finally {
    await Promise.all([both.memory.release(), both.redis.release()])
  }
}

class Both {
  readonly #ids = new IdPairs()

  constructor(
    readonly memory: OneStore,
    readonly redis: OneStore,
  ) {}

  /** The model's time starts where no small explicit id reaches, as real time does. */
  async start(): Promise<void> {
    const changes: Change[] = [{ kind: 'add', text: '1', id: '1000-0' }, { kind: 'drop' }]
    for (const side of [this.memory, this.redis]) await side.perform({ do: 'execute', changes }, String)
  }

  async step(command: Command, where: string): Promise<void> {
    // Each id that the server assigns is of a new millisecond, also where a drop made it forget the last one.
    if (assigns(command)) await until(async () => systemClock.now() > this.#ids.latestTime)
    const ours = await this.memory.perform(command, (ref) => this.#ids.resolve(ref, 'memory'))
    const theirs = await this.redis.perform(command, (ref) => this.#ids.resolve(ref, 'redis'))
    await this.#learn(ours, theirs, where)
    expect(this.#named(ours, 'memory'), `the model (received) and Redis (expected) on ${where}`).toEqual(this.#named(theirs, 'redis'))
  }

  async finish(): Promise<void> {
    await this.step({ do: 'scan' }, 'the scan at the end')
    while (this.memory.waiting > 0) await this.step({ do: 'expire', read: 0 }, 'the end of a read at the end')
  }

  async #learn(ours: Reply, theirs: Reply, where: string): Promise<void> {
    for (const [at, id] of (ours.ids ?? []).entries()) this.#pair(id, theirs.ids?.[at], where)
    if (ours.failed === undefined || theirs.failed === undefined) return
    // Of a transaction that failed in part neither tells what it did.
    const [kept, real] = [await this.memory.scan(), await this.redis.scan()]
    for (const [at, { id }] of kept.entries()) this.#pair(id, real[at]?.id, where)
  }

  #pair(memory: string | undefined, redis: string | undefined, where: string): void {
    if (memory === undefined || redis === undefined) return
    const fault = this.#ids.pair(parseStreamId(memory), parseStreamId(redis))
    expect(fault, where).toBeUndefined()
  }

  #named({ ids, tail, seen, reads, ...rest }: Reply, side: 'memory' | 'redis') {
    const name = (id: string | undefined) => id && this.#ids.name(id, side)
    const all = (entries: readonly Seen[] | undefined) => entries?.map((entry) => ({ ...entry, id: name(entry.id) }))
    return {
      ...rest,
      ids: ids?.map(name),
      tail: name(tail),
      seen: all(seen),
      reads: reads.map((read) => ({ ...read, seen: all(read.seen) })),
    }
  }
}

const assigns = (command: Command): boolean =>
  command.do === 'send' || ('changes' in command && command.changes.some((change) => change.kind === 'add' && change.id === undefined))
