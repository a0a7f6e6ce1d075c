/** The ids that the model and a Redis gave to the same entries, under names that both share. */
import { ORIGIN, type StreamId, compareIds, maxId, parseStreamId } from '../../src/contract/stream-id.js'
import type { Ref } from './stream-commands.js'

type Side = 'memory' | 'redis'

/** From here on the model and the server count on from the last id, whatever the clock says: their ids are the same. */
const FAR = 1n << 52n
const PART = 1n << 64n
const LAST = PART * PART - 1n

const millisecondsOf = (id: StreamId): bigint => BigInt(id.slice(0, id.indexOf('-')))

export class IdPairs {
  readonly #pairs: { readonly memory: StreamId; readonly redis: StreamId; readonly name: string }[] = []
  readonly #names = { memory: new Map<string, string>([[ORIGIN, ORIGIN]]), redis: new Map<string, string>([[ORIGIN, ORIGIN]]) }
  /** The latest millisecond of the server's clock that an id has shown. */
  latestTime = 0

  /** What is wrong with the server's giving this id where the model gives that. */
  pair(memory: StreamId, redis: StreamId): string | undefined {
    const [known, real] = [this.#names.memory.get(memory), this.#names.redis.get(redis)]
    if (known !== real) return `the model gave ${memory}, which is ${known ?? 'new'}; Redis ${redis}, which is ${real ?? 'new'}`
    if (known !== undefined) return undefined
    if (memory !== redis && (millisecondsOf(maxId(memory, redis)) >= FAR || millisecondsOf(redis) < 1000n))
      return `the model gave ${memory}; Redis ${redis}`
    const other = this.#pairs.find((pair) => compareIds(pair.memory, memory) < 0 !== compareIds(pair.redis, redis) < 0)
    if (other) return `the model ranks ${memory} to ${other.memory} otherwise than Redis ${redis} to ${other.redis}`
    const name = memory === redis ? memory : `#${this.#pairs.length}`
    this.#pairs.push({ memory, redis, name })
    this.#names.memory.set(memory, name)
    this.#names.redis.set(redis, name)
    const ms = millisecondsOf(redis)
    if (ms < FAR) this.latestTime = Math.max(this.latestTime, Number(ms))
    return undefined
  }

  name(id: string, side: Side): string {
    return this.#names[side].get(id) ?? `${id}, which it never gave`
  }

  resolve(ref: Ref, side: Side): string {
    if (typeof ref === 'string') return ref
    const pair = this.#pairs[ref.known % Math.max(1, this.#pairs.length)]
    return beside(pair?.[side] ?? ORIGIN, ref.step)
  }
}

function beside(id: StreamId, step: number): StreamId {
  const value = millisecondsOf(id) * PART + BigInt(id.slice(id.indexOf('-') + 1)) + BigInt(step)
  const within = value < 0n ? 0n : value > LAST ? LAST : value
  return parseStreamId(`${within / PART}-${within % PART}`)
}
