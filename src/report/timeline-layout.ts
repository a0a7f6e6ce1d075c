/** How wide the lanes of a timeline are: as wide as their texts where that fits, else narrower, the widest first. */
import type { TimelineRow } from './timeline-row.js'
import { widthOf } from './text.js'

export interface Layout {
  /** The consumers that have a lane of their own; one lane for all of them, labelled, where there are too many. */
  readonly lanes: readonly number[]
  readonly labelled: boolean
  readonly numbers: number
  readonly consumer: number
  readonly store: number
  readonly producer: number
  /** Of an arrow, with the blanks around it. */
  readonly arrow: number
  /** Of all of it, without the indentation. */
  readonly width: number
  /** What there is room for. */
  readonly available: number
}

export const INDENT = 2
/** Below it, lanes say nothing: see timeline-list.ts. */
export const MIN_WIDTH = 60
const MAX_LANES = 3
const MAX_ARROW = 9
const MIN_ARROW = 6
/** Narrower than this, lanes would be stacks of syllables. */
const MIN_LANE = { consumer: 11, store: 12, producer: 9 }

export function layoutOf(rows: readonly TimelineRow[], width: number): Layout {
  const consumers = [...new Set(rows.flatMap(({ consumer }) => (consumer === undefined ? [] : [consumer])))].sort((a, b) => a - b)
  const numbers = Math.max(1, String(rows.reduce((most, { n }) => Math.max(most, n ?? 0), 0)).length)
  const lanes = consumers.length === 0 ? [0] : consumers
  const room = width - INDENT - numbers - 3
  const least = lanes.length * MIN_LANE.consumer + (lanes.length - 1) * 2 + MIN_LANE.store + MIN_LANE.producer + 2 * MIN_ARROW
  const labelled = lanes.length > MAX_LANES || least > room
  return fit(rows, labelled ? lanes.slice(0, 1) : lanes, labelled, numbers, room)
}

function fit(rows: readonly TimelineRow[], lanes: readonly number[], labelled: boolean, numbers: number, room: number): Layout {
  const widest = (texts: readonly (string | undefined)[], least: number) =>
    texts.reduce((most, text) => Math.max(most, widthOf(text ?? '')), least)
  const label = labelled ? 3 : 0
  // A shaded cell has two more.
  const consumerText = ({ consumerText, gaps }: TimelineRow) =>
    gaps.length > 0 && consumerText !== undefined ? `░ ${consumerText}` : consumerText
  const lane = {
    consumer: widest(rows.map(consumerText), MIN_LANE.consumer) + label,
    store: widest(
      rows.map(({ storeText }) => storeText),
      MIN_LANE.store,
    ),
    producer: widest(
      rows.map(({ producerText }) => producerText),
      MIN_LANE.producer,
    ),
  }
  let arrow = MAX_ARROW
  const total = () => lanes.length * lane.consumer + (lanes.length - 1) * 2 + lane.store + lane.producer + 2 * arrow
  while (total() > room && arrow > MIN_ARROW) arrow--
  while (total() > room) {
    const names = (Object.keys(lane) as (keyof typeof lane)[]).filter((name) => lane[name] > MIN_LANE[name])
    const name = names.sort((a, b) => lane[b] - lane[a])[0]
    if (name === undefined) break
    lane[name]--
  }
  return { lanes, labelled, numbers, ...lane, arrow, width: total() + numbers + 3, available: room + INDENT + numbers + 3 }
}
