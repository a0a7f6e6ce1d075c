/**
 * A timeline as text.
 *
 * ```
 *      consumer                   store                         producer
 *   2  read #1 after "$" ──────▶  "$" is 0-0; waits, BLOCK 2000
 *   3  empty             ◀──────  times out
 *   4  ░░ empty gap ░░░           1-0                 ◀──────   append s1
 * ```
 * A text that is wider than its lane goes on below, in that lane. An arrow of the first of several consumers runs
 * through the lanes of the others, which have nothing to say on that row.
 */
import type { Style } from './style.js'
import { clip, padEnd, paragraph, widthOf, wrap } from './text.js'
import { INDENT, type Layout, MIN_WIDTH, layoutOf } from './timeline-layout.js'
import { renderList } from './timeline-list.js'
import type { Arrow, TimelineRow } from './timeline-row.js'

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

const gutter = (layout: Layout, text: string) => `${' '.repeat(INDENT)}${text.padEnd(layout.numbers)}   `

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
    return `${style.faint(gutter(layout, first ? mark : ''))}${paint(`${consumers}${rest}`.trimEnd())}`.trimEnd()
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
  const name = labelled ? `gap of ${gaps.map(({ consumer }) => consumer).join(', ')}` : gaps[0]!.name.replace('-', ' ')
  const text = `░░ ${name} `
  return [clip(text + '░'.repeat(Math.max(0, width - widthOf(text))), width)]
}

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
