/**
 * Rules: what an implementation is held to, as values. A rule says what must hold and where to look; the scenarios that try
 * it first are found by their `rule`, and the anomalies that speak of it by theirs. To add one is to add its record to the list of its
 * section, in the file of catalogue/ that has these anomalies too. Numbering and wording: docs/rules.md, generated from these values.
 * §7, the kit's own honesty, is kept by its tests.
 */
import type { Capability } from '../contract/capabilities.js'
import type { Window } from './window.js'
import { type Anomaly, type AnomalyCode, LOST, catalogue } from './anomaly.js'
import { appendRules, tailRules } from './catalogue/appends-and-tails.js'
import { type CulpritName, culprits } from './catalogue/culprits.js'
import { deliveryRules } from './catalogue/deliveries.js'
import { readRules } from './catalogue/reads.js'

/** An anomaly that speaks of a rule; of a loss, only where one of these acts is its culprit. */
export interface Sign {
  readonly code: AnomalyCode
  readonly culprits?: readonly CulpritName[]
}

export interface Rule {
  /** `4.2` */
  readonly id: string
  /** `required` of everybody; `capability` where it is declared. */
  readonly level: 'required' | 'capability'
  /** One sentence: what must hold. */
  readonly intent: string
  /** What a violator looks like, in a few words. */
  readonly violator: string
  readonly needs?: Capability
  /** The anomalies that a violation shows itself as: those that speak of this rule first. */
  readonly signs: readonly Sign[]
  /** Where to look when it fails. */
  readonly ifItFails: string
  /** The same in a clause, where it says more than the hint of the anomaly. */
  readonly hint?: string
  /** Of what was found in a run, that which speaks of this rule; nothing where it held. */
  check(found: readonly Anomaly[]): readonly Anomaly[]
}

/** What a dialect says more plainly than rules and anomalies do, in the words of its store. */
export interface DialectWords {
  /** By the number of the rule. */
  readonly rules: Readonly<Record<string, Partial<Pick<Rule, 'intent' | 'violator' | 'ifItFails' | 'hint'>>>>
  /** By the code of the anomaly; those of losses by their culprit, or by their window where that is not told apart. */
  readonly hints: Readonly<Partial<Record<AnomalyCode | CulpritName | Window, string>>>
}

/** What a violation may show itself as: an anomaly, or any of those that reports call "lost". */
type Shown = AnomalyCode | 'lost'

/** A rule as its section writes it down, in a file of catalogue/, beside the anomalies that speak of it. */
export interface RuleRecord extends Omit<Rule, 'check' | 'signs'> {
  /** What a violation may show itself as, beside the anomalies whose own rule it is. */
  readonly also?: readonly Shown[]
}

function ruleFrom({ also = [], ...values }: RuleRecord): Rule {
  const { id } = values
  const signs = [...ownSigns(id), ...also.flatMap((shown) => (shown === 'lost' ? [...LOST] : [shown]).map((code) => ({ code })))]
  const shows = ({ code, culprit, rule }: Anomaly) =>
    (LOST.has(code) && rule === id) ||
    signs.some((sign: Sign) => sign.code === code && (sign.culprits === undefined || (culprit && sign.culprits.includes(culprit.name))))
  return { ...values, signs, check: (found) => found.filter(shows) }
}

/** The anomalies that name this rule; losses do so by their culprits. */
const ownSigns = (id: string): readonly Sign[] =>
  catalogue.flatMap(({ code, rule: own, lost }): Sign[] => {
    if (lost === undefined) return own === id ? [{ code }] : []
    const names = culprits.filter(({ rule }) => rule === id).map(({ name }) => name)
    return names.length === 0 ? [] : [{ code, culprits: names }]
  })

/** Where docs/rules.md speaks of a rule: `rule-4-2`. */
export const anchorOf = (id: string): string => `rule-${id.replace('.', '-')}`

/** Where to read of a rule, in the repository and in the package alike: `docs/rules.md#rule-4-2`. */
export const linkTo = (id: string): string => `docs/rules.md#${anchorOf(id)}`

/** Every rule, in the order of their numbers. */
export const rules: readonly Rule[] = [...appendRules, ...tailRules, ...readRules, ...deliveryRules].map(ruleFrom)

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
