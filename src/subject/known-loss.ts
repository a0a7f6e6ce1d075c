/** A loss, or any other anomaly, that is known and accepted until a day. */
import type { AnomalyCode } from '../oracle/anomaly.js'
import type { Window } from '../oracle/windows.js'

export interface KnownLoss {
  readonly subject: string
  /** The scenario's name, `bursts` or `exploration`. */
  readonly where: string
  readonly code: AnomalyCode
  readonly window?: Window
  readonly rule: string
  /** Why it is accepted. */
  readonly reason: string
  /** The last day on which it is: `2027-01-31`, in UTC. */
  readonly expires: string
}
