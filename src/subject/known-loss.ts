/** A loss, or any other anomaly, that is known and accepted until a day. */
import type { AnomalyCode } from '../oracle/anomaly.js'
import type { Window } from '../oracle/window.js'
import type { CulpritName } from '../oracle/catalogue/culprits.js'

/** What is accepted until a day: it is shown, and fails nothing until then. For `knownLosses` of a configuration. */
export type KnownLoss = KnownFinding | KnownAnomaly

/** One cause, whatever shows it: a scenario that is added later does not make it new. This is what `tailrace baseline` writes. */
export interface KnownFinding {
  /** The subject's name. */
  readonly subject: string
  /** The culprit of a loss, such as `latest-anew`, or the code of another anomaly. One of another version is kept, and never occurs. */
  readonly cause: CulpritName | AnomalyCode | (string & Record<never, never>)
  /**
   * The scenarios, `bursts` or `exploration` that have shown it. Where all of them are run and none shows it any more, it is reported as
   * gone. Without them that is never said.
   */
  readonly shownBy?: readonly string[]
  /** Why it is accepted. */
  readonly reason: string
  /** The last day on which it is: `2027-01-31`, in UTC. */
  readonly expires: string
}

/** One anomaly in one place, and in no other. */
export interface KnownAnomaly {
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
