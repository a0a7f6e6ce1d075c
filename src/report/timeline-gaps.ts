/**
 * When a consumer had a gap open: from the moment that its last answer was known until its next read reached the store.
 * Only gaps in which the log was changed are of interest; one in which nothing happened is just how a loop looks.
 */
import type { History, HistoryEvent } from '../history/event.js'
import { FENCE } from '../history/event.js'
import type { Gap } from './timeline-row.js'

interface Interval extends Gap {
  /** Places in the history; neither end belongs to it. */
  readonly from: number
  readonly to: number
}

export function gapsOf(history: History): (at: number) => readonly Gap[] {
  const consumers = new Set(history.flatMap((event) => (event.type === 'session' ? [event.consumer] : [])))
  const intervals = [...consumers].flatMap((consumer) => intervalsOf(history, consumer))
  const used = intervals.filter(({ from, to }) => history.slice(from + 1, to).some(changesLog))
  return (at) => used.filter(({ from, to }) => at > from && at < to).map(({ consumer, name }) => ({ consumer, name }))
}

function intervalsOf(history: History, consumer: number): Interval[] {
  const intervals: Interval[] = []
  let open: { readonly from: number; readonly name: Gap['name'] } | undefined
  for (const [at, event] of history.entries()) {
    if (!('consumer' in event) || event.consumer !== consumer) continue
    const opens = opened(event)
    // The tail, asked for again inside a loop, does not begin another gap; nor does the pause in one.
    if (opens === 'connect-gap' && open !== undefined && open.name !== 'away') continue
    // A read that was cut off and is back in the store closes the gap, too.
    if (opens === undefined && event.type !== 'read-sent' && event.type !== 'blocked') continue
    if (open !== undefined) intervals.push({ consumer, ...open, to: at })
    open = opens === undefined ? undefined : { from: at, name: opens }
  }
  return open === undefined ? intervals : [...intervals, { consumer, ...open, to: history.length }]
}

function opened(event: HistoryEvent): Gap['name'] | undefined {
  switch (event.type) {
    case 'tail-returned':
    case 'announced':
    case 'read-called':
      return 'connect-gap'
    case 'session':
      return event.start === 'tail' ? undefined : 'connect-gap'
    case 'read-returned':
      return `${event.outcome}-gap`
    case 'read-ended':
      return event.how === 'error' ? 'error-gap' : undefined
    case 'disconnected':
      return 'error-gap'
    case 'closed':
      return 'away'
    default:
      return undefined
  }
}

function changesLog(event: HistoryEvent): boolean {
  return (event.type === 'append-returned' && event.value !== FENCE) || event.type === 'poisoned' || event.type === 'removed'
}
