/** What there was to see of a program that came to no gate. */
import type { Line } from './line.js'
import type { Scripts } from './scripts.js'
import type { Topics } from './topics.js'

const SHOWN = 5

export function unseenOn(lines: readonly Line[], pattern: string): string {
  const commands = lines.reduce((all, { seen }) => all + seen.commands, 0)
  if (commands === 0) return 'no command came through the probe: does the program take its address from where it is told to?'
  const unheld = unheldOn(lines)
  if (unheld !== undefined) return unheld
  const read = [...new Set(lines.flatMap(({ seen }) => seen.keys))].slice(0, SHOWN)
  const what = read.length === 0 ? 'none of them reads a stream' : `it reads ${read.join(', ')}`
  return `${commands} commands came through the probe, and ${what}: does the topic "${pattern}" fit?`
}

/** Why the program may be reading without our knowing. */
export function unheldOn(lines: readonly Line[]): string | undefined {
  const ways = [...new Set(lines.flatMap(({ seen }) => [...seen.unheld]))]
  return ways.length === 0 ? undefined : `it reads where it cannot be held: ${ways.join(', ')}`
}

/** A command that passes by unheld, and may read the topic, in words. */
export function unheldRead(args: readonly Buffer[], scripts: Scripts, topics: Topics): string | undefined {
  return topics.includes(scripts.unknown(args))
    ? `${String(args[0]).toUpperCase()} of a script whose text has not passed (let the program load it: SCRIPT FLUSH)`
    : undefined
}
