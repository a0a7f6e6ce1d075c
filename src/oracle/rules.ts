/**
 * Rules: what an implementation is held to, as values. A rule says what must hold and where to look; the scenarios that try
 * it first are found by their `rule`, and the anomalies that speak of it by theirs. To add one is to add its record to the list of its
 * section, in the file of catalogue/ that has these anomalies too. Numbering and wording: docs/rules.md, generated from these values.
 * §7, the kit's own honesty, is kept by its tests.
 */
import type { Capability } from '../contract/capabilities.js'
import type { MessageFate, Window } from './analysis.js'
import { type Anomaly, type AnomalyCode, LOST, catalogue } from './anomaly.js'
import { appendRules, tailRules } from './catalogue/appends-and-tails.js'
import { deliveryRules } from './catalogue/deliveries.js'
import { readRules } from './catalogue/reads.js'

/** An anomaly that speaks of a rule; with windows, only where the entry fell into one of them. */
export interface Sign {
  readonly code: AnomalyCode
  readonly windows?: readonly Window[]
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
  /** By the code of the anomaly; those of losses by their window, or by what became of the message about the entry. */
  readonly hints: Readonly<Partial<Record<AnomalyCode | Window | MessageFate, string>>>
}

/**
 * What a violation may show itself as: an anomaly, or one of those that reports call "lost", wherever the entry lies or only where it
 * was appended in that window.
 */
type Shown = AnomalyCode | 'lost' | `lost@${Window}`

/** A rule as its section writes it down, in a file of catalogue/, beside the anomalies that speak of it. */
export interface RuleRecord extends Omit<Rule, 'check' | 'signs'> {
  /** What a violation may show itself as, beside the anomalies whose own rule it is. */
  readonly also?: readonly Shown[]
}

function ruleFrom({ also = [], ...values }: RuleRecord): Rule {
  const signs = [...ownSigns(values.id), ...also.flatMap(signsOf)]
  return { ...values, signs, check: (found) => found.filter((each) => signs.some((sign) => shows(each, sign))) }
}

/** The anomalies that name this rule; losses do so by their windows. */
const ownSigns = (id: string): readonly Sign[] =>
  catalogue.flatMap(({ code, rule: own, ruleIn }): Sign[] => {
    if (ruleIn === undefined) return own === id ? [{ code }] : []
    const windows = (Object.keys(ruleIn) as Window[]).filter((window) => ruleIn[window] === id)
    return windows.length === 0 ? [] : [{ code, windows }]
  })

function signsOf(shown: Shown): readonly Sign[] {
  const [code, window] = shown.split('@') as [AnomalyCode | 'lost', Window?]
  if (code !== 'lost') return [{ code }]
  return [...LOST].map((each) => (window === undefined ? { code: each } : { code: each, windows: [window] }))
}

const shows = ({ code, window }: Anomaly, sign: Sign): boolean =>
  sign.code === code && (sign.windows === undefined || (window !== undefined && sign.windows.includes(window)))

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
