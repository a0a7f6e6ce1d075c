/**
 * The oracle: a history in, a verdict out. Nothing in here knows Redis, schedules or probes.
 *
 * `invalid` > `unknown` > `valid`. A run in which nothing was owed, or in which the schedule could not be followed, is
 * unknown: it shows neither a fault nor its absence.
 */
import type { History } from '../history/event.js'
import { type CheckOptions, analyse } from './analysis.js'
import * as appendChecks from './anomalies/append.js'
import * as deliveryChecks from './anomalies/delivery.js'
import { endedOnFault, livelock, prematureEnd, readAfterClose, stalled } from './anomalies/life-cycle.js'
import * as readChecks from './anomalies/read.js'
import * as retentionChecks from './anomalies/retention.js'
import * as tailChecks from './anomalies/tail.js'
import type { Anomaly, Check } from './anomaly.js'
import { type Counts, countsOf } from './counts.js'

/** What the checks say of one history. */
export interface Verdict {
  /**
   * `valid`: something was owed, and all of it was delivered (exit code 0). `invalid`: at least one anomaly (1). `unknown`: nothing was
   * owed, or the schedule could not be followed (2).
   */
  readonly result: 'valid' | 'invalid' | 'unknown'
  /** Losses first: what a reader wants to know. */
  readonly anomalies: readonly Anomaly[]
  /** Why it is unknown; of an invalid one, why it could not be followed to its end, if so. */
  readonly reasons: readonly string[]
  /** How much was owed, delivered and lost. */
  readonly counts: Counts
}

/** What was delivered, and what was not: all that is the consumer's own doing. In the order of reports. */
export const DELIVERY_CHECKS: readonly Check[] = [
  deliveryChecks.entrySkip,
  deliveryChecks.pollSkip,
  deliveryChecks.unseen,
  ...Object.values(retentionChecks),
  prematureEnd,
  livelock,
  stalled,
  deliveryChecks.nonmonotonicPoll,
  deliveryChecks.duplicateDelivery,
  deliveryChecks.replayedHistory,
  readAfterClose,
]

/** The consumer's doings, then what is wrong with reads, tails and appends. */
export const CHECKS: readonly Check[] = [
  ...DELIVERY_CHECKS,
  ...Object.values(readChecks),
  ...Object.values(tailChecks),
  ...Object.values(appendChecks),
]

export interface JudgeOptions extends CheckOptions {
  /** Default: all of them. */
  readonly checks?: readonly Check[]
  /** Why the schedule could not be followed to its end, if so. */
  readonly cutShort?: string
}

export function check(history: History, options: JudgeOptions = {}): Verdict {
  const analysis = analyse(history, options)
  const anomalies: Anomaly[] = []
  for (const run of options.checks ?? CHECKS) for (const found of run(analysis)) anomalies.push(found)
  const counts = countsOf(analysis, anomalies)
  const reasons: string[] = []
  if (options.cutShort !== undefined) reasons.push(options.cutShort)
  if (analysis.sessions.some(({ closed }) => closed !== undefined && endedOnFault(closed))) {
    reasons.push(
      'the consumer ended with the read error that the schedule injected: nothing says whether it would have lost anything (capabilities.retries: false takes such scenarios off the list)',
    )
  } else if (counts.owed === 0 && reasons.length === 0) reasons.push(`nothing was owed: ${whyNothing(history)}`)
  else if (counts.delivered === 0 && reasons.length === 0)
    reasons.push('nothing was judged: no consumer came to rest, so what was owed is merely pending')
  const result = anomalies.length > 0 ? 'invalid' : reasons.length > 0 ? 'unknown' : 'valid'
  return { result, anomalies, reasons: result === 'unknown' ? reasons : cutShort(options), counts }
}

const cutShort = ({ cutShort: reason }: JudgeOptions): string[] => (reason === undefined ? [] : [reason])

function whyNothing(history: History): string {
  const failed = history.findLast((event) => event.type === 'append-returned' && event.outcome !== 'ok')
  if (failed?.type === 'append-returned' && !history.some((event) => event.type === 'append-returned' && event.outcome === 'ok')) {
    return `no append was acknowledged (${failed.error ?? failed.outcome})`
  }
  const tail = history.findLast((event) => event.type === 'tail-returned')
  if (tail?.type === 'tail-returned' && tail.error !== undefined)
    return `the consumer never came to read, because the tail failed (${tail.error})`
  const restless = history.find((event) => event.type === 'restless')
  if (restless?.type === 'restless') return `the consumer did not come to rest: no read of its ${restless.gates} gates came back empty`
  const closed = history.find((event) => event.type === 'closed')
  if (closed?.type === 'closed' && closed.how !== 'aborted')
    return `the consumer had ended before${closed.error === undefined ? '' : ` (${closed.error})`}`
  return 'no entry was appended after the consumer had promised delivery'
}
