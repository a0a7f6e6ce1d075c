/** Anomalies: what a check found, with its evidence. The codes follow Jepsen, Elle and Kafka where they have one. */
import type { Analysis } from './analysis.js'
import type { Window } from './windows.js'

export const ANOMALY_CODES = [
  'lost-append',
  'duplicate-append',
  'inconsistent-offsets',
  'nonmonotonic-append',
  'incompatible-order',
  'stale-tail',
  'phantom-tail',
  'stale-read',
  'early-empty',
  'short-read',
  'over-read',
  'overfull-read',
  'int-poll-skip',
  'int-nonmonotonic-poll',
  'unexpected',
  'corrupt-read',
  'aborted-read',
  'future-read',
  'entry-skip',
  'poll-skip',
  'unseen',
  'nonmonotonic-poll',
  'duplicate-delivery',
  'replayed-history',
  'truncated-skip',
  'premature-end',
  'livelock',
  'stalled',
  'read-after-close',
  'leak',
] as const

/** What kind of anomaly: `unseen`, `duplicate-delivery` … docs/reading-a-failure.md#every-anomaly explains each. */
export type AnomalyCode = (typeof ANOMALY_CODES)[number]

/** The three that reports call "lost". */
export const LOST: ReadonlySet<AnomalyCode> = new Set(['entry-skip', 'poll-skip', 'unseen'])

/** Something that a check found in a history, with its evidence. */
export interface Anomaly {
  /** What kind it is. */
  readonly code: AnomalyCode
  /** The contract rule that it breaks, `4.2`. */
  readonly rule: string
  /** What was seen, as a sentence. */
  readonly evidence: string
  /** Which consumer of the schedule, from 0. */
  readonly consumer?: number
  /** Which session of that consumer, from 1. */
  readonly session?: number
  /** The entry that it is about, by its name in the history: `s1`, `fence`. */
  readonly value?: string
  /** That entry's id, as the history shows it. */
  readonly id?: string
  /** Where that entry was appended. */
  readonly window?: Window
}

/** Takes an analysis, gives what is wrong or nothing. */
export type Check = (analysis: Analysis) => readonly Anomaly[]

/** The rule that an anomaly speaks of, unless the window in which its entry fell says it better. */
const RULE: Record<AnomalyCode, string> = {
  'lost-append': '1.1',
  'duplicate-append': '1.3',
  'inconsistent-offsets': '1.4',
  'nonmonotonic-append': '1.4',
  'incompatible-order': '1.7',
  'stale-tail': '2.3',
  'phantom-tail': '2.4',
  'stale-read': '3.6',
  'early-empty': '3.8',
  'short-read': '3.4',
  'over-read': '3.1',
  'overfull-read': '3.5',
  'int-poll-skip': '3.4',
  'int-nonmonotonic-poll': '3.4',
  unexpected: '3.11',
  'corrupt-read': '1.5',
  'aborted-read': '1.2',
  'future-read': '1.4',
  'entry-skip': '4.3',
  'poll-skip': '4.3',
  unseen: '4.3',
  'nonmonotonic-poll': '4.7',
  'duplicate-delivery': '4.7',
  'replayed-history': '4.1',
  'truncated-skip': '6.1',
  'premature-end': '5.1',
  livelock: '4.6',
  stalled: '5.3',
  'read-after-close': '5.4',
  leak: '3.12',
}

const RULE_OF_LOSS: Record<Window, string> = {
  'connect-gap': '4.1',
  'empty-gap': '4.2',
  'batch-gap': '4.3',
  'in-block': '3.7',
  'error-gap': '4.5',
}

type Details = Partial<Omit<Anomaly, 'code' | 'evidence'>>

export function anomaly(code: AnomalyCode, evidence: string, details: Details = {}): Anomaly {
  const rule = details.rule ?? (LOST.has(code) && details.window !== undefined ? RULE_OF_LOSS[details.window] : RULE[code])
  return { code, ...details, rule, evidence }
}
