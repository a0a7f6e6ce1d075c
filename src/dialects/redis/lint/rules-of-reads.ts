/** Lint rules of streams, their readers and what is trimmed away under them: L1, L2, L7. */
import { LATEST, ORIGIN, type StreamId, compareIds, isStreamId, maxId } from '../../../contract/stream-id.js'
import { ALL } from '../wire/classification.js'
import { type GroupRead, type MaxLen, type Outcome, type Read, type StreamCommand, pair, readWords, trimWords } from './command.js'
import type { LintRule, Watcher, WireConnection } from './rule.js'

type Since = 'an empty answer' | 'entries' | 'an error' | 'no answer' | 'a reconnect'

/**
 * L1. `$` is resolved by the server, anew for each read. Once it says where a reader starts; the second time it jumps over
 * what came since the read before.
 *
 * Also over a reconnect. A new connection is one where it has the name of one that is closed, and, without a name, where one
 * was closed that its program had not closed itself. Readers that come and go are not taken for one. Two things are warned of
 * without reason: a connection that goes back to a pool and begins to follow the stream for somebody else, and a new
 * reader that comes where another one was cut off and stays away.
 */
export const dollarAgain: LintRule = {
  id: 'L1',
  title: 'A stream is read from "$" more than once.',
  why: 'What is added between the two reads lies below the second "$": no later read gives it.',
  fix: 'Resolve the tail once, to an id (XREVRANGE key + - COUNT 1, or last-generated-id of XINFO STREAM), and read on from the last id that was handed over; keep it over reconnects.',
  source: 'races R1, R2, R9, R10, R22',
  watch(warn): Watcher {
    /** Streams that a connection reads, with what it was told since it asked for `$`, if it did. */
    const reads = new Map<number, Map<string, Since | undefined>>()
    /** What connections that are closed had read from `$`: by their name, and how many without one were cut off. */
    const named = new Set<string>()
    const cutOff = new Map<string, number>()
    const of = ({ id }: WireConnection) => {
      const known = reads.get(id) ?? new Map<string, Since | undefined>()
      reads.set(id, known)
      return known
    }
    /** Is this the first read of somebody who has read it before? */
    const comesBack = ({ name }: WireConnection, key: string): boolean => {
      if (name !== '') return named.has(pair(name, key))
      const readers = cutOff.get(key) ?? 0
      cutOff.set(key, Math.max(0, readers - 1))
      return readers > 0
    }
    return {
      request(connection, command) {
        if (command.name !== 'XREAD') return
        const here = of(connection)
        for (const [i, key] of command.keys.entries()) {
          const since = here.get(key) ?? (!here.has(key) && comesBack(connection, key) ? 'a reconnect' : undefined)
          const atDollar = command.cursors[i] === LATEST
          if (atDollar && since !== undefined) warn(connection, `${readWords(command)} on ${key} from "$" again, after ${since}`)
          here.set(key, atDollar ? 'no answer' : here.get(key))
        }
      },
      reply(connection, command, outcome) {
        if (command.name !== 'XREAD') return
        const here = of(connection)
        for (const key of command.keys) if (here.get(key) !== undefined) here.set(key, sinceOf(key, outcome))
      },
      closed(connection, by) {
        for (const [key, since] of of(connection)) {
          if (since === undefined) continue
          if (connection.name !== '') named.add(pair(connection.name, key))
          else if (by !== 'client') cutOff.set(key, (cutOff.get(key) ?? 0) + 1)
        }
        reads.delete(connection.id)
      },
    }
  },
}

function sinceOf(key: string, outcome: Outcome): Since {
  if (outcome.is !== 'entries') return 'an error'
  return outcome.entries.some((entry) => entry.key === key) ? 'entries' : 'an empty answer'
}

/**
 * L2. A connection that waits in a blocking read does nothing else: what is sent behind it waits, too.
 *
 * Two things show on the wire, and the evidence says which: a command was really sent behind a read that was waiting; or
 * appends and blocking reads share a connection, which is harmless as long as the same loop does both, one after the
 * other. An XACK between two reads is what every group consumer does, and is no reason to warn.
 */
export const blockingShared: LintRule = {
  id: 'L2',
  title: 'Blocking reads share a connection with commands that write.',
  why: 'Redis answers a connection in order: an XADD behind XREAD BLOCK waits until the read returns, up to its whole time-out, and with a client that has a time-out of its own it fails or is sent twice.',
  fix: 'Give each blocking reader a connection of its own (client.duplicate() and the like), and write through another one.',
  source: 'race R36; rule 1.8',
  watch(warn): Watcher {
    const seen = new Map<number, { blocking?: Read | GroupRead; waiting?: Read | GroupRead; adds: boolean }>()
    const told = new Set<string>()
    return {
      request(connection, command) {
        const here = seen.get(connection.id) ?? { adds: false }
        seen.set(connection.id, here)
        const once = (evidence: string) => {
          if (!told.has(`${connection.id} ${evidence}`)) warn(connection, evidence)
          told.add(`${connection.id} ${evidence}`)
        }
        if (writes(command) && here.waiting !== undefined) once(`${command.name} sent behind ${readWords(here.waiting)}, which is waiting`)
        if (command.name === 'XADD') here.adds = true
        if (blocks(command)) {
          here.blocking = command
          here.waiting = command
        }
        if (here.adds && here.blocking !== undefined) once(`XADD and ${readWords(here.blocking)} on one connection`)
      },
      reply(connection, command) {
        const here = seen.get(connection.id)
        if (here?.waiting === command) delete here.waiting
      },
      closed({ id }) {
        seen.delete(id)
      },
    }
  },
}

const blocks = (command: StreamCommand): command is Read | GroupRead =>
  (command.name === 'XREAD' || command.name === 'XREADGROUP') && command.timeoutMs > 0

const WRITES = new Set<StreamCommand['name']>([
  ...(['XADD', 'XTRIM', 'XDEL', 'XACK', 'XCLAIM', 'XAUTOCLAIM'] as const),
  ...(['XGROUP CREATE', 'XGROUP SETID', 'XGROUP DELCONSUMER'] as const),
])

const writes = ({ name }: StreamCommand): boolean => WRITES.has(name)

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

/**
 * L7. A stream that is kept at a length drops its oldest entries, whether they were read or not.
 *
 * Two things are compared with that length: the COUNT of the program's own reads (so many it expects to find at once), and
 * how far its readers are behind what it has itself appended. Entries of other producers do not come over this wire: the
 * distance is at least that. With `~` the server keeps up to a node more, so a reader that is overtaken on paper may be safe
 * for another hundred entries; that is an accident of its configuration, and is warned of alike.
 */
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
          for (const { key, id } of outcome.entries) {
            const { readers } = of(key)
            readers.set(reader, maxId(id, readers.get(reader) ?? ORIGIN))
          }
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
