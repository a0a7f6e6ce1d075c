/**
 * A timeline as a picture that is a table: a row for each move, a lane for each actor, and where the cursor and the tail
 * stand by then. The arrows are drawn by the style sheet; a cell says which it has by its classes.
 */
import type { IdOrder, StreamId } from '../../../contract/stream-id.js'
import type { Dialect } from '../../../dialects/dialect.js'
import type { CaseResult } from '../../result.js'
import { type Position, positionsOf, type Entry } from '../../timeline/log.js'
import { timelineRows, type TimelineRow, type Gap } from '../../timeline/rows.js'
import { cut, capital, list } from '../../text.js'
import { Words } from './elements.js'
import type { Gate } from '../../../schedule/gate.js'

/** With more consumers, a note beside their lanes would be out of sight. */
const MAX_BESIDE = 3

interface TimelineProps {
  readonly anchor: string
  readonly result: CaseResult
  readonly dialect: Dialect
}

export function Timeline({ anchor, result: { name, history, verdict, noReturn }, dialect }: TimelineProps) {
  const rows = timelineRows(history, verdict, dialect, noReturn)
  const positions = positionsOf(history, rows, verdict, dialect.ids)
  const named = rows.flatMap(({ consumer }) => (consumer === undefined ? [] : [consumer]))
  const lanes = named.length === 0 ? [0] : [...new Set(named)].sort((a, b) => a - b)
  const ids = idsOf(
    positions.filter((_, at) => rows[at]!.kind !== 'note'),
    dialect.ids,
  )

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
                <Note row={row} around={around(rows, at)} lanes={lanes} said={sentence(row, positions[at]!, lanes.length > 1, dialect)} />
              ) : (
                <Move row={row} previous={around(rows, at)[0]} lanes={lanes} position={positions[at]!} ids={ids} dialect={dialect} />
              ),
            )}
          </tbody>
        </table>
      </div>
      <Legend dialect={dialect} />
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
  readonly dialect: Dialect
}

function Move({ row, previous, lanes, position, ids, dialect }: MoveProps) {
  const { consumerArrow, producerArrow } = row
  const own = row.consumer === undefined ? -1 : lanes.indexOf(row.consumer)
  const several = lanes.length > 1
  return (
    <tr class={classes(row.kind, row.tone)} data-say={sentence(row, position, several, dialect)}>
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
        <Words text={cursorText(position, row, several, dialect)} />
      </td>
      <td class='place'>
        <Words text={position.tail} />
      </td>
      <td class='log' aria-hidden='true'>
        <LogStrip ids={ids} position={position} several={several} order={dialect.ids} />
      </td>
    </tr>
  )
}

// ── Lanes ──
//
// What stands in a lane: what its actor does, where a consumer is held meanwhile, and the gap that it has open.

/** A text this short stays on its line: lanes are as wide as what is mostly said in them. */
const MAX_BRIEF = 32

interface ConsumerCellProps {
  readonly row: TimelineRow
  /** The one before it, notes aside. */
  readonly previous: TimelineRow | undefined
  readonly position: Position
  readonly lane: number
  /** It is this consumer that moves. */
  readonly mine: boolean
  /** The arrow of another one runs through. */
  readonly passed: boolean
}

export function ConsumerCell({ row, previous, position, lane, mine, passed }: ConsumerCellProps) {
  const gap = gapOf(row, lane)
  const arrow = mine ? row.consumerArrow : undefined
  const wires = [arrow && 'wire-right', arrow === 'cut' && 'wire-cut', passed && row.consumerArrow && 'wire-left wire-right']
  // Said once of several appends in a row: nothing else moved.
  const gate = row.producerText !== undefined && previous?.producerText === undefined ? position.gates.get(lane) : undefined
  return (
    <td class={classes('lane', gap && 'gap', ...wires)}>
      {mine && row.consumerText !== undefined && <Chip text={row.consumerText} back={arrow === 'left' || arrow === 'both'} />}
      {gap !== undefined && gapOf(previous, lane)?.name !== gap.name && <span class='gap-name'>{gapName(gap)}</span>}
      {gate !== undefined && <span class='held'>{holds(gate)}</span>}
    </td>
  )
}

export const gapOf = (row: TimelineRow | undefined, lane: number) => row?.gaps.find(({ consumer }) => consumer === lane)

function holds(gate: Gate): string {
  if (gate === 'closed') return 'closed'
  return gate === 'blocked' ? 'waits in its read' : `held at ${gate}`
}
interface ChipProps {
  readonly text: string | undefined
  /** An arrow ends here, from the left or from the right. */
  readonly from?: boolean
  readonly into?: boolean
  /** An answer comes back to here. */
  readonly back?: boolean
}

export const Chip = ({ text, from = false, into = false, back = false }: ChipProps) => (
  <span
    class={classes(
      'chip',
      text === undefined ? 'point' : text.length <= MAX_BRIEF && 'brief',
      from && 'head-left',
      (into || back) && 'head-right',
    )}
  >
    {text !== undefined && <Words text={text} length={160} />}
  </span>
)

export const classes = (...names: readonly (string | false | undefined)[]) => names.filter((name) => name).join(' ')

// ── Words ──
//
// A row of a timeline in words: what a live region says of it.

export const gapName = ({ name }: Gap): string => name.replace('-', ' ')

/**
 * `1-0`; `"$" = 1-0` while a read with it is under way, `"$"` when the next one has yet to resolve it. Of several consumers,
 * that of the one which moves: the others' stay where they are.
 */
export function cursorText({ cursors }: Position, { consumer: mover }: TimelineRow, several: boolean, { words }: Dialect): string {
  return cursors
    .filter(({ consumer }) => !several || consumer === mover)
    .map(({ consumer, asked, from }) => {
      const text = asked === from ? asked : `${words.cursor(asked)}${from === undefined ? '' : ` = ${from}`}`
      return several ? `${consumer}: ${text}` : text
    })
    .join(', ')
}

export function sentence(row: TimelineRow, position: Position, several: boolean, dialect: Dialect): string {
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
    ...(row.culprit ? ['This lost an entry.'] : []),
    ...(lost ? [several ? 'Not every consumer gets this entry.' : 'This entry is never delivered.'] : []),
    whereabouts(position, row, several, dialect),
  ].join(' ')
}

function whereabouts(position: Position, row: TimelineRow, several: boolean, dialect: Dialect): string {
  const cursor = cursorText(position, row, several, dialect)
  const loose = position.cursors.some(
    ({ consumer, asked, from }) => asked === dialect.ids.latest && from === undefined && (!several || consumer === row.consumer),
  )
  return `${cursor === '' ? '' : `Cursor ${cut(cursor)}${loose ? ', for the next read to resolve' : ''}. `}Tail ${position.tail}.`
}

// ── Log ──
//
// The log at one row: a box for each entry, the cursor before the entries that it asks for, the tail below the last one.
// However many entries there are, it stays as wide; neighbours that look the same are one shape.

/** In pixels. Several consumers need the room for their lanes. */
const WIDTH = { alone: 172, several: 112 }
const MAX_SLOT = 43
const MARGIN = 7
const TOP = 7
const HEIGHT = 15
const TOTAL = 30
/** Room for an id in its box, by its length. */
const LETTER = 6.2
/** With fewer than this for a box there is no room for a line around it. */
const MIN_BOXED = 5

/** Every id that the log had at some row, in order: each has its place from the beginning. */
export const idsOf = (positions: readonly Position[], { compare }: IdOrder): readonly StreamId[] =>
  [...new Set(positions.flatMap(({ entries }) => entries.map(({ id }) => id)))].sort(compare)

interface LogStripProps {
  readonly ids: readonly StreamId[]
  readonly position: Position
  readonly several: boolean
  readonly order: IdOrder
}

export function LogStrip({ ids, position: { entries, cursors, tail }, several, order }: LogStripProps) {
  const room = several ? WIDTH.several : WIDTH.alone
  const slot = Math.min(MAX_SLOT, room / Math.max(1, ids.length))
  const place = new Map(ids.map((id, at) => [id, at]))
  const edge = (id: StreamId) => rounded(MARGIN + slot * ids.filter((each) => order.compare(each, id) <= 0).length)
  const end = edge(tail)
  return (
    <svg viewBox={`0 0 ${room + 2 * MARGIN} ${TOTAL}`} width={room + 2 * MARGIN} height={TOTAL}>
      {runsOf(entries, place, slot).map(({ state, id, from, many }) => {
        const label = state === 'lost' ? `✗ ${id}` : id
        const labelled = many === 1 && label.length * LETTER + 5 < slot
        const x = rounded(MARGIN + slot * from + (slot >= MIN_BOXED ? 1.5 : 0))
        const width = rounded(slot * many - (slot >= MIN_BOXED ? 3 : 0))
        return (
          <>
            <rect class={state} x={x} y={TOP} width={width} height={HEIGHT} />
            {labelled && (
              <text class={state} x={rounded(x + width / 2)} y={TOP + HEIGHT - 4}>
                {label}
              </text>
            )}
            {state === 'lost' && !labelled && slot >= MIN_BOXED && (
              <path class='cross' d={`M${x} ${TOP}l${width} ${HEIGHT}m0 -${HEIGHT}l-${width} ${HEIGHT}`} />
            )}
          </>
        )
      })}
      <path class='tail' d={`M${rounded(end - 4.5)} ${TOTAL}h9l-4.5 -6.5z`} />
      {cursors.map(({ asked, from }) => {
        const floating = from === undefined
        if (floating && asked !== order.latest) return null
        const x = floating ? end : edge(from)
        const how = floating ? 'cursor floating' : 'cursor'
        return (
          <>
            <path class={how} d={`M${x} 3V${TOTAL - 6}`} />
            <path class={`${how} head`} d={`M${rounded(x - 4.5)} 0.8h9l-4.5 6z`} />
          </>
        )
      })}
    </svg>
  )
}

interface Run {
  readonly id: StreamId
  readonly state: Entry['state']
  readonly from: number
  readonly many: number
}

/** Boxes; or, where they would be hairlines, stretches of the same state. */
function runsOf(entries: readonly Entry[], place: ReadonlyMap<StreamId, number>, slot: number): readonly Run[] {
  const runs: Run[] = []
  for (const { id, state } of entries) {
    const from = place.get(id)
    if (from === undefined) continue
    const last = runs.at(-1)
    if (slot < MIN_BOXED && last?.state === state && last.from + last.many === from)
      runs[runs.length - 1] = { ...last, many: last.many + 1 }
    else runs.push({ id, state, from, many: 1 })
  }
  return runs
}

const rounded = (n: number) => Math.round(n * 10) / 10

// ── Legend ──
//
// What the shapes of the log mean.

const keysOf = ({ ids, words }: Dialect) => [
  ['cursor', '▼', 'cursor'],
  ...(ids.latest === undefined ? [] : [['cursor', '▽', `${words.latest}, which the next read resolves`]]),
  ['tail', '▲', 'tail'],
  ['entry', '▭', 'in the log'],
  ['good', '▭', 'delivered'],
  ['bad', '✗', 'never delivered'],
  ['unsure', '▬', 'undecodable'],
  ['removed', '┄', 'removed'],
]

const Legend = ({ dialect }: { readonly dialect: Dialect }) => (
  <p class='legend faint'>
    {keysOf(dialect).map(([name, sign, text]) => (
      <span>
        <b class={`key-${name}`} aria-hidden='true'>
          {sign}
        </b>{' '}
        {text}
      </span>
    ))}
  </p>
)
