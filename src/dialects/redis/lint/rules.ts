/** Every lint rule, in the order of their numbers. docs/wire-lint.md explains each. */
import { acknowledgedUnread } from './acknowledged-unread.js'
import { blockingShared } from './blocking-shared.js'
import { consumerDeleted } from './consumer-deleted.js'
import { dollarAgain } from './dollar-again.js'
import { groupAtDollar } from './group-at-dollar.js'
import { pendingUnread } from './pending-unread.js'
import type { LintRule } from './rule.js'
import { trimOvertakes } from './trim-overtakes.js'

export const lintRules: readonly LintRule[] = [
  dollarAgain,
  blockingShared,
  groupAtDollar,
  pendingUnread,
  acknowledgedUnread,
  consumerDeleted,
  trimOvertakes,
]

/** @throws RangeError when there is no such rule. */
export function lintRuleOf(id: string): LintRule {
  const found = lintRules.find((rule) => rule.id === id)
  if (found === undefined) throw new RangeError(`there is no lint rule ${id}`)
  return found
}
