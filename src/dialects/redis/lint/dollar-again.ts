/**
 * L1. `$` is resolved by the server, anew for each read. Once it says where a reader starts; the second time it jumps over
 * what came since the read before.
 *
 * Also over a reconnect. A new connection is one where it has the name of one that is closed, and, without a name, where one
 * was closed that its program had not closed itself. Readers that come and go are not taken for one. Two things are warned of
 * without reason: a connection that goes back to a pool and begins to follow the stream for somebody else, and a new
 * reader that comes where another one was cut off and stays away.
 */
import { LATEST } from '../../../contract/stream-id.js'
import type { Outcome } from './outcome.js'
import { type LintRule, type Watcher, type WireConnection, pair } from './rule.js'
import { readWords } from './stream-command.js'

type Since = 'an empty answer' | 'entries' | 'an error' | 'no answer' | 'a reconnect'

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
