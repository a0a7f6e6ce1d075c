/**
 * The result as Markdown, for a pull request or the summary of a job: what came of it, a table of what was run, and each
 * failure with why, how to get it again, and its timeline as a diagram.
 */
import { alsoShownBy, anomalySummary, notesOf, rulesOf, commandsOf } from './failure.js'
import { linkTo } from '../../oracle/rules.js'
import { whyOf } from '../explain.js'
import { IMPOSSIBLE, LEGEND, neverAtText, triedText } from './coverage.js'
import { SIGN, conclusionOf, countsOf, timedOf } from './summary.js'
import { type Coverage, placeText, summaryOf, timesAt, wordsOf } from '../coverage.js'
import { type Story, storiesOf } from '../findings.js'
import { sharesText } from '../shares.js'
import { hintsFor } from '../advice.js'
import { knownLines } from '../known-losses.js'
import { type CaseResult, type NoReturn, type SubjectResult, type SuiteResult, resultOf } from '../result.js'
import { MAX_PARAGRAPH, cut, capital, count, duration, number, visible, clip } from '../text.js'
import { LOST } from '../../oracle/anomaly.js'
import type { Dialect } from '../../dialects/dialect.js'
import type { Verdict } from '../../oracle/check.js'
import type { History } from '../../history/event.js'
import { GATES } from '../../schedule/gate.js'
import { timelineRows, type TimelineRow } from '../timeline/rows.js'

/** GitHub takes 65,536 characters in a comment. */
const MAX_CHARACTERS = 60_000

export function toMarkdown(suite: SuiteResult): string {
  const { gate, parts } = conclusionOf(suite)
  const [said, ...figures] = parts
  const head = [
    `## ${SIGN[gate]} tailrace: ${said!}`,
    `${verdictOf(suite)} ${figures.join(' · ')}.`,
    tableOf(suite.subjects),
    ...suite.subjects.flatMap(({ name, error }) =>
      error === undefined ? [] : [`**${escapeMarkdown(name)}** was not run to the end: ${escapeMarkdown(cut(error, MAX_PARAGRAPH))}`],
    ),
    ...suite.subjects.flatMap(({ name, limits = [] }) => limitsOf(name, limits)),
    ...suite.subjects.flatMap((subject) =>
      sharesText(subject).map((line) => `**${escapeMarkdown(subject.name)}**: ${escapeMarkdown(line)}`),
    ),
    ...suite.subjects.flatMap((subject) =>
      timedOf(subject).map(
        ({ said, again }) => `**${escapeMarkdown(subject.name)}**: ${said}${again === undefined ? '.' : `\n\n${fenced('sh', again)}`}`,
      ),
    ),
    ...knownOf(suite),
  ]
  const failures = suite.subjects.flatMap((subject) => storiesOf(subject).map((story) => ({ subject, ...story })))
  const sections = [...head, ...withinLimit(failures, head.join('\n\n').length)]
  return `${[...sections, ...coverageOf(suite.subjects, sections.join('\n\n').length)].join('\n\n')}\n`
}

/** What was owed, over everything that was run. */
function verdictOf({ subjects }: SuiteResult): string {
  const all = subjects.map(countsOf)
  const sum = (key: 'owed' | 'delivered' | 'lost' | 'injected') => all.reduce((total, counts) => total + counts[key], 0)
  const lost = sum('lost') === 0 ? 'Nothing was lost' : `${capital(count(sum('lost'), 'entry'))} ${sum('lost') === 1 ? 'was' : 'were'} lost`
  return `${lost}: of ${number(sum('owed'))} owed entries ${number(sum('delivered'))} were delivered, and ${number(sum('injected'))} were put into open gaps.`
}

function tableOf(subjects: readonly SubjectResult[]): string {
  if (subjects.length === 0) return 'No subject was run.'
  const heads = ['', 'subject', 'store', 'scenarios', 'skipped', 'bursts', 'exploration', 'gaps', 'lost', 'time']
  const rows = subjects.map((subject) => {
    const { scenarios, skipped, bursts, exploration, ms } = subject
    const { gaps, lost } = countsOf(subject)
    return [
      SIGN[resultOf(subject)],
      `${escapeMarkdown(subject.name)} × ${escapeMarkdown(subject.consumer)}`,
      escapeMarkdown(subject.store),
      `${number(scenarios.filter(({ verdict }) => verdict.result === 'valid').length)}/${number(scenarios.length)}`,
      number(skipped.length),
      bursts === undefined ? '–' : number(bursts.runs),
      exploration === undefined ? '–' : `${number(Number(exploration.covered))}/${number(Number(exploration.interleavings))}`,
      number(gaps),
      number(lost),
      duration(ms),
    ]
  })
  return [heads, heads.map((_, at) => (at < 3 ? '---' : '--:')), ...rows].map(tableRow).join('\n')
}

const limitsOf = (name: string, limits: readonly string[]): string[] =>
  limits.length === 0
    ? []
    : [[`What cannot be known of **${escapeMarkdown(name)}**:`, '', ...limits.map((each) => `- ${escapeMarkdown(each)}`)].join('\n')]

const knownOf = ({ known = [] }: SuiteResult): string[] => {
  const lines = knownLines(known)
  return lines.length === 0 ? [] : [lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n')]
}

interface Failure extends Story {
  readonly subject: SubjectResult
}

/** As many in full as there is room for, the others by name. */
function withinLimit(failures: readonly Failure[], used: number): string[] {
  const sections: string[] = []
  let room = MAX_CHARACTERS - used
  for (const [at, failure] of failures.entries()) {
    const section = failureMarkdown(failure.result, failure.subject, failure.also)
    if (section.length > room) return [...sections, namesOf(failures.slice(at))]
    room -= section.length + 2
    sections.push(section)
  }
  return sections
}

function namesOf(failures: readonly Failure[]): string {
  const names = failures.slice(0, 50).map(({ result, subject }) => `- ${escapeMarkdown(result.name)} · ${escapeMarkdown(subject.name)}`)
  const more = failures.length > 50 ? [`- and ${number(failures.length - 50)} more`] : []
  return [`There is no room here for ${count(failures.length, 'more failure')}:`, '', ...names, ...more].join('\n')
}

// ── Coverage ──
//
// What was tried on each subject, and where: folded, and last, for it is to be looked at when somebody doubts a green run.

const FOLD = ['<details>', '<summary>What was tried where, and what was not</summary>'].join('\n')

/** As many subjects as there is room for, the others by number. */
function coverageOf(subjects: readonly SubjectResult[], used: number): string[] {
  const tables = subjects.flatMap((subject) => (subject.coverage === undefined ? [] : [coverageMarkdown(subject, subject.coverage)]))
  let room = MAX_CHARACTERS - used
  const shown = tables.filter((table) => (room -= table.length + 2) > 0)
  const left = tables.length - shown.length
  if (shown.length === 0) return []
  return [FOLD, ...shown, ...(left === 0 ? [] : [`There is no room here for ${count(left, 'more subject')}.`]), '</details>']
}

function coverageMarkdown({ name, consumer }: SubjectResult, coverage: Coverage): string {
  const summary = summaryOf(coverage)
  const { columns } = summary
  const heads = ['held at', 'steps there', ...columns.map(wordsOf)]
  const rows = coverage.places.map((place) => [
    escapeMarkdown(placeText(place)),
    number(place.held),
    ...columns.map((what) => {
      const times = timesAt(place, what)
      return times === undefined ? IMPOSSIBLE : times === 0 ? '**0**' : number(times)
    }),
  ])
  const never = neverAtText(summary)
  return [
    `**${escapeMarkdown(name)}** × ${escapeMarkdown(consumer)}: ${triedText(summary)}, in ${count(coverage.schedules, 'schedule')}. ${LEGEND}`,
    [heads, heads.map((_, at) => (at === 0 ? '---' : '--:')), ...rows].map(tableRow).join('\n'),
    ...(never === undefined ? [] : [escapeMarkdown(never)]),
  ].join('\n\n')
}

/** One failure, from its heading to its hints. */
export function failureMarkdown(
  result: CaseResult,
  subject: Pick<SubjectResult, 'name' | 'consumer' | 'dialect'>,
  also: readonly CaseResult[] = [],
): string {
  const { name, verdict, history, known, race } = result
  const { dialect } = subject
  const { shown, rest } = anomalySummary(result, race)
  const commands = commandsOf(result, subject, also)
  const replay = commands.filter(([label]) => label === 'replay').map(([, command]) => command)
  const smallest = commands.find(([label]) => label === 'smallest')?.[1]
  return [
    `### ${SIGN[verdict.result]} ${escapeMarkdown(name)} · ${escapeMarkdown(`${subject.name} × ${subject.consumer}`)}${known ? ' (known)' : ''}`,
    ...whyOf(result, dialect).map((text) => escapeMarkdown(cut(text, MAX_PARAGRAPH))),
    ...alsoShownBy(result, also).map(escapeMarkdown),
    ...(replay.length === 0 ? [] : [fenced('sh', replay.join('\n'))]),
    ...(smallest === undefined ? [] : [`Smallest schedule: ${codeSpan(smallest)}`]),
    ...(history.length === 0 ? [] : [fenced('mermaid', toMermaid(history, verdict, dialect, result.noReturn))]),
    [
      ...shown.map(({ text, tag }) => `- **${escapeMarkdown(tag)}**: ${escapeMarkdown(cut(text, MAX_PARAGRAPH))}`),
      ...(rest > 0 ? [`- and ${count(rest, 'more anomaly', 'more anomalies')}`] : []),
      ...rulesOf(verdict.anomalies, dialect.words).map(
        ({ id, intent }) => `- rule ${id}: ${escapeMarkdown(intent)} See \`${linkTo(id)}\` in the package.`,
      ),
      ...hintsFor(verdict.anomalies, dialect.words).map((hint) => `- hint: ${escapeMarkdown(hint)}`),
      ...notesOf(result, also).map((note) => `- note: ${escapeMarkdown(cut(note, MAX_PARAGRAPH))}`),
    ].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

// ── Escaping ──
//
// Text inside Markdown: whatever a subject says stays text. It can begin no table cell, link, HTML or code, mention
// nobody, and refer to no issue: GitHub makes a link of every `#1`, and there are reads of that number.

const PUNCTUATION = /[\\`*_{}[\]~|]/g
/** Breaks what is recognised by looks after the text was rendered, where no escape helps. */
const INVISIBLE = '&#8203;'

/** In a line of text, at its beginning, or in a cell of a table. */
export const escapeMarkdown = (text: string): string =>
  visible(text)
    .trimStart()
    .replace(PUNCTUATION, (char) => `\\${char}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/#(?=\w)/g, `#${INVISIBLE}`)
    .replace(/@(?=[\w\\])/g, `@${INVISIBLE}`)
    .replace(/:(?=\/\/)/g, `:${INVISIBLE}`)
    .replace(/\bwww(?=\.)/gi, (www) => www + INVISIBLE)
    // A list, a heading or a rule begins only where a line does.
    .replace(/^[-+=#]/, (char) => `\\${char}`)
    .replace(/^(\d+)(?=[.)])/, '$1\\')

/** A fenced block that its text cannot close. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}

/** A code span in a line. Not for a cell: there it would have to escape what it must not. */
export function codeSpan(text: string): string {
  const shown = visible(text)
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return longest > 0 ? `${ticks} ${shown} ${ticks}` : `${ticks}${shown}${ticks}`
}

export const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

// ── Diagram ──
//
// The timeline as a Mermaid sequence diagram, which GitHub and GitLab draw. It has the rows of the text: who did what to
// whom, with a note at the gate where a consumer is held while another moves, the gap shaded, and what was lost marked.

/** See-through, so that it can be read on black and on white. */
const SHADE = 'rect rgba(248, 81, 73, 0.15)'
const MAX_TEXT = 140

export function toMermaid(history: History, verdict: Pick<Verdict, 'anomalies'>, dialect: Dialect, noReturn?: NoReturn): string {
  const rows = timelineRows(history, verdict, dialect, noReturn)
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
    if (row.culprit) lines.push(note(`C${row.consumer ?? 0}`, '✗ this lost it'))
    if (row.lost) lines.push(note('P,S', `✗ ${lostBy(history, verdict, rows, at)} never delivered`))
  }
  if (open.length > 0) lines.push('end')
  return ['sequenceDiagram', ...lines.map((line) => `  ${line}`)].join('\n')
}

const movesLog = ({ kind, consumer, producerText }: TimelineRow) => kind === 'move' && consumer === undefined && producerText !== undefined

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
