/** Every rule, in the order of their numbers. §7, the kit's own honesty, is kept by its tests. */
import { appendRules } from './append.js'
import { cursorLoopRules } from './cursor-loop.js'
import { lifeCycleRules } from './life-cycle.js'
import { readRules } from './read.js'
import { retentionRules } from './retention.js'
import type { Rule } from './rule.js'
import { tailRules } from './tail.js'

export const rules: readonly Rule[] = [...appendRules, ...tailRules, ...readRules, ...cursorLoopRules, ...lifeCycleRules, ...retentionRules]

/** @throws RangeError when there is no such rule. */
export function ruleOf(id: string): Rule {
  const found = rules.find((rule) => rule.id === id)
  if (found === undefined) throw new RangeError(`there is no rule ${id}`)
  return found
}

/** What the sections are about, by their number. */
export const SECTIONS: Readonly<Record<string, string>> = {
  1: 'Append',
  2: 'Tail',
  3: 'Read',
  4: 'Cursor loop',
  5: 'Life cycle',
  6: 'Retention',
}
