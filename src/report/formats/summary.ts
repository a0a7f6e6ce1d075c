/**
 * What a run says that found nothing, so that nobody doubts it: how often the gap was really open, how often something
 * was put into it, and how often that arrived. And the last words of every run, with what its exit code means.
 */
import { type Counts, NO_COUNTS, addCounts } from '../../oracle/check.js'
import { MAX_PARAGRAPH, clip, count, cut, duration, few, fill, list, number, padEnd, paragraph, visible, widthOf } from '../text.js'
import { coverageLine } from './coverage.js'
import { excusedTexts } from '../advice.js'
import { knownLines } from '../known-losses.js'
import {
  EXIT,
  type ExplorationResult,
  type KnownOutcome,
  type Result,
  type SubjectResult,
  type SuiteResult,
  failuresOf,
  gateOf,
  resultOf,
  worst,
  type BurstsResult,
} from '../result.js'
import { sharesText } from '../shares.js'
import { type Style, plainStyle } from '../style.js'
import { commandWith } from './failure.js'

export interface SubjectTextOptions {
  readonly style?: Style
  readonly width?: number
  /** Of the run, where the subject had no bursts that would have one. */
  readonly seed?: number
}

const SEPARATOR = ' · '

/** Two lines or more of one subject. Says what is wrong, too, where it is not all green. */
export function subjectText(subject: SubjectResult, { style = plainStyle, width = 80, seed }: SubjectTextOptions = {}): string {
  const figures = [...ran(subject), ...gapsText(countsOf(subject)), duration(subject.ms), ...seedOf(subject, seed)]
  return [
    ...heading(subject, style, width),
    ...errorLines(subject, width).map(style.unsure),
    ...fill(
      figures.flatMap((each) => fitting(each, width - 2)),
      width - 2,
      SEPARATOR,
    ).map((line) => `  ${line}`),
    ...searchedText(subject).flatMap((line) => paragraph(line, width, '    ', '  ').map(style.faint)),
    ...sharesText(subject).flatMap((line) => paragraph(visible(line), width, '    ', '  ').map(style.faint)),
    ...(subject.limits ?? []).flatMap((limit) => paragraph(limit, width, '    ', '  ').map(style.faint)),
    ...subject.skipped.flatMap(({ name, reason }) =>
      paragraph(visible(`skipped ${name}: ${reason}`), width, '    ', '  ').map(style.faint),
    ),
    ...excused(subject).flatMap((line) => paragraph(line, width, '    ', '  ').map(style.unsure)),
    ...timedOf(subject).flatMap(({ said, again }) => [
      ...paragraph(said, width, '    ', '  ').map(style.faint),
      ...(again === undefined ? [] : [`    ${visible(again)}`]),
    ]),
    ...undeclared(subject).flatMap((line) => paragraph(line, width, '    ', '  ').map(style.faint)),
    ...notesOf(subject).flatMap((line) => paragraph(visible(line), width, '    ', '  ').map(style.unsure)),
  ].join('\n')
}

/** What is worth knowing of cases that are not told of one by one, each once. */
function notesOf({ scenarios }: SubjectResult): string[] {
  const notes = new Set(scenarios.filter(({ verdict }) => verdict.result === 'valid').flatMap((each) => each.notes))
  const shown = [...notes].slice(0, SHOWN_NOTES).map((note) => `note: ${note}`)
  return notes.size > SHOWN_NOTES ? [...shown, `note: ${notes.size - SHOWN_NOTES} more of this kind, in the JSON report`] : shown
}

/** What of all that could happen was tried. Of a few scenarios that somebody has picked it says nothing that is not known. */
const searchedText = ({ coverage, bursts, exploration }: SubjectResult): readonly string[] =>
  coverage === undefined || (bursts ?? exploration) === undefined ? [] : [coverageLine(coverage)]

const SHOWN_NOTES = 3

/** All of it: what is to be done stands at its end. */
const errorLines = ({ error = '' }: SubjectResult, width: number): string[] =>
  error.split('\n').flatMap((line) => (line === '' ? [] : paragraph(cut(line, MAX_PARAGRAPH), width, '  ')))

/** What is too long for a line, in its parts: nothing of what was shown is cut off. */
const fitting = (text: string, width: number): string[] => (widthOf(text) <= width ? [text] : text.split(', '))

/** One line a subject, what is known, and what came of it all. */
export function summaryText(suite: SuiteResult, options: SubjectTextOptions = {}): string {
  const { style = plainStyle, width = 80 } = options
  const subjects = suite.subjects.flatMap((subject) => {
    const [line, ...rest] = fill([visible(`${subject.name} × ${subject.consumer}`), said(subject), duration(subject.ms)], width - 2)
    return [`${sign(resultOf(subject), style)} ${line!}`, ...rest.map((text) => `  ${text}`)]
  })
  return [...subjects, ...knownText(suite.known ?? [], options), '', lastLine(suite, options)].join('\n')
}

/** Of what is known, that which somebody should do something about. */
export const urgentText = ({ known = [] }: SuiteResult, options: SubjectTextOptions = {}): string[] =>
  knownText(
    known.filter(({ outcome }) => outcome !== 'occurs'),
    options,
  )

const knownText = (known: readonly KnownOutcome[], { style = plainStyle, width = 80 }: SubjectTextOptions): string[] =>
  knownLines(known).flatMap((line) => paragraph(visible(line), width, '  ', '! ').map(style.unsure))

/** What came of it all, and what the exit code means; more than one line only where there is no room. */
export function lastLine(suite: SuiteResult, { style = plainStyle, width = 80 }: SubjectTextOptions = {}): string {
  const { gate, parts } = conclusionOf(suite)
  return fill(parts, width, SEPARATOR).map(PAINT[gate](style)).join('\n')
}

/** What the exit code says, and its words. */
export function conclusionOf(suite: SuiteResult): { readonly gate: Result; readonly parts: readonly string[] } {
  const gate = worst(suite.subjects.map(gateOf))
  const accepted = gate === 'valid' && worst(suite.subjects.map(resultOf)) !== 'valid'
  const meaning = accepted ? 'nothing was lost but what is known' : MEANING[gate]
  return {
    gate,
    parts: [
      accepted ? 'nothing new is wrong' : conclusion(suite, gate),
      duration(suite.ms),
      `seed ${suite.seed}`,
      `exit ${EXIT[gate]}: ${meaning}`,
    ],
  }
}

export const MEANING: Record<Result, string> = {
  valid: 'whatever was owed was delivered',
  invalid: 'at least one anomaly',
  unknown: 'not everything could be shown, so nothing is proven',
}

const PAINT: Record<Result, (style: Style) => (text: string) => string> = {
  valid: (style) => style.good,
  invalid: (style) => style.bad,
  unknown: (style) => style.unsure,
}

export const SIGN: Record<Result, string> = { valid: '✓', invalid: '✗', unknown: '?' }

const sign = (result: Result, style: Style) => PAINT[result](style)(SIGN[result])

function heading(subject: SubjectResult, style: Style, width: number): string[] {
  const [first, ...rest] = fill([visible(`${subject.name} × ${subject.consumer}`), visible(subject.store)], width - 2)
  return [`${sign(resultOf(subject), style)} ${style.strong(first!)}`, ...rest.map((line) => `  ${line}`)]
}

export function ran({ scenarios, bursts, exploration, skipped }: SubjectResult): string[] {
  const good = scenarios.filter(({ verdict }) => verdict.result === 'valid').length
  return [
    `scenarios ${number(good)}/${number(scenarios.length)}`,
    ...(skipped.length === 0 ? [] : [`${number(skipped.length)} skipped`]),
    ...(bursts === undefined ? [] : [`bursts ${number(bursts.runs)}${bursts.timeMs === undefined ? '' : ', then the time was over'}`]),
    ...(exploration === undefined ? [] : [explored(exploration)]),
  ]
}

const explored = ({ covered, interleavings, lost }: ExplorationResult): string =>
  `explored ${number(Number(covered))}/${number(Number(interleavings))} interleavings${lost === '0' ? '' : `, ${number(Number(lost))} lost`}`

/**
 * What ended because the time of the run was over: the clock decides how much is run, and nothing else. What was run of the bursts can be
 * run again without one.
 * @returns `again`: the command, on one line to be pasted.
 */
export function timedOf(subject: Pick<SubjectResult, 'name' | 'again' | 'bursts' | 'exploration'>): readonly Timed[] {
  const { bursts, exploration } = subject
  const timed: Timed[] = []
  if (bursts?.timeMs !== undefined) {
    const { runs, seed, timeMs } = bursts
    timed.push(
      runs === 0
        ? { said: `no burst was run: the time of ${duration(timeMs)} was over before the first` }
        : {
            said: `the time of ${duration(timeMs)} was over after ${count(runs, 'burst')}; the same ones, whatever the time:`,
            again: commandWith(`--runs ${runs} --seed ${seed}`, subject),
          },
    )
  }
  if (exploration?.stopped) timed.push({ said: 'the time was over before the exploration was complete' })
  return timed
}

interface Timed {
  readonly said: string
  readonly again?: string
}

const excused = ({ scenarios }: SubjectResult): readonly string[] => excusedTexts(scenarios.flatMap(({ verdict }) => verdict.excused ?? []))

/** What it does not say of itself, and what came of trying it all the same. */
function undeclared({ capabilities = [] }: SubjectResult): string[] {
  const tried = capabilities.filter(({ declared }) => !declared).map(({ name, outcome }) => `${name} (${outcome})`)
  return tried.length === 0 ? [] : [`not declared: ${tried.join(', ')}`]
}

export const countsOf = ({ scenarios, bursts, exploration }: SubjectResult): Counts =>
  [bursts?.counts, exploration?.counts, ...scenarios.map(({ verdict }) => verdict.counts)].reduce<Counts>(
    (sum, counts) => (counts === undefined ? sum : addCounts(sum, counts)),
    NO_COUNTS,
  )

export function gapsText({ gaps, injected, injectedDelivered, lost }: Counts): string[] {
  return [
    `gap opened ${number(gaps)}×, sentinel injected ${number(injected)}×, delivered ${number(injectedDelivered)}×`,
    `${number(lost)} lost`,
  ]
}

const seedOf = ({ bursts }: SubjectResult, seed: number | undefined): string[] => {
  const own = bursts?.seed ?? seed
  return own === undefined ? [] : [`seed ${own}`]
}

/** What a subject's line says of it. */
function said(subject: SubjectResult): string {
  if (subject.error !== undefined) return visible(`not run to the end: ${subject.error.split('\n')[0]!}`)
  const all = failuresOf(subject)
  const named = (result: Result) => all.filter(({ verdict, known }) => !known && verdict.result === result).map(({ name }) => name)
  const failed = named('invalid')
  const unknown = named('unknown')
  const known = all.filter((each) => each.known).map(({ name }) => name)
  const besides = known.length === 0 ? '' : ` (known: ${list(few(known))})`
  if (failed.length > 0) return visible(`failed: ${list(few(failed))}${besides}`)
  if (unknown.length > 0) return visible(`nothing shown by: ${list(few(unknown))}${besides}`)
  if (known.length > 0) return visible(`known: ${list(few(known))}`)
  if (subject.scenarios.length === 0 && subject.bursts === undefined) return 'nothing was run'
  const missing = unshown(subject)
  return (missing.length === 0 ? ran(subject) : missing).join(SEPARATOR)
}

/** Why it is unknown, where no case of it is. */
const unshown = ({ bursts, exploration }: SubjectResult): string[] => [
  ...(bursts === undefined || bursts.failure !== undefined || bursts.counts.owed > 0 ? [] : [nothingOwed(bursts)]),
  ...(exploration === undefined || exploration.covered === exploration.interleavings
    ? []
    : [`the exploration is not complete${exploration.stopped ? ': the time was over (--time asks for more)' : ''}`]),
]

function nothingOwed({ runs, timeMs }: BurstsResult): string {
  if (runs === 0 && timeMs !== undefined) return 'no burst was run: the time was over (--time asks for more)'
  return `nothing was owed in ${count(runs, 'burst')} (--${timeMs === undefined ? 'runs' : 'time'} asks for more)`
}

export function conclusion({ subjects }: SuiteResult, result: Result): string {
  const of = (wanted: Result) => subjects.filter((subject) => gateOf(subject) === wanted).length
  if (subjects.length === 0) return 'no subject was run'
  if (result === 'valid') return subjects.length === 1 ? 'passed' : `all ${count(subjects.length, 'subject')} passed`
  const words = result === 'invalid' ? 'failed' : 'not shown'
  return subjects.length === 1 ? words : `${number(of(result))} of ${count(subjects.length, 'subject')} ${words}`
}

// ── Matrix ──
//
// Subjects × scenarios as signs, for a terminal. Only what tells subjects apart has a row: a scenario that came out the same
// on all of them is one of a number. Where the subjects do not fit side by side, the table comes in pieces.

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
