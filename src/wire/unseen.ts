/** What there was to see of a program that came to no gate. */
import type { Exchange as RawExchange } from '../probe/wire/exchange.js'
import type { Line } from './line.js'
import { streamRequest } from './requests.js'
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
export function unheldRead({ queued, request: { args } }: RawExchange, scripts: Scripts, topics: Topics): string | undefined {
  if (queued) {
    const request = streamRequest(args) ?? scripts.request(args)
    return request && topics.includes(request.keys) ? `${String(args[0]).toUpperCase()} inside MULTI (send it outside)` : undefined
  }
  return topics.includes(scripts.unknown(args))
    ? `${String(args[0]).toUpperCase()} of a script whose text has not passed (let the program load it: SCRIPT FLUSH)`
    : undefined
}
