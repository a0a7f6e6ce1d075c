/** A row of a timeline in words: what a live region says of it. */
import { LATEST } from '../../contract/stream-id.js'
import type { Position } from '../timeline-positions.js'
import type { Gap, TimelineRow } from '../timeline-row.js'
import { capital, list } from '../words.js'
import { cut } from '../text.js'

export const gapName = ({ name }: Gap): string => name.replace('-', ' ')

/** `1-0`; `"$" = 1-0` while a read with it is under way, `"$"` when the next one has yet to resolve it. */
/** Of several consumers, that of the one which moves: the others' stay where they are. */
export function cursorText({ cursors }: Position, { consumer: mover }: TimelineRow, several: boolean): string {
  return cursors
    .filter(({ consumer }) => !several || consumer === mover)
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
    ...(lost ? [several ? 'Not every consumer gets this entry.' : 'This entry is never delivered.'] : []),
    whereabouts(position, row, several),
  ].join(' ')
}

function whereabouts(position: Position, row: TimelineRow, several: boolean): string {
  const cursor = cursorText(position, row, several)
  const loose = position.cursors.some(
    ({ consumer, asked, from }) => asked === LATEST && from === undefined && (!several || consumer === row.consumer),
  )
  return `${cursor === '' ? '' : `Cursor ${cut(cursor)}${loose ? ', for the next read to resolve' : ''}. `}Tail ${position.tail}.`
}
