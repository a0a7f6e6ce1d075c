/**
 * Anomalies, and the catalogue of their kinds. To add one is to add its record to a file of `catalogue/`: the rule that it
 * names, the tables of the documentation, the schema of reports and what is hinted at all follow from it.
 */
import { appendKinds, tailKinds } from './catalogue/appends-and-tails.js'
import { culpritRecord } from './catalogue/culprits.js'
import { deliveryKinds } from './catalogue/deliveries.js'
import type { Finding, KindRecord } from './catalogue/kind.js'
import { readKinds } from './catalogue/reads.js'

/** The consumer's doings, losses first, then what is wrong with reads, tails and appends: the order of reports. */
const KINDS = [...deliveryKinds, ...readKinds, ...tailKinds, ...appendKinds] as const

/**
 * What kind of anomaly: `unseen`, `duplicate-delivery` … docs/reading-a-failure.md#every-anomaly explains each. These are the ones that
 * this version looks for; reports of other versions may have others.
 */
export type AnomalyCode = (typeof KINDS)[number]['code']

export type AnomalyKind = KindRecord<AnomalyCode>

export const catalogue: readonly AnomalyKind[] = KINDS

/** What was delivered, and what was not: all that is the consumer's own doing. */
export const DELIVERY_KINDS: readonly AnomalyKind[] = deliveryKinds

export const ANOMALY_CODES: readonly AnomalyCode[] = KINDS.map(({ code }) => code)

/** Those that reports call "lost". */
export const LOST: ReadonlySet<AnomalyCode> = new Set(catalogue.filter(({ lost }) => lost).map(({ code }) => code))

/** Something that a check found in a history, with its evidence. */
export interface Anomaly extends Finding {
  /** What kind it is. */
  readonly code: AnomalyCode
  /** The contract rule that it breaks, `4.2`. */
  readonly rule: string
}

const byCode = new Map<string, AnomalyKind>(catalogue.map((each) => [each.code, each]))

/** Undefined for a code of another version. */
export const kindOf = (code: string): AnomalyKind | undefined => byCode.get(code)

export const anomaly = (code: AnomalyCode, evidence: string, details: Omit<Finding, 'evidence'> = {}): Anomaly =>
  anomalyOf(byCode.get(code)!, { evidence, ...details })

/** What a check of this kind found, with the rule that it speaks of. */
export function anomalyOf({ code, rule, ruleIn }: AnomalyKind, { evidence, ...details }: Finding): Anomaly {
  const { window, culprit } = details
  const broken = details.rule ?? (culprit && culpritRecord(culprit.name)?.rule) ?? (window && ruleIn?.[window]) ?? rule
  return { code, ...details, rule: broken, evidence }
}
