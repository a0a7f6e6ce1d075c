/** Outcomes as text: a line of the file for each, its digest, and what is different in two of them. */
import { createHash } from 'node:crypto'

/** Keys sorted: in which order a property was written says nothing. */
function sorted(value) {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  // By definition: `__proto__` may be a key of a payload.
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}

/** What of strings is this run's own: ports, and names drawn at random. */
const withoutOwn = (text) =>
  text.replaceAll(/(127\.0\.0\.1|localhost):\d{2,5}/g, '$1:PORT').replaceAll(/\btailrace([:-])[0-9a-f]{12}\b/g, 'tailrace$1RANDOM')

/** A line of the file. What is run beside history and verdict (milliseconds, how it ended) is left out. */
export function lineOf(name, outcome) {
  return withoutOwn(JSON.stringify({ case: name, ...sorted({ ...outcome, run: undefined }) }))
}

export const digestOf = (line) => createHash('sha256').update(line).digest('hex').slice(0, 10)

/** Which of a history, a reason why there is none, or an error it is. */
export const kindOf = (line) => Object.keys(JSON.parse(line)).join()

/** The first thing in which two lines differ, for a reader. */
export function describe(wasThere, before, now) {
  if (now === undefined) return '  is gone'
  if (!wasThere) return '  is new'
  if (before === undefined) return '  differs (what it was is not here: only its digest)'
  const [was, is] = [JSON.parse(before), JSON.parse(now)]
  const shown = (value) => (value === undefined ? '(nothing)' : JSON.stringify(value))
  const sides = (where, a, b) => `  ${where}\n    - ${shown(a)}\n    + ${shown(b)}`
  if (was.history === undefined || is.history === undefined) {
    const brief = ({ history, verdict, ...rest }) =>
      history === undefined ? { ...rest, case: undefined } : { ...rest, case: undefined, events: history.length, result: verdict?.result }
    return sides('outcome', brief(was), brief(is))
  }
  const at = was.history.findIndex((event, i) => JSON.stringify(event) !== JSON.stringify(is.history[i]))
  const first = at === -1 && is.history.length > was.history.length ? was.history.length : at
  const judged = was.verdict.result === is.verdict.result ? '' : `  (${was.verdict.result} → ${is.verdict.result})`
  if (first === -1) return sides(...firstDifference({ ...was, history: 0 }, { ...is, history: 0 }, ''))
  const behind = first === 0 ? '' : `    ${shown(was.history[first - 1])}\n`
  return `  event ${first} of ${was.history.length} → ${is.history.length}${judged}\n${behind}    - ${shown(was.history[first])}\n    + ${shown(is.history[first])}`
}

function firstDifference(a, b, path) {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return [path, a, b]
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (JSON.stringify(a[key]) === JSON.stringify(b[key])) continue
    return firstDifference(a[key], b[key], path === '' ? key : `${path}.${key}`)
  }
  return [path, a, b]
}
