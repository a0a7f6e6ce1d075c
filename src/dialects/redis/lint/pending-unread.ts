/**
 * L4. What a group has given out stays on its consumer's pending list until it is acknowledged, and `>` never gives it again.
 * So who comes back from a broken connection has to read that list: the reply that was on its way is on it.
 *
 * A reconnect counts where a connection closed with a `>` read that was not answered, or while entries given out on it
 * were not acknowledged, and another one then reads `>` for the same group and stream. The list is read by XREADGROUP with an
 * id, XAUTOCLAIM, XCLAIM, or an XPENDING that finds nothing. It may be read later than `>`, and a program that has claimed
 * before has a loop that will claim again: the warning comes when the program ends without either.
 */
import { type LintRule, type Watcher, type WireConnection, pair } from './rule.js'
import type { GroupRead } from './stream-command.js'

/** The pending list of one consumer on one stream, as far as it can be seen. */
interface Pending {
  readonly key: string
  readonly group: string
  /** Entries given out and not acknowledged, and the connection that got them. */
  readonly unacknowledged: Map<string, number>
  /** Connections with a `>` read that is not answered. */
  readonly waiting: Set<number>
  /** A connection closed, and something may have been on its way. */
  broken: boolean
  suspect?: { readonly connection: WireConnection; readonly evidence: string }
}

export const pendingUnread: LintRule = {
  id: 'L4',
  title: 'After a reconnect a group is read from ">" only, and its pending list is not read.',
  why: 'The server counts an entry as given out when it sends it. If the connection breaks on the way, the entry is pending, and ">" skips it for ever.',
  fix: 'After every reconnect read the pending list first (XREADGROUP … STREAMS key 0, until it is empty), or claim what is idle in a loop (XAUTOCLAIM).',
  source: 'races R11, R12',
  watch(warn): Watcher {
    const lists = new Map<string, Pending>()
    /** Groups of streams in which the program claims. */
    const claiming = new Set<string>()
    const of = (key: string, group: string, consumer: string): Pending => {
      const name = pair(key, group, consumer)
      const known = lists.get(name) ?? { key, group, unacknowledged: new Map<string, number>(), waiting: new Set<number>(), broken: false }
      lists.set(name, known)
      return known
    }
    const ofGroup = (key: string, group: string) => [...lists.values()].filter((list) => list.key === key && list.group === group)
    const looked = (list: Pending) => {
      list.broken = false
      delete list.suspect
    }
    const readNew = (connection: WireConnection, list: Pending) => {
      const evidence = `XREADGROUP ${list.group} on ${list.key} from ">" after a reconnect, and no read of the pending list`
      if (list.broken && !claiming.has(pair(list.key, list.group))) list.suspect ??= { connection, evidence }
      list.broken = false
      list.waiting.add(connection.id)
    }
    return {
      request(connection, command) {
        if (command.name === 'XREADGROUP' && !command.noAck) {
          for (const { key, isNew } of streamsOf(command)) {
            const list = of(key, command.group, command.consumer)
            if (isNew) readNew(connection, list)
            else looked(list)
          }
        } else if (command.name === 'XCLAIM' || command.name === 'XAUTOCLAIM') {
          claiming.add(pair(command.key, command.group))
          ofGroup(command.key, command.group).forEach(looked)
        } else if (command.name === 'XACK') {
          for (const { unacknowledged } of ofGroup(command.key, command.group)) for (const id of command.ids) unacknowledged.delete(id)
        }
      },
      reply(connection, command, outcome) {
        if (command.name === 'XPENDING' && outcome.is === 'number' && outcome.value === 0)
          ofGroup(command.key, command.group).forEach(looked)
        if (command.name !== 'XREADGROUP' || command.noAck) return
        const { group, consumer } = command
        for (const { key, isNew } of streamsOf(command)) if (isNew) of(key, group, consumer).waiting.delete(connection.id)
        if (outcome.is !== 'entries') return
        for (const { key, id } of outcome.entries) of(key, group, consumer).unacknowledged.set(id, connection.id)
      },
      closed({ id }) {
        for (const list of lists.values()) {
          if (list.waiting.delete(id) || [...list.unacknowledged.values()].includes(id)) list.broken = true
        }
      },
      end() {
        for (const { suspect } of lists.values()) if (suspect !== undefined) warn(suspect.connection, suspect.evidence)
      },
    }
  },
}

const streamsOf = ({ keys, cursors }: GroupRead) => keys.map((key, i) => ({ key, isNew: cursors[i] === '>' }))
