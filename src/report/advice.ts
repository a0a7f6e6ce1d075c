/**
 * What is said of rules and anomalies, in the words of the store. There is one dialect so far, and the in-memory model follows
 * it: with a second one, whoever asks has to say which.
 */
import { redisWords } from '../dialects/redis/words.js'
import { type Anomaly, kindOf } from '../oracle/anomaly.js'
import { type Rule, rules as plainRules } from '../oracle/rules.js'

const words = redisWords

/** Every rule, in the order of their numbers. */
export const rules: readonly Rule[] = plainRules.map((rule) => ({ ...rule, ...words.rules[rule.id] }))

const MAX_HINTS = 3

/** Where to look, and what to do about it: by what was found, where it fell, and the rule that it breaks. */
export const hintsFor = (anomalies: readonly Anomaly[]): readonly string[] => [...new Set(anomalies.flatMap(hintFor))].slice(0, MAX_HINTS)

/** None for an anomaly of another version. */
function hintFor({ code, rule, window = 'batch-gap' }: Anomaly): string | readonly never[] {
  const { hint, hintIn } = kindOf(code) ?? {}
  // What a group took and lost is lost to an error, wherever it was appended.
  const where = rule === '4.5' ? 'error-gap' : window
  const inWindow = hintIn && (words.hints[where] ?? hintIn[where])
  return rules.find(({ id }) => id === rule)?.hint ?? inWindow ?? words.hints[code] ?? hint ?? []
}
