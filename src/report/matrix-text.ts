/**
 * Subjects × scenarios as signs, for a terminal. Only what tells subjects apart has a row: a scenario that came out the same
 * on all of them is one of a number. Where the subjects do not fit side by side, the table comes in pieces.
 */
import { fill } from './fill.js'
import { SIGN } from './green-text.js'
import { type BurstsResult, type ExplorationResult, type Result, type SubjectResult, type SuiteResult, resultOf } from './result.js'
import { type Style, plainStyle } from './style.js'
import { clip, padEnd, paragraph, visible, widthOf } from './text.js'
import { count } from './words.js'

const SKIPPED = '–'
const NOT_RUN = '·'
const MEANS: Readonly<Record<string, string>> = {
  [SIGN.valid]: 'valid',
  [SIGN.invalid]: 'invalid',
  [SIGN.unknown]: 'unknown',
  [SKIPPED]: 'skipped',
  [NOT_RUN]: 'not run',
}

/** What is narrower is for the summary alone. */
const MIN_WIDTH = 30
const MAX_NAME = 32
const INDENT = '  '

interface Row {
  readonly name: string
  readonly signs: readonly string[]
}

/** Undefined where it would say no more than the summary: one subject, or nothing that is not valid. */
export function matrixText(
  { subjects }: SuiteResult,
  { style = plainStyle, width = 80 }: { readonly style?: Style; readonly width?: number } = {},
) {
  if (width < MIN_WIDTH || subjects.length < 2 || subjects.every((each) => resultOf(each) === 'valid')) return undefined
  const rows = rowsOf(subjects)
  const telling = rows.filter(({ signs }) => new Set(signs).size > 1)
  if (telling.length === 0) return undefined
  const alike = rows.filter((row) => !telling.includes(row))
  const names = Math.min(MAX_NAME, width - 12, Math.max(...telling.map(({ name }) => widthOf(name))))
  const column = String(subjects.length).length + 1
  const perPiece = Math.max(1, Math.floor((width - INDENT.length - names) / column))
  const legend = [...new Set(telling.flatMap(({ signs }) => signs))].map((sign) => `${painted(sign, style)} ${MEANS[sign]!}`)
  return [
    ...subjects.flatMap(({ name, consumer }, i) => paragraph(visible(`${i + 1} ${name} × ${consumer}`), width, '    ', INDENT)),
    ...pieces(telling, { names, column, perPiece, style }),
    '',
    ...sameOnAll(alike).flatMap((line) => paragraph(line, width, INDENT).map(style.faint)),
    ...fill(legend, width - INDENT.length, '  ').map((line) => INDENT + line),
  ].join('\n')
}

interface Layout {
  readonly names: number
  readonly column: number
  readonly perPiece: number
  readonly style: Style
}

function pieces(rows: readonly Row[], { names, column, perPiece, style }: Layout): string[] {
  const of = rows[0]!.signs.length
  const starts = Array.from({ length: Math.ceil(of / perPiece) }, (_, piece) => piece * perPiece)
  return starts.flatMap((start) => {
    const numbers = Array.from({ length: Math.min(perPiece, of - start) }, (_, i) => String(start + i + 1).padStart(column))
    return [
      '',
      style.faint(`${INDENT}${' '.repeat(names)}${numbers.join('')}`),
      ...rows.map(({ name, signs }) => {
        const cells = signs.slice(start, start + perPiece).map((sign) => ' '.repeat(column - 1) + painted(sign, style))
        return `${INDENT}${padEnd(clip(name, names), names)}${cells.join('')}`
      }),
    ]
  })
}

function rowsOf(subjects: readonly SubjectResult[]): Row[] {
  const names = [...new Set(subjects.flatMap(({ scenarios, skipped }) => [...scenarios, ...skipped].map(({ name }) => name)))]
  const rows = names.map((name) => ({ name: visible(name), signs: subjects.map((subject) => signOf(subject, name)) }))
  const whole = (name: 'bursts' | 'exploration') =>
    subjects.some((subject) => subject[name] !== undefined) ? [{ name, signs: subjects.map((subject) => signOfWhole(subject[name])) }] : []
  return [...rows, ...whole('bursts'), ...whole('exploration')]
}

function signOf({ scenarios, skipped }: SubjectResult, name: string): string {
  const result = scenarios.find((each) => each.name === name)
  if (result !== undefined) return SIGN[result.verdict.result]
  return skipped.some((each) => each.name === name) ? SKIPPED : NOT_RUN
}

const signOfWhole = (part: (Partial<Pick<ExplorationResult, 'lost'>> & Pick<BurstsResult, 'failure' | 'counts'>) | undefined): string => {
  if (part === undefined) return NOT_RUN
  const lost = part.lost === undefined || part.lost === '0' ? undefined : 'invalid'
  const result: Result = part.failure?.verdict.result ?? lost ?? (part.counts.owed > 0 ? 'valid' : 'unknown')
  return SIGN[result]
}

/** `12 others are valid on all`. */
function sameOnAll(rows: readonly Row[]): string[] {
  const signs = [...new Set(rows.map((row) => row.signs[0]!))]
  return signs.map((sign) => `${count(rows.filter((row) => row.signs[0] === sign).length, 'other')}: ${MEANS[sign]!} on all`)
}

function painted(sign: string, style: Style): string {
  if (sign === SIGN.valid) return style.good(sign)
  if (sign === SIGN.invalid) return style.bad(sign)
  return sign === SIGN.unknown ? style.unsure(sign) : style.faint(sign)
}
