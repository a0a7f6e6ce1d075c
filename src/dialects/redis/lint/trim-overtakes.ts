/**
 * L7. A stream that is kept at a length drops its oldest entries, whether they were read or not.
 *
 * Two things are compared with that length: the COUNT of the program's own reads (so many it expects to find at once), and
 * how far its readers are behind what it has itself appended. Entries of other producers do not come over this wire: the
 * distance is at least that. With `~` the server keeps up to a node more, so a reader that is overtaken on paper may be safe
 * for another hundred entries; that is an accident of its configuration, and is warned of alike.
 */
import { LATEST, ORIGIN, type StreamId, compareIds, isStreamId, maxId } from '../../../contract/stream-id.js'
import { ALL } from '../wire/requests.js'
import { type LintRule, type Watcher, type WireConnection, pair } from './rule.js'
import { type GroupRead, type MaxLen, type Read, trimWords } from './stream-command.js'

/** Whoever is further behind than this has other troubles. */
const REMEMBERED = 10_000

interface Stream {
  /** What the program has appended, ascending. */
  readonly added: StreamId[]
  /** Where each reader has come to. */
  readonly readers: Map<string, StreamId>
  /** The largest COUNT of a read. */
  count: number
  trim?: { readonly words: string; readonly length: number }
}

export const trimOvertakes: LintRule = {
  id: 'L7',
  title: 'A stream is trimmed to a length that can overtake its readers.',
  why: 'Entries that are trimmed before they were read are gone, and XREAD says nothing: it goes on with the first that is left.',
  fix: 'Keep more than the readers can fall behind by: a MAXLEN well above COUNT and the longest pause, or MINID at what every reader has handled; and compare a cursor with the first entry to notice a gap.',
  source: 'races R23, R24',
  watch(warn): Watcher {
    const streams = new Map<string, Stream>()
    const told = new Set<string>()
    const of = (key: string): Stream => {
      const known = streams.get(key) ?? { added: [], readers: new Map<string, StreamId>(), count: 0 }
      streams.set(key, known)
      return known
    }
    const once = (connection: WireConnection, evidence: string) => {
      if (!told.has(evidence)) warn(connection, evidence)
      told.add(evidence)
    }
    const compareWithCount = (connection: WireConnection, key: string, { trim, count }: Stream) => {
      if (trim !== undefined && trim.length < count) once(connection, `${trim.words} on ${key}, which is read with COUNT ${count}`)
    }
    const trimmed = (connection: WireConnection, key: string, name: string, maxLen: MaxLen) => {
      const stream = of(key)
      const words = trimWords(name, maxLen)
      stream.trim = { words, length: maxLen.count }
      compareWithCount(connection, key, stream)
      const overtaken = [...stream.readers.values()].some((cursor) => behind(stream.added, cursor) > maxLen.count)
      if (overtaken) once(connection, `${words} on ${key}, while a reader is more than ${maxLen.count} behind`)
    }
    return {
      request(connection, command) {
        if (command.name !== 'XREAD' && command.name !== 'XREADGROUP') return
        for (const [i, key] of command.keys.entries()) {
          const stream = of(key)
          const cursor = cursorOf(command.cursors[i]!, stream)
          if (cursor !== undefined && command.name === 'XREAD') stream.readers.set(readerOf(connection, command), cursor)
          if (command.count !== ALL) stream.count = Math.max(stream.count, command.count)
          compareWithCount(connection, key, stream)
        }
      },
      reply(connection, command, outcome) {
        if (command.name === 'XREAD' || command.name === 'XREADGROUP') {
          if (outcome.is !== 'entries') return
          const reader = readerOf(connection, command)
          for (const { key, id } of outcome.entries) of(key).readers.set(reader, maxId(id, of(key).readers.get(reader) ?? ORIGIN))
          return
        }
        if (command.name === 'XADD' && outcome.is === 'added') {
          const { added } = of(command.key)
          if (added.push(outcome.id) > REMEMBERED) added.shift()
        }
        if ((command.name !== 'XADD' && command.name !== 'XTRIM') || command.maxLen === undefined || outcome.is === 'error') return
        trimmed(connection, command.key, command.name, command.maxLen)
      },
      closed({ id }) {
        for (const { readers } of streams.values()) readers.delete(pair(String(id)))
      },
    }
  },
}

/** A group goes on where it was, over any connection. */
const readerOf = ({ id }: WireConnection, command: Read | GroupRead): string =>
  command.name === 'XREADGROUP' ? pair('group', command.group) : pair(String(id))

/** Undefined where only the server knows. */
function cursorOf(cursor: string, { added }: Stream): StreamId | undefined {
  if (cursor === LATEST) return added.at(-1) ?? ORIGIN
  const id = cursor.includes('-') ? cursor : `${cursor}-0`
  return isStreamId(id) ? id : undefined
}

/** How many of these ascending ids lie above the cursor. */
function behind(added: readonly StreamId[], cursor: StreamId): number {
  let [low, high] = [0, added.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareIds(added[middle]!, cursor) > 0) high = middle
    else low = middle + 1
  }
  return added.length - low
}
