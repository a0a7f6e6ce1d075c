/**
 * A timeline as text.
 *
 * ```
 *      consumer                   store                         producer
 *   2  read #1 after "$" ──────▶  "$" is 0-0; waits, BLOCK 2000
 *   3  empty             ◀──────  times out
 *   4  ░░ empty gap ░░░           1-0                 ◀──────   append s1
 * ✗ 5  read #2 after "$" ──────▶  "$" is 1-0; waits, BLOCK 2000
 * ```
 * The row with the `✗` lost the entry.
 * A text that is wider than its lane goes on below, in that lane. An arrow of the first of several consumers runs
 * through the lanes of the others, which have nothing to say on that row.
 */
import type { Style } from '../style.js'
import { clip, padEnd, paragraph, widthOf, wrap } from '../text.js'
import type { Arrow, TimelineRow, Gap } from './rows.js'

/** In front of the row that lost an entry. */
const CULPRIT = '✗'
/** More lines than this in one cell say no more than the beginning. */
const MAX_LINES = 4

export interface TimelineOptions {
  /** Default 80. There are no lanes below 60. */
  readonly width?: number
  readonly style: Style
}

export function renderTimeline(rows: readonly TimelineRow[], { width = 80, style }: TimelineOptions): string {
  if (width < MIN_WIDTH) return renderList(rows, { width, style })
  const layout = layoutOf(rows, width)
  const rule = style.faint(' '.repeat(INDENT) + '─'.repeat(layout.width))
  return [heading(layout, style), rule, ...rows.flatMap((row) => linesOf(row, layout, style)), rule].join('\n')
}

const gutter = (layout: Layout, text: string, sign = '') => `${sign.padEnd(INDENT)}${text.padEnd(layout.numbers)}   `

function heading(layout: Layout, style: Style): string {
  const { lanes, labelled, consumer, store, arrow } = layout
  const names = labelled ? ['consumers'] : lanes.map((lane) => (lanes.length === 1 ? 'consumer' : `consumer ${lane}`))
  const blank = ' '.repeat(arrow)
  const consumers = names.map((name) => padEnd(name, consumer)).join('  ')
  return style.strong(`${gutter(layout, '')}${consumers}${blank}${padEnd('store', store)}${blank}producer`)
}

function linesOf(row: TimelineRow, layout: Layout, style: Style): string[] {
  const mark = row.n === undefined ? '┊' : String(row.n)
  if (row.kind === 'note') return noteLines(row, layout, style)
  const own = layout.labelled ? 0 : Math.max(0, layout.lanes.indexOf(row.consumer ?? -1))
  const cells = layout.lanes.map((lane, index) => consumerCell(row, lane, index === own, layout))
  const store = cell(row.storeText, layout.store)
  const producer = cell(row.producerText, layout.producer)
  const height = Math.max(store.length, producer.length, ...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) => {
    const first = line === 0
    const texts = cells.map((lines) => (lines.length === 1 && lines[0]!.startsWith('░░') ? lines[0]! : (lines[line] ?? '')))
    const consumers = withArrow(texts, own, first ? row.consumerArrow : undefined, layout)
    const right = first && row.producerArrow !== undefined ? shaft(row.producerArrow, layout.arrow) : ' '.repeat(layout.arrow)
    const paint = row.tone === undefined ? (text: string) => text : style[row.tone]
    const rest = `${padEnd(store[line] ?? '', layout.store)}${right}${producer[line] ?? ''}`
    return `${style.faint(gutter(layout, first ? mark : '', first && row.culprit ? CULPRIT : ''))}${paint(`${consumers}${rest}`.trimEnd())}`.trimEnd()
  })
}

function noteLines(row: TimelineRow, layout: Layout, style: Style): string[] {
  const whose = row.consumer !== undefined && (layout.labelled || layout.lanes.length > 1) ? `consumer ${row.consumer}: ` : ''
  const paint = row.tone === undefined ? style.faint : style[row.tone]
  return paragraph(whose + (row.note ?? ''), layout.available, gutter(layout, ''), gutter(layout, '┊')).map(paint)
}

/** The lines of one lane, each no wider than it. */
function cell(text: string | undefined, width: number): string[] {
  if (text === undefined) return ['']
  const lines = wrap(text, width)
  return lines.length <= MAX_LINES
    ? lines
    : [...lines.slice(0, MAX_LINES - 1), clip(`${lines[MAX_LINES - 1]!} ${lines[MAX_LINES]!}…`, width)]
}

/** What the consumer of this lane does; or, while it has a gap open and somebody else moves, the gap. */
function consumerCell(row: TimelineRow, lane: number, own: boolean, layout: Layout): string[] {
  const { labelled, consumer: width } = layout
  const gaps = labelled ? row.gaps : row.gaps.filter(({ consumer }) => consumer === lane)
  const shade = gaps.length > 0
  if (own && row.consumerText !== undefined) {
    const label = labelled && row.consumer !== undefined ? `${row.consumer}: ` : ''
    const mine = labelled ? row.gaps.some(({ consumer }) => consumer === row.consumer) : shade
    return mine ? cell(label + row.consumerText, width - 2).map((line) => `░ ${line}`) : cell(label + row.consumerText, width)
  }
  if (!shade) return ['']
  const whole = gapHeading(gaps, labelled)
  // Rather without "gap" than cut off.
  const text = widthOf(whole) <= width ? whole : whole.replace(/ gap $/, ' ')
  return [clip(text + '░'.repeat(Math.max(0, width - widthOf(text))), width)]
}

const gapHeading = (gaps: readonly Gap[], labelled: boolean): string =>
  `░░ ${labelled ? `gap of ${gaps.map(({ consumer }) => consumer).join(', ')}` : gaps[0]!.name.replace('-', ' ')} `

/** The consumers' lanes and the arrow to the store, which starts at the lane of its consumer. */
function withArrow(texts: readonly string[], own: number, arrow: Arrow | undefined, layout: Layout): string {
  const width = layout.consumer
  if (arrow === undefined) return texts.map((text) => padEnd(text, width)).join('  ') + ' '.repeat(layout.arrow)
  const before = texts
    .slice(0, own + 1)
    .map((text) => padEnd(text, width))
    .join('  ')
  return before + shaft(arrow, layout.arrow + (texts.length - 1 - own) * (width + 2))
}

function shaft(arrow: Arrow, width: number): string {
  const line = '─'.repeat(Math.max(1, width - 4))
  const half = Math.floor((width - 4) / 2)
  switch (arrow) {
    case 'right':
      return ` ${line}▶  `
    case 'left':
      return ` ◀${line}  `
    case 'both':
      return ` ◀${line.slice(1)}▶  `
    case 'cut':
      return ` ${'─'.repeat(half)}╳${'─'.repeat(width - 4 - half)}  `
  }
}

// ── Layout ──
//
// How wide the lanes of a timeline are: as wide as their texts where that fits, else narrower, the widest first.

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
/** Below it, lanes say nothing: see the list below. */
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
  // A shaded cell has two more, and that of an open gap its heading.
  const consumerText = ({ consumerText, gaps }: TimelineRow) =>
    gaps.length === 0 ? consumerText : consumerText === undefined ? gapHeading(gaps, labelled) : `░ ${consumerText}`
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

// ── List ──
//
// A timeline where there is no room for lanes: who does what, one below the other, in the order in which it happens.
//
// ```
//   4  producer: append s1
//      store: 1-0
//      ░ the empty gap is open
// ```

export function renderList(rows: readonly TimelineRow[], { width, style }: { readonly width: number; readonly style: Style }): string {
  const several = new Set(rows.flatMap(({ consumer }) => (consumer === undefined ? [] : [consumer]))).size > 1
  const numbers = Math.max(1, String(rows.reduce((most, { n }) => Math.max(most, n ?? 0), 0)).length)
  const gutter = (text: string, sign = '') => `${sign.padEnd(2)}${text.padEnd(numbers)}  `
  const lines = rows.flatMap((row) => {
    const paint = row.tone === undefined ? (row.kind === 'note' ? style.faint : (text: string) => text) : style[row.tone]
    return itemsOf(row, several).flatMap((text, at) => {
      const mark = at > 0 ? '' : row.n === undefined ? '┊' : String(row.n)
      return paragraph(text, width, gutter(''), gutter(mark, at === 0 && row.culprit ? CULPRIT : '')).map(paint)
    })
  })
  return lines.join('\n')
}

function itemsOf(row: TimelineRow, several: boolean): readonly string[] {
  const gapText = ({ name: gap, consumer }: Gap) =>
    `░ ${gap === 'away' ? `${name(consumer)} is away` : `the ${gap.replace('-', ' ')}${several ? ` of ${name(consumer)}` : ''} is open`}`
  const name = (consumer: number | undefined) => (several && consumer !== undefined ? `consumer ${consumer}` : 'consumer')
  if (row.kind === 'note') return [several && row.consumer !== undefined ? `${name(row.consumer)}: ${row.note}` : (row.note ?? '')]
  const consumer = said(name(row.consumer), row.consumerText)
  const store = said('store', row.storeText)
  const producer = said('producer', row.producerText)
  // An arrow to the left comes from the right: a reply from the store, an append from the producer.
  const both = row.consumerArrow === 'left' ? [...store, ...consumer] : [...consumer, ...store]
  const all = row.producerArrow === 'left' ? [...producer, ...both] : [...both, ...producer]
  return [...all, ...row.gaps.map(gapText)]
}

const said = (who: string, text: string | undefined): string[] => (text === undefined ? [] : [`${who}: ${text}`])
