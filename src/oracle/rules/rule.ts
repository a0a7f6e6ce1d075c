/**
 * Rules: what an implementation is held to, as values. A rule says which anomalies speak of it; the scenarios that try
 * it first are found by their `rule`. Numbering and wording: docs/rules.md, generated from these values.
 */
import type { Anomaly, AnomalyCode } from '../anomaly.js'
import type { Window } from '../windows.js'

/** What a subject may declare in its `capabilities` and is then held to. Rules of level `capability` are judged only where theirs is. */
export type Capability = 'signalsTruncation' | 'signalsRecreation' | 'resumes' | 'tailSurvivesTrim'

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
  /** The anomalies that a violation shows itself as. */
  readonly signs: readonly Sign[]
  /** Where to look when it fails. */
  readonly ifItFails: string
  /** Of what was found in a run, that which speaks of this rule; nothing where it held. */
  check(found: readonly Anomaly[]): readonly Anomaly[]
}

export const rule = (values: Omit<Rule, 'check'>): Rule => ({
  ...values,
  check: (found) => found.filter((each) => values.signs.some((sign) => shows(each, sign))),
})

/** An owed entry that never came, wherever it lies; with windows, only of those appended in one of them. */
export const lostIn = (...windows: readonly Window[]): readonly Sign[] =>
  (['entry-skip', 'poll-skip', 'unseen'] as const).map((code) => (windows.length === 0 ? { code } : { code, windows }))

const shows = ({ code, window }: Anomaly, sign: Sign): boolean =>
  sign.code === code && (sign.windows === undefined || (window !== undefined && sign.windows.includes(window)))

/** Where docs/rules.md speaks of a rule: `rule-4-2`. */
export const anchorOf = (id: string): string => `rule-${id.replace('.', '-')}`

/** Where to read of a rule, in the repository and in the package alike: `docs/rules.md#rule-4-2`. */
export const linkTo = (id: string): string => `docs/rules.md#${anchorOf(id)}`
