/**
 * Rules: what an implementation is held to, as values. A rule says which anomalies speak of it; the scenarios that try
 * it first are found by their `rule`. Numbering and wording: docs/rules.md, generated from these values.
 */
import type { Anomaly, AnomalyCode } from '../checker/anomaly.js'
import type { Window } from '../checker/windows.js'

/** What a subject may declare. Rules of level `capability` are judged only where theirs is. */
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
}

export const rule = (values: Rule): Rule => values

/** An owed entry that never came, wherever it lies; with windows, only of those appended in one of them. */
export const lostIn = (...windows: readonly Window[]): readonly Sign[] =>
  (['entry-skip', 'poll-skip', 'unseen'] as const).map((code) => (windows.length === 0 ? { code } : { code, windows }))

/** Does this anomaly speak of the rule? */
export const speaksOf = (found: Anomaly, { signs }: Rule): boolean =>
  signs.some(
    ({ code, windows }) => code === found.code && (windows === undefined || (found.window !== undefined && windows.includes(found.window))),
  )

/** Where docs/rules.md speaks of a rule: `rule-4-2`. */
export const anchorOf = (id: string): string => `rule-${id.replace('.', '-')}`
