/** What the catalogue says of each kind of anomaly, and what a check gives. */
import type { Analysis } from '../analysis.js'
import type { Window } from '../window.js'
import type { Culprit } from '../culprit.js'

/** What a check found in a history, with its evidence: an anomaly without its kind. */
export interface Finding {
  /** The contract rule that it breaks, `4.2`, where that is not what its kind says. */
  readonly rule?: string
  /** What was seen, as a sentence. */
  readonly evidence: string
  /** Which consumer of the schedule, from 0. */
  readonly consumer?: number
  /** Which session of that consumer, from 0. */
  readonly session?: number
  /** The entry that it is about, by its name in the history: `s1`, `fence`. */
  readonly value?: string
  /** That entry's id, as the history shows it. */
  readonly id?: string
  /** Where that entry was appended. */
  readonly window?: Window
  /** Of a loss: the act by which that entry was lost. */
  readonly culprit?: Culprit
}

/** Takes an analysis, gives what is wrong or nothing. */
export type Check = (analysis: Analysis) => readonly Finding[]

/** The record of one kind of anomaly. Help, tables, schema and rules are made from these. */
export interface KindRecord<Code extends string = string> {
  /** As Jepsen, Elle or Kafka name it, where they do. */
  readonly code: Code
  /** What was seen, for a table: a clause without an end. */
  readonly seen: string
  /** The rule that it speaks of; of a loss, where nothing is known of its culprit and its window. */
  readonly rule: string
  /** Of a loss whose culprit is not told apart: the rule that losses in this window mostly break. */
  readonly ruleIn?: Readonly<Record<Window, string>>
  /** Where to look and what to do about it. */
  readonly hint: string
  /** Of a loss whose culprit is not told apart: what losses in this window mostly come from. */
  readonly hintIn?: Readonly<Record<Window, string>>
  /** It is one of those that reports call "lost". */
  readonly lost?: true
  /** Without any of these there is nothing to check. */
  readonly needs?: 'appends' | 'reads' | 'removals' | 'sessions' | 'stalls' | 'tails'
  /** Undefined where it does not show in a history, and somebody else reports it. */
  readonly check?: Check
}

/** Gives a record its types. */
export const kind = <const Code extends string>(record: KindRecord<Code>): KindRecord<Code> => record
