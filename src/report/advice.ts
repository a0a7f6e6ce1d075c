/** What is said of rules and anomalies, in the words of a store. */
import type { Words } from '../dialects/words.js'
import { type Anomaly, kindOf } from '../oracle/anomaly.js'
import { culpritRecord } from '../oracle/catalogue/culprits.js'
import type { Verdict } from '../oracle/check.js'
import { EXCUSES, type Excuse } from '../oracle/excuses.js'
import { count } from './text.js'
import { type Rule, rules as plainRules } from '../oracle/rules.js'

/** Every rule, in the order of their numbers. */
export const rulesIn = (words: Words): readonly Rule[] => plainRules.map((rule) => ({ ...rule, ...words.rules[rule.id] }))

const EXCUSED: Readonly<Record<Excuse, string>> = {
  unheard: 'that a channel told of while the consumer did not hear it',
  replyLost: 'that its group gave out in a reply that never arrived',
  brokenOff: 'that the consumer had been given, and had not handed out when its connection or a command failed,',
}

/** Of entries that one which declares to deliver at most once does not owe: a line for each reason. */
export const excusedTexts = (all: readonly NonNullable<Verdict['excused']>[]): readonly string[] =>
  EXCUSES.flatMap((each) => {
    const entries = all.reduce((sum, excused) => sum + (excused[each] ?? 0), 0)
    if (entries === 0) return []
    return [`at-most-once, as declared: ${count(entries, 'entry')} ${EXCUSED[each]} ${entries === 1 ? 'is' : 'are'} not counted as lost`]
  })

const MAX_HINTS = 3

/** Where to look, and what to do about it: by what was found, where it fell, and the rule that it breaks. */
export const hintsFor = (anomalies: readonly Anomaly[], words: Words): readonly string[] =>
  [...new Set(anomalies.flatMap((anomaly) => hintFor(anomaly, words)))].slice(0, MAX_HINTS)

/** None for an anomaly of another version. */
function hintFor({ code, rule, window = 'batch-gap', culprit }: Anomaly, words: Words): string | readonly never[] {
  const { hint, hintIn } = kindOf(code) ?? {}
  const ofCulprit = culprit && (words.hints[culprit.name] ?? culpritRecord(culprit.name)?.hint)
  const ofRule = words.rules[rule]?.hint ?? plainRules.find(({ id }) => id === rule)?.hint
  const inWindow = hintIn && (words.hints[window] ?? hintIn[window])
  return ofCulprit ?? ofRule ?? inWindow ?? words.hints[code] ?? hint ?? []
}
