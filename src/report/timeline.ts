/**
 * A history as a timeline: who did what to whom, in order, one lane each for the consumers, the store and the producer.
 * `timelineRows` says what is in it; how it looks is up to the renderers (timeline-text.ts).
 */
import type { Verdict } from '../oracle/check.js'
import { LOST } from '../oracle/anomaly.js'
import type { History, HistoryEvent } from '../history/event.js'
import { visible } from './text.js'
import { type ConsumerEvent, consumerWords } from './timeline-consumer.js'
import { fold } from './timeline-fold.js'
import { gapsOf } from './timeline-gaps.js'
import { otherWords } from './timeline-producer.js'
import type { Draft, TimelineRow } from './timeline-row.js'

export { renderTimeline } from './timeline-text.js'

export function timelineRows(history: History, verdict: Pick<Verdict, 'anomalies'>): readonly TimelineRow[] {
  const lost = new Set(
    verdict.anomalies.flatMap(({ code, value }) => (value !== undefined && (LOST.has(code) || code === 'premature-end') ? [value] : [])),
  )
  const gaps = gapsOf(history)
  let n = 0
  return fold(draftsOf(history, lost)).map((draft) => ({
    ...shown(draft),
    gaps: draft.kind === 'note' ? [] : gaps(draft.at),
    ...(draft.kind === 'move' ? { n: ++n } : {}),
  }))
}

function draftsOf(history: History, lost: ReadonlySet<string>): Draft[] {
  const drafts: Draft[] = []
  let step: number | undefined
  for (const [at, event] of history.entries()) {
    if (event.type === 'step') step = event.index + 1
    if (event.type === 'drain') step = undefined
    const words = isConsumers(event) ? consumerWords(history, at, event) : otherWords(history, at, event, lost)
    if (words === undefined) continue
    const whose = 'consumer' in event && event.consumer !== undefined ? { consumer: event.consumer } : {}
    drafts.push({ kind: 'move', at, ...whose, ...(step === undefined ? {} : { step }), ...words })
  }
  return drafts
}

/** A stall may be of a consumer; it is told as the harness's. */
const isConsumers = (event: HistoryEvent): event is ConsumerEvent => 'consumer' in event && event.type !== 'stalled'

/** What only folding needs is left behind, and the texts are made visible. */
function shown({ kind, at, until, step, consumer, consumerArrow, producerArrow, tone, ...rest }: Draft): Omit<TimelineRow, 'n' | 'gaps'> {
  const { consumerText, storeText, producerText, note } = rest
  const texts = Object.entries({ consumerText, storeText, producerText, note })
  const others = Object.entries({ until, step, consumer, consumerArrow, producerArrow, tone }).filter(([, value]) => value !== undefined)
  return {
    kind,
    at,
    ...Object.fromEntries(others),
    ...Object.fromEntries(texts.flatMap(([key, text]) => (text === undefined ? [] : [[key, visible(text)]]))),
  }
}
