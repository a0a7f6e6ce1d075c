/** One event of a history as one line, for `--verbose`: whom it concerns, what it is, and what it carries. */
import type { HistoryEvent } from '../history/event.js'
import { visible } from './text.js'

const TYPE = 16

export function eventText(event: HistoryEvent): string {
  const { type, ...rest } = event
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  return visible(`${type.padEnd(TYPE)} ${fields.join(' ')}`).trimEnd()
}
