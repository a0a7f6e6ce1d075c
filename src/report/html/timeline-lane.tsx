/** What stands in a lane: what its actor does, where a consumer is held meanwhile, and the gap that it has open. */
import type { Gate } from '../../schedule/gate.js'
import type { Position } from '../timeline-positions.js'
import type { TimelineRow } from '../timeline-row.js'
import { gapName } from './row-words.js'
import { Words } from './words.js'

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
