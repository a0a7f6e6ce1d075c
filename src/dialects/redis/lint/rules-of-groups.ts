/** Lint rules of groups, what they have given out, and how it is acknowledged: L3 to L6. */
import { LATEST } from '../../../contract/stream-id.js'
import { type GroupRead, pair } from './command.js'
import type { LintRule, Watcher, WireConnection } from './rule.js'

/**
 * L3. A group that is placed at `$` never gives out what is in the stream by then.
 *
 * Where the server refuses (the group is there already), nothing was placed. Whether the stream held anything cannot be
 * seen on the wire: on a new stream `$` and `0` are the same, until somebody deploys the producer first.
 */
export const groupAtDollar: LintRule = {
  id: 'L3',
  title: 'A group is created at "$".',
  why: 'Entries that were added before the group was there are never given to it, also those of a producer that started a moment earlier, and those between a flush and the creation of the group anew.',
  fix: 'Create the group at 0, or at an id that is known to be handled.',
  source: 'races R16, R17',
  watch(warn): Watcher {
    return {
      reply(connection, command, outcome) {
        if (command.name !== 'XGROUP CREATE' && command.name !== 'XGROUP SETID') return
        if (command.id === LATEST && outcome.is !== 'error') warn(connection, `${command.name} ${command.key} ${command.group} $`)
      },
    }
  },
}

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

/**
 * L4. What a group has given out stays on its consumer's pending list until it is acknowledged, and `>` never gives it again.
 * So who comes back from a broken connection has to read that list: the reply that was on its way is on it.
 *
 * A reconnect counts where a connection closed with a `>` read that was not answered, or while entries given out on it
 * were not acknowledged, and another one then reads `>` for the same group and stream. The list is read by XREADGROUP with an
 * id or with CLAIM, XAUTOCLAIM, XCLAIM, or an XPENDING that finds nothing. It may be read later than `>`, and a program that has claimed
 * before has a loop that will claim again: the warning comes when the program ends without either.
 */
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
    const claims = (key: string, group: string) => {
      claiming.add(pair(key, group))
      ofGroup(key, group).forEach(looked)
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
            if (command.claims) claims(key, command.group)
            const list = of(key, command.group, command.consumer)
            if (isNew) readNew(connection, list)
            else looked(list)
          }
        } else if (command.name === 'XCLAIM' || command.name === 'XAUTOCLAIM') {
          claims(command.key, command.group)
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

/**
 * L5. An acknowledgement is the promise that nobody has to do this again. Given before the work is done, a crash in between
 * loses the entry.
 *
 * When the work is done, the wire does not tell: what a program shows comes through another pipe than its XACK, and which
 * of the two arrives first says nothing of their order. Two things can be told for sure. With NOACK the server acknowledges
 * in the name of the program, as it sends. And an XACK that takes entries off the list which were never given to the
 * program with what they hold (not by a read, a claim or a range) cannot follow on their handling. An entry that the program
 * remembers from before its start counts as such, too.
 */
export const acknowledgedUnread: LintRule = {
  id: 'L5',
  title: 'Entries are acknowledged before they are handled.',
  why: 'What is acknowledged is off the pending list: when the program fails before it has done its work, nobody gets the entry again.',
  fix: 'Handle the entry, then XACK it. Leave NOACK to what may be lost. To give an entry up, read or claim it and put it where somebody looks.',
  source: 'race R18',
  watch(warn): Watcher {
    const given = new Set<string>()
    return {
      request(connection, command) {
        if (command.name === 'XREADGROUP' && command.noAck)
          for (const key of command.keys) warn(connection, `XREADGROUP ${command.group} on ${key} with NOACK`)
      },
      reply(connection, command, outcome) {
        if (outcome.is === 'entries') for (const { key, id } of outcome.entries) given.add(pair(key, id))
        if (command.name !== 'XACK' || outcome.is !== 'number') return
        const known = command.ids.filter((id) => given.has(pair(command.key, id))).length
        if (outcome.value > known) warn(connection, `XACK ${command.key} ${command.group} of entries that the program was not given`)
      },
    }
  },
}

/** L6. A consumer that is deleted takes its pending list with it. The reply says how many entries were on it. */
export const consumerDeleted: LintRule = {
  id: 'L6',
  title: 'A consumer is deleted while entries are pending for it.',
  why: 'The entries were given out and not acknowledged. With the list they are gone from the group: ">" does not give them again, and nobody can claim them.',
  fix: 'Claim what is pending first (XAUTOCLAIM, or XPENDING and XCLAIM), and delete the consumer when its list is empty.',
  source: 'race R15',
  watch(warn): Watcher {
    return {
      reply(connection, command, outcome) {
        if (command.name !== 'XGROUP DELCONSUMER' || outcome.is !== 'number' || outcome.value === 0) return
        const entries = outcome.value === 1 ? '1 entry' : `${outcome.value} entries`
        warn(connection, `XGROUP DELCONSUMER ${command.key} ${command.group} with ${entries} pending`)
      },
    }
  },
}
