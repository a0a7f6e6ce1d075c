/** The log as it should have been read: what was committed, in the order of ids, and what each read was due of it. */
import { type StreamId, isAfter, isStreamId, maxId } from '../contract/stream-id.js'
import type { Committed } from './analysis.js'
import { type Read, passedAt } from './reads.js'

const NEVER = Number.POSITIVE_INFINITY

/** An entry is due that was acknowledged before the read was sent, lies above its cursor, and was there until it had passed it. */
export class Log {
  /** For each entry, when it or one above it had first returned: beyond a certain place nothing is due any more. */
  #firstReturn: number[] | undefined

  constructor(readonly entries: readonly Committed[]) {}

  /** The lowest entry that is due, and lies above `above` too. */
  firstDue(read: Read, above?: StreamId): Committed | undefined {
    const { cursor } = read
    if (!isStreamId(cursor)) return undefined
    const firstReturn = (this.#firstReturn ??= lowestFromHere(this.entries))
    for (
      let i = this.#upTo(above === undefined ? cursor : maxId(cursor, above));
      i < this.entries.length && firstReturn[i]! < read.sent;
      i++
    ) {
      if (isDue(read, this.entries[i]!)) return this.entries[i]
    }
    return undefined
  }

  /** Those above the read's cursor and below `highest`. */
  between({ cursor }: Read, highest: StreamId): readonly Committed[] {
    if (!isStreamId(cursor)) return []
    const start = this.#upTo(cursor)
    let end = start
    while (end < this.entries.length && isAfter(highest, this.entries[end]!.id)) end++
    return this.entries.slice(start, end)
  }

  /** How many entries are at this id or below it. */
  #upTo(id: StreamId): number {
    let low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isAfter(this.entries[middle]!.id, id)) high = middle
      else low = middle + 1
    }
    return low
  }
}

export const isDue = (read: Read, { id, returned, removed }: Committed): boolean =>
  returned < read.sent && ((removed === NEVER && read.returned !== NEVER) || removed > passedAt(read, id))

function lowestFromHere(entries: readonly Committed[]): number[] {
  const lowest: number[] = []
  let least = NEVER
  for (let i = entries.length - 1; i >= 0; i--) lowest[i] = least = Math.min(least, entries[i]!.returned)
  return lowest
}
