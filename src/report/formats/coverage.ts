/**
 * What was not tried, in words: a line for every subject, and the whole table for who asks for it. Markdown and the HTML page have tables of
 * their own.
 */
import {
  type Coverage,
  type CoverageSummary,
  type CoveredPlace,
  type Disturbance,
  placeText,
  summaryOf,
  timesAt,
  untriedText,
  wordsOf,
} from '../coverage.js'
import { type Style, plainStyle } from '../style.js'
import { count, fill, list, number, padEnd, paragraph, visible, widthOf } from '../text.js'

/** Not tried, and cannot be there. */
export const UNTRIED = '·'
export const IMPOSSIBLE = '–'

/** What the cells of a table with numbers say. */
export const LEGEND = `A number is how often it fell there; 0: it could have, and was not tried; ${IMPOSSIBLE}: it cannot be there.`

/** `tried 116 of 138 combinations of gate, window and disturbance`. */
export const triedText = ({ tried, possible }: CoverageSummary): string =>
  `tried ${tried === possible ? 'all' : number(tried)} of ${count(possible, 'combination')} of gate, window and disturbance`

/** What is named of what was not tried. */
const NAMED = 3

/** The same, and the first of what was not. */
export function coverageLine(coverage: Coverage): string {
  const summary = summaryOf(coverage)
  const { untried } = summary
  const named = untried.slice(0, NAMED).map(untriedText)
  if (named.length === 0) return triedText(summary)
  const others = untried.length > NAMED ? '; the others: --reporter html' : ''
  return visible(`${triedText(summary)}, but ${list(named)}${others}`)
}

/** What the gates say that nobody came to; undefined where there are none. */
export const neverAtText = ({ neverAt }: CoverageSummary): string | undefined =>
  neverAt.length === 0 ? undefined : `No consumer came to ${list(neverAt, 'or')}.`

/** Every place and every disturbance, as a table that is no wider. */
export function coverageTable(
  coverage: Coverage,
  { style = plainStyle, width = 80 }: { readonly style?: Style; readonly width?: number } = {},
): string {
  const summary = summaryOf(coverage)
  const { columns } = summary
  const rows = coverage.places.map((place) => ({ title: placeText(place), cells: columns.map((what) => cellText(place, what)) }))
  const titles = Math.max(0, ...rows.map(({ title }) => widthOf(title)))
  const column = 1 + Math.max(2, ...rows.flatMap(({ cells }) => cells.map(widthOf)))
  const perPiece = Math.max(1, Math.floor((width - INDENT.length - titles) / column))
  const pieces = Array.from({ length: Math.ceil(columns.length / perPiece) }, (_, piece) => piece * perPiece)
  const never = neverAtText(summary)
  return [
    `${INDENT}${triedText(summary)}, in ${count(coverage.schedules, 'schedule')}`,
    ...pieces.flatMap((start) => [
      '',
      style.faint(
        `${INDENT}${' '.repeat(titles)}${columns
          .slice(start, start + perPiece)
          .map((_, at) => String(start + at + 1).padStart(column))
          .join('')}`,
      ),
      ...rows.map(({ title, cells }) => {
        const shown = cells.slice(start, start + perPiece).map((cell) => ' '.repeat(column - widthOf(cell)) + painted(cell, style))
        return `${INDENT}${padEnd(title, titles)}${shown.join('')}`
      }),
    ]),
    '',
    ...fill(
      [...columns.map((what, at) => visible(`${at + 1} ${wordsOf(what)}`)), `${UNTRIED} not tried`, `${IMPOSSIBLE} not possible there`],
      width - INDENT.length,
    ).map((line) => INDENT + line),
    ...(never === undefined ? [] : paragraph(never, width, INDENT)),
  ].join('\n')
}

const INDENT = '  '

/** In four characters at most. */
function cellText(place: CoveredPlace, what: Disturbance): string {
  const times = timesAt(place, what)
  if (times === undefined) return IMPOSSIBLE
  return times === 0 ? UNTRIED : shortly(times)
}

/** `999`, `12k`, `3M`. */
const shortly = (n: number): string => (n < 1000 ? String(n) : n < 999_500 ? `${Math.round(n / 1000)}k` : `${Math.round(n / 1_000_000)}M`)

const painted = (cell: string, style: Style): string =>
  cell === UNTRIED ? style.unsure(cell) : cell === IMPOSSIBLE ? style.faint(cell) : cell
