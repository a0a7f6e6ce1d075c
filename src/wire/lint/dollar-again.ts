/**
 * L1. `$` is resolved by the server, anew for each read. Once it says where a reader starts; the second time it jumps over
 * what came since the read before.
 *
 * Also over a reconnect, where both connections have the same name, and the one before is closed. Connections without a name
 * cannot be told from those of another reader, and are not compared. A connection that goes back to a pool and begins to
 * follow the stream for somebody else looks the same as one that reads on: that one is warned of without reason.
 */
import { LATEST } from '../../contract/stream-id.js'
import type { Outcome } from './outcome.js'
import { type LintRule, type Watcher, type WireConnection, pair } from './rule.js'
import { type Read, readWords } from './stream-command.js'

type Since = 'an empty answer' | 'entries' | 'an error' | 'no answer'

export const dollarAgain: LintRule = {
  id: 'L1',
  title: 'A stream is read from "$" more than once.',
  why: 'What is added between the two reads lies below the second "$": no later read gives it.',
  fix: 'Resolve the tail once, to an id (XREVRANGE key + - COUNT 1, or last-generated-id of XINFO STREAM), and read on from the last id that was handed over; keep it over reconnects.',
  source: 'races R1, R2, R9, R10, R22',
  watch(warn): Watcher {
    /** Streams that a connection has read from `$`, and what it was told since. */
    const asked = new Map<number, Map<string, Since>>()
    /** The same, of closed connections that had a name. */
    const askedByName = new Map<string, Since>()
    const of = ({ id }: WireConnection) => {
      const known = asked.get(id) ?? new Map<string, Since>()
      asked.set(id, known)
      return known
    }
    return {
      request(connection, command) {
        if (command.name !== 'XREAD') return
        const here = of(connection)
        for (const key of keysAtDollar(command)) {
          const since = here.get(key)
          const before = askedByName.get(pair(connection.name, key))
          if (since !== undefined) warn(connection, `${readWords(command)} on ${key} from "$" again, after ${since}`)
          else if (before !== undefined && connection.name !== '')
            warn(connection, `${readWords(command)} on ${key} from "$" again, after a reconnect`)
          here.set(key, 'no answer')
        }
      },
      reply(connection, command, outcome) {
        if (command.name !== 'XREAD') return
        const here = of(connection)
        for (const key of command.keys) if (here.has(key)) here.set(key, sinceOf(key, outcome))
      },
      closed(connection) {
        for (const [key, since] of of(connection)) if (connection.name !== '') askedByName.set(pair(connection.name, key), since)
        asked.delete(connection.id)
      },
    }
  },
}

const keysAtDollar = ({ keys, cursors }: Read): readonly string[] => keys.filter((_, i) => cursors[i] === LATEST)

function sinceOf(key: string, outcome: Outcome): Since {
  if (outcome.is !== 'entries') return 'an error'
  return outcome.entries.some((entry) => entry.key === key) ? 'entries' : 'an empty answer'
}
