/**
 * The oracle: a history in, a verdict out. Nothing in here knows a store, schedules or probes.
 *
 * `invalid` > `unknown` > `valid`. A run in which nothing was owed, or in which the schedule could not be followed, is
 * unknown: it shows neither a fault nor its absence.
 */
import { FENCE, type History } from '../history/event.js'
import { type Analysis, type CheckOptions, type Owed, analyse, waitedFor } from './analysis.js'
import { type Anomaly, type AnomalyKind, LOST, anomalyOf, catalogue } from './anomaly.js'
import { EXCUSES } from './excuses.js'
import { repeatedToText } from './catalogue/deliveries.js'

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
  /** How many entries the consumer does not owe since it declares that it delivers at most once, by the reason. */
  readonly excused?: { readonly [reason in 'unheard' | 'replyLost' | 'brokenOff']?: number }
}

/**
 * How much a run had to deliver, how much of it came, and how often the gap was really open: that makes a green run believable. All are
 * numbers of entries, but `gaps`.
 */
export interface Counts {
  /** Entries that some session had promised to deliver, counted per session; the fence aside. */
  readonly owed: number
  readonly delivered: number
  readonly lost: number
  /** Gaps (not waits) in which something was appended, entries appended there, and those of them delivered. */
  readonly gaps: number
  readonly injected: number
  readonly injectedDelivered: number
}

export const NO_COUNTS: Counts = { owed: 0, delivered: 0, lost: 0, gaps: 0, injected: 0, injectedDelivered: 0 }

export interface JudgeOptions extends CheckOptions {
  /** What to look for. Default: all that is in the catalogue. */
  readonly checks?: readonly AnomalyKind[] | undefined
  /** Why the schedule could not be followed to its end, if so. */
  readonly cutShort?: string | undefined
  /** Why something that the schedule says was not tried after all. */
  readonly untried?: string | undefined
  /** Nothing of it comes late: it ran in this process, and what it had under way was waited for. Default false. */
  readonly prompt?: boolean | undefined
  /** Why what one consumer did may be another's: nothing is judged then. */
  readonly confused?: string | undefined
}

export function check(history: History, options: JudgeOptions = {}): Verdict {
  if (options.confused !== undefined) return { result: 'unknown', anomalies: [], reasons: [options.confused], counts: NO_COUNTS }
  const analysis = analyse(history, options)
  const anomalies: Anomaly[] = []
  for (const kind of options.checks ?? catalogue) {
    if (kind.check === undefined || (kind.needs !== undefined && analysis[kind.needs].length === 0)) continue
    for (const found of kind.check(analysis)) anomalies.push(anomalyOf(kind, found))
  }
  const counts = countsOf(analysis, anomalies)
  const reasons: string[] = []
  const late = mayStillCome(analysis)
  if (late !== undefined) reasons.push(late)
  if (options.cutShort !== undefined) reasons.push(options.cutShort)
  const woken = options.prompt === true ? wokenByFence(analysis) : undefined
  if (woken !== undefined) reasons.push(woken)
  const again = repeatedToText(analysis)
  if (again !== undefined) reasons.push(again)
  if (analysis.sessions.some(({ gaveUp }) => gaveUp)) {
    reasons.push(
      'the consumer ended with the error of a read that the schedule let fail: nothing says whether it would have lost anything (capabilities.retries: false takes such scenarios off the list)',
    )
  } else if (counts.owed === 0 && reasons.length === 0) reasons.push(`nothing was owed: ${whyNothing(analysis)}`)
  else if (counts.delivered === 0 && reasons.length === 0)
    reasons.push('nothing was judged: no consumer came to rest, so what was owed is merely pending')
  if (options.untried !== undefined) reasons.push(options.untried)
  const result = anomalies.length > 0 ? 'invalid' : reasons.length > 0 ? 'unknown' : 'valid'
  // Of an invalid one only that counts.
  const cutShort = options.cutShort === undefined ? [] : [options.cutShort]
  const excused = excusedIn(analysis)
  return { result, anomalies, reasons: result === 'unknown' ? reasons : cutShort, counts, ...(excused && { excused }) }
}

function excusedIn({ sessions }: Analysis): Verdict['excused'] {
  const all = sessions.flatMap(({ excuses }) => excuses)
  if (all.length === 0) return undefined
  return Object.fromEntries(
    EXCUSES.map((each) => [each, all.filter((excuse) => excuse === each).length]).filter(([, entries]) => entries !== 0),
  )
}

/** What to say of an own timer that may ring later than anybody waits. */
export const OWN_TIMERS = 'how long its own timers take, nobody has said (--catch-up-within, catchUpWithinMs)'

/** It is missing, and not lost: a timer of the subject's own may bring it. */
function mayStillCome(analysis: Analysis): string | undefined {
  for (const session of analysis.sessions) {
    if (!session.quiet) continue
    for (const entry of session.undelivered) {
      const ms = waitedFor(entry, session, analysis)
      if (ms === undefined) continue
      const pending = analysis.unclaimed.has(entry.value) ? 'is pending in its group, and ' : ''
      return `${entry.value} at ${entry.id} ${pending}may still come (waited ${ms / 1000} s): ${OWN_TIMERS}`
    }
  }
  return undefined
}

/**
 * It had come to rest, and handed out only with the next entry what it had owed before: without that it would have kept it. Or a timer of its
 * own takes longer than it was waited for.
 */
function wokenByFence({ history, sessions }: Analysis): string | undefined {
  const fence = history.findIndex((event) => event.type === 'append-called' && event.value === FENCE)
  if (fence === -1) return undefined
  for (const { consumer, quiet, rests, owed, delivered } of sessions) {
    const rest = rests.findLast(({ at }) => at < fence)
    if (!quiet || rest === undefined) continue
    const isLate = ({ value, called }: Owed) => called < rest.at && (delivered.find((each) => each.value === value)?.at ?? -1) > fence
    const late = owed.find(isLate)
    if (late !== undefined)
      return `${late.value} at ${late.id} came only with the next entry: consumer ${consumer} was at rest before that, and had kept it (a wake-up that it missed, or a timer of its own that takes longer than it was waited for)`
  }
  return undefined
}

function whyNothing({ history, sessions }: Analysis): string {
  const appends = history.filter((event) => event.type === 'append-called')
  if (appends.length > 0 && appends.every((event) => event.withheldFrom !== undefined || event.optionalFor !== undefined))
    return 'of what was appended, owes says that it is owed to nobody, or not to every consumer'
  const failed = history.findLast((event) => event.type === 'append-returned' && event.outcome !== 'ok')
  if (failed?.type === 'append-returned' && !history.some((event) => event.type === 'append-returned' && event.outcome === 'ok')) {
    return `no append was acknowledged (${failed.error ?? failed.outcome})`
  }
  if (sessions.some(({ excuses }) => excuses.length > 0))
    return 'whatever the consumer was to deliver was lost on its way to it, and it declares that it delivers at most once'
  const tail = history.findLast((event) => event.type === 'tail-returned')
  if (tail?.type === 'tail-returned' && tail.error !== undefined)
    return `the consumer never came to read, because the tail failed (${tail.error})`
  const reads = history.flatMap((event) => (event.type === 'read-returned' ? [event] : []))
  if (reads.length > 1 && reads.every(({ outcome }) => outcome === 'error')) return `every read failed (${reads.at(-1)!.error})`
  const restless = history.find((event) => event.type === 'restless')
  if (restless?.type === 'restless') return `the consumer did not come to rest: no read of its ${restless.gates} gates came back empty`
  if (sessions.some(({ owed }) => owed.some(({ value, delivered, removed }) => value !== FENCE && !delivered && removed !== Infinity)))
    return 'what was appended after the consumer had promised delivery was removed again before it came to read it'
  const closed = history.find((event) => event.type === 'closed')
  if (closed?.type === 'closed' && closed.how !== 'aborted')
    return `the consumer had ended before${closed.error === undefined ? '' : ` (${closed.error})`}`
  return 'no entry was appended after the consumer had promised delivery'
}

function countsOf({ sessions }: Analysis, anomalies: readonly Anomaly[]): Counts {
  const counts = { ...NO_COUNTS }
  for (const { owed, undelivered, track, closed } of sessions) {
    // One that was told to stop owes nothing any more: what it left, the session that resumes owes.
    const missing = new Set(closed?.how === 'aborted' ? [] : undelivered)
    const gaps = new Set<number>()
    for (const entry of owed) {
      const { value, window, called, delivered } = entry
      if (value === FENCE || (!delivered && !missing.has(entry))) continue
      counts.owed++
      if (delivered) counts.delivered++
      if (window === 'in-block') continue
      gaps.add(track.lastBefore(called))
      counts.injected++
      if (delivered) counts.injectedDelivered++
    }
    counts.gaps += gaps.size
  }
  counts.lost = anomalies.filter(({ code, value }) => LOST.has(code) && value !== FENCE).length
  return counts
}

export const addCounts = (a: Counts, b: Counts): Counts => ({
  owed: a.owed + b.owed,
  delivered: a.delivered + b.delivered,
  lost: a.lost + b.lost,
  gaps: a.gaps + b.gaps,
  injected: a.injected + b.injected,
  injectedDelivered: a.injectedDelivered + b.injectedDelivered,
})
