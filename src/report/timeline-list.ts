/**
 * A timeline where there is no room for lanes: who does what, one below the other, in the order in which it happens.
 *
 * ```
 *   4  producer: append s1
 *      store: 1-0
 *      ░ the empty gap is open
 * ```
 */
import type { Style } from './style.js'
import { paragraph } from './text.js'
import type { Gap, TimelineRow } from './timeline-row.js'

export function renderList(rows: readonly TimelineRow[], { width, style }: { readonly width: number; readonly style: Style }): string {
  const several = new Set(rows.flatMap(({ consumer }) => (consumer === undefined ? [] : [consumer]))).size > 1
  const numbers = Math.max(1, String(rows.reduce((most, { n }) => Math.max(most, n ?? 0), 0)).length)
  const gutter = (text: string) => `  ${text.padEnd(numbers)}  `
  const lines = rows.flatMap((row) => {
    const paint = row.tone === undefined ? (row.kind === 'note' ? style.faint : (text: string) => text) : style[row.tone]
    return linesOf(row, several).flatMap((text, at) => {
      const mark = at > 0 ? '' : row.n === undefined ? '┊' : String(row.n)
      return paragraph(text, width, gutter(''), gutter(mark)).map(paint)
    })
  })
  return lines.join('\n')
}

function linesOf(row: TimelineRow, several: boolean): readonly string[] {
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
