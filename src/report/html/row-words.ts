/** A row of a timeline in words: what a live region says of it. */
import { LATEST } from '../../contract/stream-id.js'
import type { Position } from '../timeline-positions.js'
import type { Gap, TimelineRow } from '../timeline-row.js'
import { capital, list } from '../words.js'
import { cut } from './words.js'

export const gapName = ({ name }: Gap): string => name.replace('-', ' ')

/** `1-0`; `"$" = 1-0` while a read with it is under way, `"$"` when the next one has yet to resolve it. */
export function cursorText({ cursors }: Position, several: boolean): string {
  return cursors
    .map(({ consumer, asked, from }) => {
      const text = asked === from ? asked : `"${asked}"${from === undefined ? '' : ` = ${from}`}`
      return several ? `${consumer}: ${text}` : text
    })
    .join(', ')
}

export function sentence(row: TimelineRow, position: Position, several: boolean): string {
  const who = several && row.consumer !== undefined ? `consumer ${row.consumer}` : 'consumer'
  if (row.kind === 'note') return cut(`${several && row.consumer !== undefined ? `${capital(who)}: ` : ''}${row.note ?? ''}`)
  const { consumerText, storeText, producerText, gaps } = row
  const said = [
    ...(producerText === undefined ? [] : [`producer: ${cut(producerText)}`]),
    ...(consumerText === undefined ? [] : [`${who}: ${cut(consumerText)}`]),
    ...(storeText === undefined ? [] : [`store: ${cut(storeText)}`]),
  ]
  const open = gaps.map((gap) => `the ${gapName(gap)}${several ? ` of consumer ${gap.consumer}` : ''}`)
  const lost = row.producerText !== undefined && position.entries.some(({ id, state }) => id === storeText && state === 'lost')
  return [
    `${capital(said.join('; '))}.`,
    ...(open.length === 0 ? [] : [`${capital(list(open))} ${open.length === 1 ? 'is' : 'are'} open.`]),
    ...(lost ? ['This entry is never delivered.'] : []),
    whereabouts(position, several),
  ].join(' ')
}

function whereabouts(position: Position, several: boolean): string {
  const loose = !several && position.cursors.some(({ asked, from }) => asked === LATEST && from === undefined)
  const cursor =
    position.cursors.length === 0 ? '' : `Cursor ${cut(cursorText(position, several))}${loose ? ', for the next read to resolve' : ''}. `
  return `${cursor}Tail ${position.tail}.`
}
