/**
 * The timeline as a Mermaid sequence diagram, which GitHub and GitLab draw. It has the rows of the text: who did what to
 * whom, with a note at the gate where a consumer is held while another moves, the gap shaded, and what was lost marked.
 */
import { LOST } from '../../oracle/anomaly.js'
import type { Verdict } from '../../oracle/check.js'
import type { History } from '../../history/event.js'
import { GATES } from '../../schedule/gate.js'
import { clip } from '../text.js'
import { timelineRows, type TimelineRow } from '../timeline/rows.js'

/** See-through, so that it can be read on black and on white. */
const SHADE = 'rect rgba(248, 81, 73, 0.15)'
const MAX_TEXT = 140

export function toMermaid(history: History, verdict: Pick<Verdict, 'anomalies'>): string {
  const rows = timelineRows(history, verdict)
  const consumers = [...new Set(history.flatMap((event) => ('consumer' in event && event.consumer !== undefined ? [event.consumer] : [])))]
  const names = consumers.sort((a, b) => a - b)
  const all = names.length === 0 ? 'P,S' : `P,C${names.at(-1)!}`
  const lines = [
    'participant P as producer',
    'participant S as store',
    ...names.map((consumer) => `participant C${consumer} as consumer${names.length === 1 ? '' : ` ${consumer}`}`),
  ]
  let open: readonly number[] = []
  let held = new Map<number, string>()
  for (const [at, row] of rows.entries()) {
    const shaded = row.kind === 'note' ? open : row.gaps.map(({ consumer }) => consumer)
    if (open.length > 0 && shaded.length === 0) lines.push('end')
    if (open.length === 0 && shaded.length > 0) {
      lines.push(SHADE)
      for (const { consumer, name } of row.gaps) lines.push(note(`C${consumer}`, name === 'away' ? 'away' : `${name} opens`))
    }
    open = shaded
    if (movesLog(row)) {
      const now = gatesBefore(history, row.at)
      for (const [consumer, gate] of now) if (held.get(consumer) !== gate) lines.push(note(`C${consumer}`, `held at ${gate}`))
      held = now
    } else held = new Map()
    lines.push(...movesOf(row, all))
    if (isLost(row)) lines.push(note('P,S', `✗ ${lostBy(history, verdict, rows, at)} never delivered`))
  }
  if (open.length > 0) lines.push('end')
  return ['sequenceDiagram', ...lines.map((line) => `  ${line}`)].join('\n')
}

const movesLog = ({ kind, consumer, producerText }: TimelineRow) => kind === 'move' && consumer === undefined && producerText !== undefined

const isLost = ({ tone, producerArrow, producerText, storeText }: TimelineRow) =>
  tone === 'bad' && producerArrow === 'left' && producerText !== undefined && /^\d+-\d+/.test(storeText ?? '')

/** Where each consumer is held, before this place of the history. */
function gatesBefore(history: History, place: number): Map<number, string> {
  const held = new Map<number, string>()
  for (const event of history.slice(0, place)) {
    if (!('consumer' in event) || event.consumer === undefined) continue
    if ((GATES as readonly string[]).includes(event.type)) held.set(event.consumer, event.type)
    else if (event.type !== 'expired') held.delete(event.consumer)
  }
  return held
}

/** Of the appends up to the next row, those that were lost. */
function lostBy(history: History, { anomalies }: Pick<Verdict, 'anomalies'>, rows: readonly TimelineRow[], at: number): string {
  const end = rows[at + 1]?.at ?? history.length
  const values = history.slice(rows[at]!.at, end).flatMap((event) => (event.type === 'append-returned' ? [event.value] : []))
  const lost = anomalies.filter(({ code, value }) => (LOST.has(code) || code === 'premature-end') && values.includes(value ?? ''))
  const names = [...new Set(lost.map(({ value, id }) => (id === undefined ? value! : `${value!} (${id})`)))]
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

function movesOf(row: TimelineRow, all: string): string[] {
  const { consumer, consumerText, consumerArrow, storeText, producerText, producerArrow } = row
  if (row.kind === 'note') return [note(consumer === undefined ? all : `C${consumer}`, row.note ?? '')]
  const lines: string[] = []
  if (producerText !== undefined) {
    const text = storeText === undefined ? producerText : `${producerText} → ${storeText}`
    lines.push(producerArrow === undefined ? note('P', text) : `P->>S: ${escape(text)}`)
    if (consumer === undefined) return lines
  }
  const who = `C${consumer ?? 0}`
  const said = consumerText ?? ''
  const stored = storeText === undefined || producerText !== undefined ? [] : [storeText]
  if (consumer === undefined) return [...lines, ...stored.map((text) => note('S', text))]
  switch (consumerArrow) {
    case 'right':
      return [...lines, `${who}->>S: ${escape(said)}`, ...stored.map((text) => note('S', text))]
    case 'both':
      return [...lines, `${who}->>S: ${escape(said)}`, ...stored.map((text) => `S-->>${who}: ${escape(text)}`)]
    case 'left':
      return [...lines, ...stored.map((text) => note('S', text)), `S-->>${who}: ${escape(said)}`]
    case 'cut':
      return [...lines, `S-x${who}: ${escape(said)}`, ...stored.map((text) => note('S', text))]
    default:
      return [...lines, ...(said === '' ? [] : [note(who, said)]), ...stored.map((text) => note('S', text))]
  }
}

const note = (over: string, text: string): string => `Note over ${over}: ${escape(text)}`

/**
 * What the grammar knows (`;`, `#`, `%`, `:`), what its renderer would obey (tags, `$$`, backslashes), and what would close
 * the fence around it. An empty text is none for the grammar.
 */
function escape(text: string): string {
  const shown = clip(text, MAX_TEXT).replace(/[#;%:<>"'`$\\&{}[\]]/g, (char) => `#${char.charCodeAt(0)};`)
  return shown.trim() === '' ? '…' : shown
}
