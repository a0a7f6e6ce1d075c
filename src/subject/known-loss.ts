/** A loss, or any other anomaly, that is known and accepted until a day. */
import type { AnomalyCode } from '../oracle/anomaly.js'
import type { Window } from '../oracle/analysis.js'

/** One loss, or other anomaly, that is accepted until a day: it is shown, and fails nothing until then. For `knownLosses` of a configuration. */
export interface KnownLoss {
  /** The subject's name. */
  readonly subject: string
  /** The scenario's name, `bursts` or `exploration`. */
  readonly where: string
  /** What kind of anomaly. One of another version is kept, and never occurs. */
  readonly code: AnomalyCode | (string & Record<never, never>)
  /** Where the entry was appended. Missing: an anomaly that has no window. */
  readonly window?: Window
  /** The rule that it breaks, `4.2`. */
  readonly rule: string
  /** Why it is accepted. */
  readonly reason: string
  /** The last day on which it is: `2027-01-31`, in UTC. */
  readonly expires: string
}
