/** A comparison in words, for a terminal and for a pull request: the same lists, in the same order. */
import { failureText } from './failure.js'
import { failureMarkdown, escapeMarkdown } from './markdown.js'
import { type Style, plainStyle } from '../style.js'
import { count, few, list, number, paragraph, visible } from '../text.js'
import type { Comparison, Counterexample, Difference, Place } from '../compare.js'

export interface CompareTextOptions {
  readonly style?: Style
  readonly width?: number
}

export function compareText(comparison: Comparison, { style = plainStyle, width = 80 }: CompareTextOptions = {}): string {
  const { regression, counterexample } = comparison
  const paint = regression ? style.bad : style.good
  const lists = listsOf(comparison).map(({ title, lines }) =>
    [style.strong(title), ...lines.flatMap((line) => paragraph(visible(line), width, '    ', '  '))].join('\n'),
  )
  const { subject, result } = counterexample ?? {}
  const example =
    result === undefined ? [] : [`${style.strong('shortest new counterexample')}\n\n${failureText(result, subject!, { style, width })}`]
  return [
    paint(`${regression ? '✗' : '✓'} ${headline(comparison)}`),
    ...lists,
    ...example,
    speedText(comparison),
    conclusion(comparison),
  ].join('\n\n')
}

export function compareMarkdown(comparison: Comparison): string {
  const lists = listsOf(comparison).map(({ title, lines }) =>
    [`**${title}**`, '', ...lines.map((line) => `- ${escapeMarkdown(line)}`)].join('\n'),
  )
  const example = exampleMarkdown(comparison.counterexample)
  const head = `## ${comparison.regression ? '✗' : '✓'} tailrace: ${headline(comparison)}`
  return `${[head, ...lists, ...example, speedText(comparison), conclusion(comparison)].join('\n\n')}\n`
}

const exampleMarkdown = (example: Counterexample | undefined): string[] =>
  example === undefined ? [] : ['The shortest new counterexample:', failureMarkdown(example.result, example.subject)]

export function headline(comparison: Comparison): string {
  const { lost, fixed, unknown, shown, removed, added } = comparison
  const parts = [
    ...some(lost.length, 'new'),
    ...some(fixed.length, 'fixed'),
    ...some(unknown.length, 'newly unknown'),
    ...some(shown.length, 'shown again'),
    ...some(removed.length, 'removed'),
    ...some(added.length, 'added'),
  ]
  return parts.length === 0 ? 'nothing changed' : list(parts)
}

const some = (n: number, what: string): string[] => (n === 0 ? [] : [`${number(n)} ${what}`])

export function listsOf({
  lost,
  fixed,
  unknown,
  shown,
  removed,
  added,
  settings,
}: Comparison): { readonly title: string; readonly lines: readonly string[] }[] {
  return [
    { title: 'new', lines: lost.map(findingLine) },
    { title: 'fixed', lines: fixed.map(findingLine) },
    { title: 'newly unknown', lines: unknown.map(placeLine) },
    { title: 'shown again', lines: shown.map(nameOf) },
    { title: 'removed: was run before, and is not any more', lines: removed.map(placeLine) },
    { title: 'added: is run now, and was not before', lines: added.map(nameOf) },
    { title: 'not run in the same way', lines: settings },
  ].filter(({ lines }) => lines.length > 0)
}

const findingLine = ({ subject, cause, rule, did, shownBy, known }: Difference): string =>
  `${subject} · ${cause} · rule ${rule}${known ? ' (known)' : ''}: ${did} (${list(few(shownBy))})`

const nameOf = ({ subject, where }: Place): string => `${subject}${where === undefined ? ' (the whole subject)' : ` · ${where}`}`

const placeLine = (place: Place): string => `${nameOf(place)}${place.why === undefined || place.why === '' ? '' : `: ${place.why}`}`

export function speedText({ speed: { base, head } }: Comparison): string {
  const rate = (n: number) => number(Math.round(n))
  const change = base === 0 ? '' : ` (${signed(Math.round((head / base - 1) * 100))} %)`
  return `${rate(base)} → ${rate(head)} schedules per second${change}`
}

const signed = (n: number): string => (n > 0 ? `+${n}` : n < 0 ? `−${-n}` : '±0')

export function conclusion({ regression, lost, unknown }: Comparison): string {
  if (!regression) return 'exit 0: no regression'
  const losses = lost.filter(({ known }) => !known).length
  const parts = [
    ...(losses === 0 ? [] : [count(losses, 'new finding')]),
    ...(unknown.length === 0 ? [] : [`${count(unknown.length, 'place')} where nothing is shown any more`]),
  ]
  return `exit 1: ${list(parts)}`
}
