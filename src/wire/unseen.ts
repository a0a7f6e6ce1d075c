/** What there was to see of a program that came to no gate. */
import type { Line } from './line.js'

const SHOWN = 5

export function unseenOn(lines: readonly Line[], pattern: string): string {
  const commands = lines.reduce((all, { seen }) => all + seen.commands, 0)
  if (commands === 0) return 'no command came through the probe: does the program take its address from where it is told to?'
  const read = [...new Set(lines.flatMap(({ seen }) => seen.keys))].slice(0, SHOWN)
  const what = read.length === 0 ? 'none of them reads a stream' : `it reads ${read.join(', ')}`
  return `${commands} commands came through the probe, and ${what}: does the topic "${pattern}" fit?`
}
