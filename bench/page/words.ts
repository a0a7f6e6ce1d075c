/** Figures and tables as the page shows them. */
import type { Multiple } from '../ratios.js'
import type { Censored, Estimate } from '../statistics.js'

export const number = (value: number): string => {
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  return size === 0 ? '0' : String(Number(value.toPrecision(3)))
}

export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`

const times = (ratio: number): string => `${number(ratio)}×`

export const multiple = (ratio: Multiple): string => ('below' in ratio ? `< ${times(ratio.below)}` : estimate(ratio, times))

/** From microseconds to minutes. */
export function seconds(value: number): string {
  if (value < 1e-3) return `${number(value * 1e6)} µs`
  if (value < 1) return `${number(value * 1e3)} ms`
  return value < 120 ? `${number(value)} s` : `${number(value / 60)} min`
}

/** `2.1 s (2.0 s–2.3 s)` */
export const estimate = ({ value, low, high }: Estimate, show: (value: number) => string = number): string =>
  `${show(value)} (${show(low)}–${show(high)})`

/** Never an average that leaves out what found nothing. */
export const censored = (value: Censored | Estimate, show: (value: number) => string = number): string =>
  'above' in value ? `> ${show(value.above)}` : 'low' in value ? estimate(value, show) : show(value.value)

/** As the formatter writes it: the columns stand below each other. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((cells) => cells[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
