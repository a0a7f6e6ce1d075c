/** L6. A consumer that is deleted takes its pending list with it. The reply says how many entries were on it. */
import type { LintRule, Watcher } from './rule.js'

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
