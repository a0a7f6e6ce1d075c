/**
 * A timeline as a picture that is a table: a row for each move, a lane for each actor, and where the cursor and the tail
 * stand by then. The arrows are drawn by the style sheet; a cell says which it has by its classes.
 */
import type { StreamId } from '../../contract/stream-id.js'
import type { CaseResult } from '../result.js'
import { type Position, positionsOf } from '../timeline-positions.js'
import { timelineRows } from '../timeline.js'
import type { TimelineRow } from '../timeline-row.js'
import { LogStrip, idsOf } from './log-strip.js'
import { Legend } from './legend.js'
import { cursorText, sentence } from './row-words.js'
import { Chip, ConsumerCell, classes, gapOf } from './timeline-lane.js'
import { cut } from '../text.js'
import { Words } from './words.js'

/** With more consumers, a note beside their lanes would be out of sight. */
const MAX_BESIDE = 3

interface TimelineProps {
  readonly anchor: string
  readonly result: CaseResult
}

export function Timeline({ anchor, result: { name, history, verdict } }: TimelineProps) {
  const rows = timelineRows(history, verdict)
  const positions = positionsOf(history, rows, verdict)
  const named = rows.flatMap(({ consumer }) => (consumer === undefined ? [] : [consumer]))
  const lanes = named.length === 0 ? [0] : [...new Set(named)].sort((a, b) => a - b)
  const ids = idsOf(positions.filter((_, at) => rows[at]!.kind !== 'note'))

  return (
    <div class='player'>
      <div class='controls'>
        {['First', 'Previous', 'Next', 'Last', 'All'].map((what) => (
          <button type='button' data-go={what.toLowerCase()} aria-controls={`${anchor}-rows`}>
            {what}
          </button>
        ))}
        <p class='say' role='status'>
          {rows.length} rows. Step with the buttons, or with the arrow keys.
        </p>
      </div>
      <div class='scroll' role='group' tabIndex={0} aria-label={`Timeline of ${cut(name)}: arrow keys step through it`}>
        <table class='timeline' id={`${anchor}-rows`}>
          <thead>
            <tr>
              <th scope='col'>
                <span class='unseen'>Move</span>
              </th>
              {lanes.map((lane) => (
                <th scope='col' class='lane'>
                  {lanes.length === 1 ? 'consumer' : `consumer ${lane}`}
                </th>
              ))}
              <th scope='col' class='lane'>
                store
              </th>
              <th scope='col' class='lane'>
                producer
              </th>
              <th scope='col'>cursor</th>
              <th scope='col'>tail</th>
              <th scope='col' class='log' aria-hidden='true'>
                log
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) =>
              row.kind === 'note' ? (
                <Note row={row} around={around(rows, at)} lanes={lanes} said={sentence(row, positions[at]!, lanes.length > 1)} />
              ) : (
                <Move row={row} previous={around(rows, at)[0]} lanes={lanes} position={positions[at]!} ids={ids} />
              ),
            )}
          </tbody>
        </table>
      </div>
      <Legend />
    </div>
  )
}

type Around = readonly [TimelineRow | undefined, TimelineRow | undefined]

/** The rows before and after this one, notes aside. */
function around(rows: readonly TimelineRow[], at: number): Around {
  const moves = ({ kind }: TimelineRow) => kind !== 'note'
  return [rows.slice(0, at).findLast(moves), rows.slice(at + 1).find(moves)]
}

interface NoteProps {
  readonly row: TimelineRow
  readonly around: Around
  readonly lanes: readonly number[]
  readonly said: string
}

/** Beside the consumers' lanes where there is room, so that a gap goes through. */
function Note({ row, around: [previous, next], lanes, said }: NoteProps) {
  const beside = lanes.length <= MAX_BESIDE ? lanes : []
  const goesOn = (lane: number) => gapOf(previous, lane) !== undefined && gapOf(previous, lane)?.name === gapOf(next, lane)?.name
  return (
    <tr class={classes('note', row.tone)} data-say={said}>
      <th scope='row'>
        <Unnumbered kind='note' />
      </th>
      {beside.map((lane) => (
        <td class={classes('lane', goesOn(lane) && 'gap')} />
      ))}
      <td colSpan={lanes.length - beside.length + 5}>
        {lanes.length > 1 && row.consumer !== undefined && `consumer ${row.consumer}: `}
        <Words text={row.note ?? ''} />
      </td>
    </tr>
  )
}

const Unnumbered = ({ kind }: Pick<TimelineRow, 'kind'>) => (
  <>
    <span aria-hidden='true'>┊</span>
    <span class='unseen'>{kind}</span>
  </>
)

interface MoveProps {
  readonly row: TimelineRow
  readonly previous: TimelineRow | undefined
  readonly lanes: readonly number[]
  readonly position: Position
  readonly ids: readonly StreamId[]
}

function Move({ row, previous, lanes, position, ids }: MoveProps) {
  const { consumerArrow, producerArrow } = row
  const own = row.consumer === undefined ? -1 : lanes.indexOf(row.consumer)
  const several = lanes.length > 1
  return (
    <tr class={classes(row.kind, row.tone)} data-say={sentence(row, position, several)}>
      <th scope='row'>{row.n ?? <Unnumbered kind={row.kind} />}</th>
      {lanes.map((lane, at) => (
        <ConsumerCell row={row} previous={previous} position={position} lane={lane} mine={at === own} passed={own >= 0 && at > own} />
      ))}
      <td class={classes('lane', consumerArrow && 'wire-left', producerArrow && 'wire-right')}>
        {(row.storeText !== undefined || consumerArrow !== undefined || producerArrow !== undefined) && (
          <Chip text={row.storeText} from={consumerArrow === 'right' || consumerArrow === 'both'} into={producerArrow !== undefined} />
        )}
      </td>
      <td class={classes('lane', producerArrow && 'wire-left')}>{row.producerText !== undefined && <Chip text={row.producerText} />}</td>
      <td class='place'>
        <Words text={cursorText(position, row, several)} />
      </td>
      <td class='place'>
        <Words text={position.tail} />
      </td>
      <td class='log' aria-hidden='true'>
        <LogStrip ids={ids} position={position} several={several} />
      </td>
    </tr>
  )
}
