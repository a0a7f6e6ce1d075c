/**
 * L3. A group that is placed at `$` never gives out what is in the stream by then.
 *
 * Where the server refuses (the group is there already), nothing was placed. Whether the stream held anything cannot be
 * seen on the wire: on a new stream `$` and `0` are the same, until somebody deploys the producer first.
 */
import { LATEST } from '../../../contract/stream-id.js'
import type { LintRule, Watcher } from './rule.js'

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
