/** The list of what was found: one line each, with a tag that names it, its window, its rule and its race. */
import { type Anomaly, LOST } from '../oracle/anomaly.js'
import type { Style } from './style.js'
import { MAX_PARAGRAPH, cut, padEnd, paragraph, visible, widthOf } from './text.js'
import { count, range } from './words.js'

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

export function anomalyLines(anomalies: readonly Anomaly[], { width, style, race }: AnomalyTextOptions): string[] {
  const { shown, rest } = anomalySummary(anomalies, race)
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
export function anomalySummary(anomalies: readonly Anomaly[], race: string | undefined) {
  const lines = together(anomalies).map((group) => ({ ...group, tag: visible(tagOf(group.first, race)) }))
  return { shown: lines.slice(0, MAX_LINES), rest: lines.slice(MAX_LINES).reduce((sum, { many }) => sum + many, 0) }
}

/** Entries that one session lost in one window are one line. */
export function together(anomalies: readonly Anomaly[]): readonly AnomalyGroup[] {
  const groups = new Map<string, Anomaly[]>()
  for (const [at, anomaly] of anomalies.entries()) {
    const { code, consumer, session, window } = anomaly
    const key = LOST.has(code) ? [code, consumer, session, window].join() : String(at)
    groups.set(key, [...(groups.get(key) ?? []), anomaly])
  }
  const several = new Set(anomalies.map(({ consumer }) => consumer)).size > 1
  return [...groups.values()].map((group) => ({
    first: group[0]!,
    text: cut(textOf(group, several), MAX_PARAGRAPH),
    many: group.length,
  }))
}

function textOf(group: readonly Anomaly[], several: boolean): string {
  const first = group[0]!
  if (!LOST.has(first.code)) return first.evidence
  const values = range(
    group.map(({ value }) => value ?? '?'),
    2,
  )
  const ids = range(
    group.map(({ id }) => id ?? '?'),
    2,
  )
  return `${values} at ${ids} never delivered${several && first.consumer !== undefined ? ` to consumer ${first.consumer}` : ''}`
}

function tagOf({ code, window, rule }: Anomaly, race: string | undefined): string {
  return [`${code}${window === undefined ? '' : ` @${window}`}`, `rule ${rule}`, ...(race === undefined ? [] : [`race ${race}`])].join(
    ' · ',
  )
}
