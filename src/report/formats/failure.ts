/**
 * What a failure says, in this order: the verdict with its figures, how to get it again, the smallest schedule that
 * shows it, why, what happened, what was found, the rules that it breaks, and where to look.
 */
import { type History, FENCE } from '../../history/event.js'
import { type Anomaly, LOST } from '../../oracle/anomaly.js'
import type { Counts } from '../../oracle/check.js'
import { linkTo } from '../../oracle/rules.js'
import type { Schedule } from '../../schedule/schedule.js'
import type { Words } from '../../dialects/words.js'
import { type Step, type StepWords, describeStep } from '../../schedule/step.js'
import { whyOf } from '../explain.js'
import { hintsFor, rulesIn } from '../advice.js'
import type { CaseResult, SubjectResult } from '../result.js'
import { type Style, plainStyle } from '../style.js'
import {
  MAX_PARAGRAPH,
  areNeighbours,
  cut,
  few,
  paragraph,
  visible,
  fill,
  count,
  duration,
  number,
  shellWord,
  padEnd,
  widthOf,
  range,
  list,
} from '../text.js'
import { renderTimeline } from '../timeline/text.js'
import { timelineRows } from '../timeline/rows.js'

export interface FailureTextOptions {
  readonly style?: Style
  /** Default 80, at least 30. Commands are never broken: they are there to be copied. */
  readonly width?: number
  /** Those that show the same, and are not told. */
  readonly also?: readonly CaseResult[]
}

const LABEL = 12
const MAX_RULES = 3
const SEPARATOR = ' · '

export function failureText(
  result: CaseResult,
  subject: Pick<SubjectResult, 'name' | 'consumer' | 'dialect' | 'again'>,
  options: FailureTextOptions = {},
): string {
  const style = options.style ?? plainStyle
  const width = Math.max(30, options.width ?? 80)
  const { verdict, history } = result
  const { dialect } = subject
  const labelled = (label: string, text: string) => paragraph(cut(text, MAX_PARAGRAPH), width, ' '.repeat(LABEL), label.padEnd(LABEL))
  const sections: string[][] = [
    failureHeading(result, subject, style, width),
    commandsOf(result, subject, options.also).map(
      ([label, command], at, all) => `${(all[at - 1]?.[0] === label ? '' : `  ${label}`).padEnd(LABEL)}${style.strong(command)}`,
    ),
    whyOf(result, dialect).flatMap((text) => paragraph(cut(text, MAX_PARAGRAPH), width, '  ')),
    alsoShownBy(result, options.also ?? []).flatMap((text) => paragraph(text, width, '  ')),
    history.length === 0 ? [] : [renderTimeline(timelineRows(history, verdict, dialect, result.noReturn), { width, style })],
    anomalyLines(result, { width, style, race: result.race }),
    [
      ...rulesOf(verdict.anomalies, dialect.words).flatMap(({ id, intent }) => labelled('  rule', `${id}: ${intent} See ${linkTo(id)}`)),
      ...hintsFor(verdict.anomalies, dialect.words).flatMap((hint) => labelled('  hint', hint)),
    ],
    notesOf(result, options.also).flatMap((note) => labelled('  note', note)),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

const MAX_NAMES = 12
const MAX_NOTES = 3

/** Its own, and a few of those that show the same, each once. */
export const notesOf = ({ notes }: CaseResult, also: readonly CaseResult[] = []): readonly string[] => [
  ...new Set([...notes, ...also.flatMap((each) => each.notes).slice(0, MAX_NOTES)]),
]

/** The other cases of a finding, in a sentence; none where there are none. */
export function alsoShownBy({ verdict }: CaseResult, others: readonly CaseResult[]): readonly string[] {
  if (others.length === 0) return []
  const names = others.slice(0, MAX_NAMES).map(({ name }) => visible(name))
  const more = others.length - names.length
  const all = list(more > 0 ? [...names, `${number(more)} more`] : names)
  return [verdict.result === 'unknown' ? `For the same reason, nothing of ${all}.` : `Also shown by ${all}.`]
}

/** The rules that the anomalies name, each once. One of another version, in a report that was read back, says nothing here. */
export const rulesOf = (anomalies: readonly Anomaly[], words: Words) =>
  [...new Set(anomalies.map(({ rule }) => rule))].slice(0, MAX_RULES).flatMap((id) => rulesIn(words).find((rule) => rule.id === id) ?? [])

/** The verdict, and its figures: the first lines of the failure text. */
export function failureHeading(
  result: CaseResult,
  { name, consumer }: Pick<SubjectResult, 'name' | 'consumer'>,
  style: Style,
  width: number,
): string[] {
  const unknown = result.verdict.result === 'unknown'
  const sign = unknown ? style.unsure('?') : result.verdict.result === 'valid' ? style.good('✓') : style.bad('✗')
  const parts = [
    visible(result.name),
    visible(`${name} × ${consumer}`),
    `${outcomeOf(result)}${result.known ? ' (known)' : ''}`,
    figuresOf(result).join(SEPARATOR),
  ]
  const [first, ...others] = fill(parts, width - 2)
  return [`${sign} ${style.strong(first!)}`, ...others.map((line) => `  ${line}`)]
}

export const figuresOf = (result: CaseResult): readonly string[] => [
  ...(result.foundAfter === undefined ? [] : [`schedule ${number(result.foundAfter)}`]),
  stepsOf(result),
  duration(result.ms),
]

/** `2 steps`; `2 steps of 9` where a smaller schedule than the scenario's own is told. */
export const stepsOf = ({ schedule: { steps }, wholeSteps = 0 }: CaseResult): string =>
  `${count(steps.length, 'step')}${wholeSteps > steps.length ? ` of ${number(wholeSteps)}` : ''}`

export function outcomeOf({ verdict }: CaseResult): string {
  const { counts, anomalies } = verdict
  if (verdict.result === 'unknown') return 'nothing shown'
  if (verdict.result === 'valid') return `${share(counts.delivered, counts)} delivered`
  if (counts.lost > 0) return `${share(counts.lost, counts)} lost`
  if (counts.delivered < counts.owed) return `${share(counts.owed - counts.delivered, counts)} not delivered`
  if (anomalies.some(({ code, value }) => LOST.has(code) && value === FENCE))
    return 'nothing lost but the fence, which the harness appends last'
  return `nothing lost, but ${count(anomalies.length, 'anomaly')}`
}

const share = (n: number, { owed }: Counts) => `${number(n)} of ${number(owed)} owed entries`

/**
 * With a label each, on one line whatever the width: they are to be pasted.
 * @param also those that show the same: what finds a burst among them again is not lost.
 */
export function commandsOf(
  result: CaseResult,
  subject: Pick<SubjectResult, 'name' | 'dialect' | 'again'>,
  also: readonly CaseResult[] = [],
): (readonly [string, string])[] {
  const { replayFile, schedule } = result
  const again = [result, ...also].flatMap((each) => againOf(each, subject))
  const replay = [...(replayFile === undefined ? [] : [`npx tailrace replay ${shellWord(replayFile)}`]), ...again]
  return [...replay.map((command) => ['replay', visible(command)] as const), ['smallest', stepsLine(schedule, subject.dialect.words)]]
}

/** What finds a burst again, from its seed. */
const againOf = ({ seed, path }: CaseResult, subject: Pick<SubjectResult, 'name' | 'again'>): readonly string[] =>
  seed === undefined ? [] : [commandWith(`--seed ${seed}${path === undefined ? '' : ` --path ${shellWord(path)}`}`, subject)]

/** What runs this subject with these options. */
export function commandWith(options: string, { name, again }: Pick<SubjectResult, 'name' | 'again'>): string {
  const { command, rest } = again ?? { command: `npx tailrace run --subject ${shellWord(name)}`, rest: '' }
  return `${command} ${options}${rest}`
}

/** `consumer → empty · append 1 · drain` */
export function stepsLine({ steps, consumers, read }: Schedule, words: StepWords): string {
  const options = [...(consumers === undefined ? [] : [`${consumers} consumers`]), ...(read.count === 10 ? [] : [`count ${read.count}`])]
  return stepsText(steps, words, ['drain']) + (options.length === 0 ? '' : `   (${options.join(', ')})`)
}

/** `consumer → empty · append 1` */
export const stepsText = (steps: readonly Step[], words: StepWords, then: readonly string[] = []): string =>
  visible([...steps.map((step) => describeStep(step, words)), ...then].join(SEPARATOR))

// ── Anomalies ──
//
// The list of what was found: one line each, with a tag that names it, its window, its rule and its race.

const MAX_LINES = 10
const INDENT = '  '

export interface AnomalyTextOptions {
  readonly width: number
  readonly style: Style
  /** Of the scenario, which was written for one race. */
  readonly race?: string | undefined
}

/** What is said on one line. */
export interface AnomalyGroup {
  readonly first: Anomaly
  readonly text: string
  /** How many anomalies it stands for. */
  readonly many: number
}

/** What was found, and in which history. */
export type Found = Pick<CaseResult, 'verdict' | 'history'>

export function anomalyLines(found: Found, { width, style, race }: AnomalyTextOptions): string[] {
  const { shown, rest } = anomalySummary(found, race)
  const column = shown.reduce((most, { text }) => Math.max(most, widthOf(text)), 0)
  return [
    ...shown.flatMap(({ text, tag }) => {
      const line = `${INDENT}${padEnd(text, column)}   `
      if (widthOf(line + tag) <= width) return [line + style.strong(tag)]
      return [...paragraph(text, width, INDENT), ...paragraph(tag, width, `${INDENT}    `).map(style.strong)]
    }),
    ...(rest > 0 ? [`${INDENT}and ${count(rest, 'more anomaly', 'more anomalies')}`] : []),
  ]
}

/** The first lines, and how many anomalies the others stand for. */
export function anomalySummary(found: Found, race: string | undefined) {
  const lines = together(found).map((group) => ({ ...group, tag: visible(tagOf(group.first, race)) }))
  return { shown: lines.slice(0, MAX_LINES), rest: lines.slice(MAX_LINES).reduce((sum, { many }) => sum + many, 0) }
}

/** Entries that one session lost in one window are one line. */
export function together({ verdict: { anomalies }, history }: Found): readonly AnomalyGroup[] {
  const groups = new Map<string, Anomaly[]>()
  for (const [at, anomaly] of anomalies.entries()) {
    const { code, consumer, session, window } = anomaly
    const key = LOST.has(code) ? [code, consumer, session, window].join() : String(at)
    groups.set(key, [...(groups.get(key) ?? []), anomaly])
  }
  const several = new Set(anomalies.map(({ consumer }) => consumer)).size > 1
  return [...groups.values()].map((group) => ({
    first: group[0]!,
    text: cut(textOf(group, history, several), MAX_PARAGRAPH),
    many: group.length,
  }))
}

function textOf(group: readonly Anomaly[], history: History, several: boolean): string {
  const first = group[0]!
  if (!LOST.has(first.code)) return first.evidence
  const whom = several && first.consumer !== undefined ? ` to consumer ${first.consumer}` : ''
  return `${lostText(group, history)} never delivered${whom}`
}

/** `s1 at 1-0`, `s1 … s9 at 1-0 … 9-0`; where others were delivered in between, the first ones, and how many more. */
function lostText(group: readonly Anomaly[], history: History): string {
  const values = group.map(({ value }) => value ?? '?')
  const ids = group.map(({ id }) => id ?? '?')
  if (group.length <= 2 || areNeighbours(values, owedBy(group, history))) return `${range(values, 2)} at ${range(ids, 2)}`
  return list(few(values.map((value, at) => `${value} at ${ids[at]!}`)))
}

/** What these were lost of: they and what their consumer was handed, in the order of the appends. */
function owedBy(group: readonly Anomaly[], history: History): readonly string[] {
  const handed = history.flatMap((event) =>
    event.type === 'delivered' && event.consumer === group[0]?.consumer && event.value !== undefined ? [event.value] : [],
  )
  const owed = new Set([...group.map(({ value }) => value), ...handed])
  return history.flatMap((event) => (event.type === 'append-called' && owed.has(event.value) ? [event.value] : []))
}

function tagOf({ code, window, rule }: Anomaly, race: string | undefined): string {
  return [`${code}${window === undefined ? '' : ` @${window}`}`, `rule ${rule}`, ...(race === undefined ? [] : [`race ${race}`])].join(
    ' · ',
  )
}
