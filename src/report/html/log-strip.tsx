/**
 * The log at one row: a box for each entry, the cursor before the entries that it asks for, the tail below the last one.
 * However many entries there are, it stays as wide; neighbours that look the same are one shape.
 */
import { LATEST, type StreamId, compareIds } from '../../contract/stream-id.js'
import type { Entry, Position } from '../timeline-positions.js'

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
export const idsOf = (positions: readonly Position[]): readonly StreamId[] =>
  [...new Set(positions.flatMap(({ entries }) => entries.map(({ id }) => id)))].sort(compareIds)

interface LogStripProps {
  readonly ids: readonly StreamId[]
  readonly position: Position
  readonly several: boolean
}

export function LogStrip({ ids, position: { entries, cursors, tail }, several }: LogStripProps) {
  const room = several ? WIDTH.several : WIDTH.alone
  const slot = Math.min(MAX_SLOT, room / Math.max(1, ids.length))
  const place = new Map(ids.map((id, at) => [id, at]))
  const edge = (id: StreamId) => rounded(MARGIN + slot * ids.filter((each) => compareIds(each, id) <= 0).length)
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
        if (floating && asked !== LATEST) return null
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
