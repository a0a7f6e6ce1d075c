/**
 * A timeline as a picture that is a table: a row for each move, a lane for each actor, and where the cursor and the tail
 * stand by then. The arrows are drawn by the style sheet; a cell says which it has by its classes.
 */
import type { StreamId } from '../../contract/stream-id.js'
import type { CaseResult } from '../result.js'
import { type Position, positionsOf } from '../timeline-positions.js'
import { timelineRows } from '../timeline.js'
import type { Arrow, TimelineRow } from '../timeline-row.js'
import { LogStrip, idsOf } from './log-strip.js'
import { cursorText, gapName, sentence } from './row-words.js'
import { Words } from './words.js'

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
      <div class='controls' hidden>
        {['First', 'Previous', 'Next', 'Last', 'All'].map((what) => (
          <button type='button' data-go={what.toLowerCase()} aria-controls={`${anchor}-rows`}>
            {what}
          </button>
        ))}
        <p class='say' role='status' data-all={`${rows.length} rows. Step with the buttons, or with the arrow keys.`} />
      </div>
      <div class='scroll' role='group' tabIndex={0} aria-label={`Timeline of ${name}: arrow keys step through it`}>
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
              <th scope='col' aria-hidden='true'>
                log
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) =>
              row.kind === 'note' ? (
                <Note row={row} lanes={lanes} said={sentence(row, positions[at]!, lanes.length > 1)} />
              ) : (
                <Move row={row} previous={rows[at - 1]} lanes={lanes} position={positions[at]!} ids={ids} />
              ),
            )}
          </tbody>
        </table>
      </div>
      <Legend />
    </div>
  )
}

interface NoteProps {
  readonly row: TimelineRow
  readonly lanes: readonly number[]
  readonly said: string
}

const Note = ({ row, lanes, said }: NoteProps) => (
  <tr class={`note ${row.tone ?? ''}`} data-say={said}>
    <th scope='row'>
      <span aria-hidden='true'>┊</span>
    </th>
    <td colSpan={lanes.length + 5}>
      {lanes.length > 1 && row.consumer !== undefined && `consumer ${row.consumer}: `}
      <Words text={row.note ?? ''} />
    </td>
  </tr>
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
    <tr class={`${row.kind} ${row.tone ?? ''}`} data-say={sentence(row, position, several)}>
      <th scope='row'>{row.n ?? <span aria-hidden='true'>┊</span>}</th>
      {lanes.map((lane, at) => (
        <ConsumerCell row={row} previous={previous} lane={lane} mine={at === own} passed={own >= 0 && at > own} />
      ))}
      <td class={classes('lane', consumerArrow && 'wire-left', producerArrow && 'wire-right')}>
        {(row.storeText !== undefined || consumerArrow !== undefined || producerArrow !== undefined) && (
          <Chip text={row.storeText} from={consumerArrow === 'right' || consumerArrow === 'both'} into={producerArrow !== undefined} />
        )}
      </td>
      <td class={classes('lane', producerArrow && 'wire-left')}>{row.producerText !== undefined && <Chip text={row.producerText} />}</td>
      <td class='place'>{position.cursors.length === 0 ? '' : <Words text={cursorText(position, several)} />}</td>
      <td class='place'>
        <Words text={position.tail} />
      </td>
      <td class='log' aria-hidden='true'>
        <LogStrip ids={ids} position={position} />
      </td>
    </tr>
  )
}

interface ConsumerCellProps {
  readonly row: TimelineRow
  readonly previous: TimelineRow | undefined
  readonly lane: number
  /** It is this consumer that moves. */
  readonly mine: boolean
  /** The arrow of another one runs through. */
  readonly passed: boolean
}

function ConsumerCell({ row, previous, lane, mine, passed }: ConsumerCellProps) {
  const gap = row.gaps.find(({ consumer }) => consumer === lane)
  const open = previous?.gaps.some(({ consumer, name }) => consumer === lane && name === gap?.name) === true
  const arrow = mine ? row.consumerArrow : undefined
  const wires = [arrow && 'wire-right', arrow === 'cut' && 'wire-cut', passed && row.consumerArrow && 'wire-left wire-right']
  return (
    <td class={classes('lane', gap && 'gap', ...wires)}>
      {mine && row.consumerText !== undefined && <Chip text={row.consumerText} back={arrow === 'left' || arrow === 'both'} />}
      {gap !== undefined && !open && <span class='gap-name'>{gapName(gap)}</span>}
    </td>
  )
}

interface ChipProps {
  readonly text: string | undefined
  /** An arrow ends here, from the left or from the right. */
  readonly from?: boolean
  readonly into?: boolean
  /** An answer comes back to here. */
  readonly back?: boolean
}

const Chip = ({ text, from = false, into = false, back = false }: ChipProps) => (
  <span class={classes('chip', text === undefined && 'point', from && 'head-left', (into || back) && 'head-right')}>
    {text !== undefined && <Words text={text} length={160} />}
  </span>
)

const classes = (...names: readonly (string | false | undefined)[]) => names.filter((name) => name).join(' ')

const Legend = () => (
  <p class='legend faint'>
    <span>
      <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
        <path class='cursor' d='M6 2V15' />
        <path class='cursor head' d='M2.5 0h7L6 5z' />
      </svg>
      cursor
    </span>
    <span>
      <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
        <path class='cursor floating' d='M6 2V15' />
        <path class='cursor head floating' d='M2.5 0h7L6 5z' />
      </svg>
      "$", which the next read resolves
    </span>
    <span>
      <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
        <path class='tail' d='M2.5 16h7L6 11z' />
      </svg>
      tail
    </span>
    {(['waiting', 'delivered', 'lost', 'removed'] as const).map((state) => (
      <span>
        <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
          <rect class={state} x='1' y='4' width='10' height='8' />
          {state === 'lost' && <path class='cross' d='M3 5.5l6 5M9 5.5l-6 5' />}
        </svg>
        {{ waiting: 'in the log', delivered: 'delivered', lost: 'never delivered', removed: 'removed' }[state]}
      </span>
    ))}
  </p>
)
