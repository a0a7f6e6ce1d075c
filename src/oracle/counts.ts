/** The figures of a run: what was owed, and how often the gap was really open. They make a green run believable. */
import { FENCE } from '../history/event.js'
import type { Analysis } from './analysis.js'
import { type Anomaly, LOST } from './anomaly.js'

/** How much a run had to deliver, and how much of it came. All are numbers of entries, but `gaps`. */
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

export function countsOf({ sessions }: Analysis, anomalies: readonly Anomaly[]): Counts {
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
