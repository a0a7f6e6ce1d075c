/**
 * Why an entry that was lost had been owed, and how its session came to its end: in words that are the same for two losses of the same
 * kind. A code, a window and a rule are not enough. An entry that nobody is told of is lost in another way than one that its consumer
 * was told of too late, and a session that a broken connection ended has another fault than one that ends by itself.
 */
import { type IdOrder, ORIGIN, type StreamId } from '../contract/stream-id.js'
import { FENCE, type History } from '../history/event.js'
import { type Owed, type Session, analyse } from './analysis.js'
import type { Anomaly } from './anomaly.js'

/** No store is at hand whose order could be asked for: ids ascend as entries are appended. */
const AS_APPENDED: IdOrder = { origin: ORIGIN, isId: (text): text is StreamId => typeof text === 'string', compare: () => 0 }

/** Empty where the anomaly is about no entry that was owed and not delivered. */
export function obligationOf(history: History, { consumer, session: number, value }: Anomaly): string {
  if (value === undefined || number === undefined) return ''
  const { sessions } = analyse(history, { ids: AS_APPENDED })
  const session = sessions.find((each) => each.consumer === consumer && each.session === number)
  const entry = session?.owed.find((each) => each.value === value && !each.delivered)
  if (session === undefined || entry === undefined) return ''
  return [value === FENCE ? 'the fence' : 'an entry', promiseOf(history, entry, session), toldOf(history, entry), endOf(session)].join(', ')
}

/** What the session had said or done by then that promises delivery; or where it started, which promises what was there before. */
function promiseOf(history: History, { called }: Owed, { start, attach }: Session): string {
  if (attach === undefined || called < attach) return `there before a session from ${start}`
  const { type } = history[attach]!
  const promise = type === 'announced' ? 'announcement' : type === 'tail-returned' ? 'tail' : 'first read'
  return `appended after the ${promise} of a session from ${start}`
}

/** Where there is a channel: whether it was told of the entry, and before any later one. */
function toldOf(history: History, { value, called }: Owed): string {
  const told = history.flatMap((event) => (event.type === 'notification' ? [event.value] : []))
  if (told.length === 0) return 'no channel'
  if (!told.includes(value)) return 'nobody told'
  const later = new Set(history.slice(called + 1).flatMap((event) => (event.type === 'append-called' ? [event.value] : [])))
  return told.slice(0, told.indexOf(value)).some((other) => later.has(other)) ? 'told after a later one' : 'told'
}

function endOf({ closed, track }: Session): string {
  if (closed === undefined) return 'session open'
  return `session ${closed.how}${track.windowAt(closed.at - 1) === 'error-gap' ? ' after a failed read' : ''}`
}
