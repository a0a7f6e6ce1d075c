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
import { type LintRule, type Watcher, pair } from './rule.js'

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
