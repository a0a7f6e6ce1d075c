/** §4: what each session delivered of what it was owed. Judged at quiescence, and per session. */
import { isAfter, isStreamId } from '../../contract/stream-id.js'
import { type AnomalyCode, type Check, anomaly } from '../anomaly.js'
import type { Owed, Session } from '../sessions.js'

/** The losses of the sessions that came to rest, told apart by where the entry lies. */
const lost = (code: AnomalyCode, where: string, lies: (entry: Owed, session: Session) => boolean): Check => ({ sessions }) =>
  sessions
    .filter(({ quiet }) => quiet)
    .flatMap((session) =>
      session.undelivered
        .filter((entry) => lies(entry, session))
        .map(({ value, id, window }) => anomaly(code, `${value} at ${id} was owed and never delivered: it lies ${where}`, { consumer: session.consumer, session: session.session, value, id, window })))

const deliveredAny = ({ delivered }: Session) => delivered.some(({ id, value }) => isStreamId(id) && value !== 'fence')

/** Below the first entry that was delivered. */
export const entrySkip: Check = lost('entry-skip', 'below the first delivered entry', (entry, session) => deliveredAny(session) && isAfter(session.firstDelivered, entry.id))

/** Between two entries that were delivered. */
export const pollSkip: Check = lost('poll-skip', 'between two delivered entries', (entry, session) => deliveredAny(session) && isAfter(entry.id, session.firstDelivered) && isAfter(session.lastDelivered, entry.id))

/**
 * Beyond the last delivered entry: no later delivery makes it good.
 * Per session. "Some reader saw it" (Jepsen's kafka workload) cannot see a gap at attach.
 */
export const unseen: Check = lost('unseen', 'beyond the last delivered entry', (entry, session) => !deliveredAny(session) || isAfter(entry.id, session.lastDelivered))

/** Delivered again within one session. */
export const duplicateDelivery: Check = ({ sessions, witness, options }) => {
  if (options.delivery === 'at-least-once') return []
  // What the log itself has twice (duplicate-append) is rightly delivered twice.
  const copies = (value: string) => Math.max(1, witness.filter((entry) => entry.value === value).length)
  return sessions.flatMap(({ delivered, consumer, session }) => {
    const again = delivered.filter(({ value }, i) => value !== undefined && delivered.slice(0, i).filter((other) => other.value === value).length >= copies(value))
    return again.map(({ value, id }) => anomaly('duplicate-delivery', `${value} was delivered twice within one session`, { consumer, session, value: value!, ...(id === undefined ? {} : { id }) }))
  })
}

/** A delivery below one that came before it, and new to the session. */
export const nonmonotonicPoll: Check = ({ sessions }) =>
  sessions.flatMap(({ delivered, consumer, session }) => {
    const seen = new Set<string>()
    return delivered.flatMap(({ id, value }, i) => {
      const fresh = id !== undefined && !seen.has(id)
      if (id !== undefined) seen.add(id)
      const above = fresh && isStreamId(id) ? delivered.slice(0, i).find((other) => isStreamId(other.id) && isAfter(other.id, id)) : undefined
      return above === undefined ? [] : [anomaly('nonmonotonic-poll', `${id} was delivered after ${above.id}`, { consumer, session, id: id!, ...(value === undefined ? {} : { value }) })]
    })
  })

/** A session that started at the tail delivers what was there before it asked. */
export const replayedHistory: Check = ({ sessions, committed }) =>
  sessions
    .filter(({ start, tailAsked }) => start === 'tail' && tailAsked !== undefined)
    .flatMap(({ delivered, tailAsked, consumer, session }) =>
      delivered.flatMap(({ value, id }) => {
        const entry = committed.find((other) => other.value === value)
        return entry !== undefined && entry.returned < tailAsked! ? [anomaly('replayed-history', `${entry.value} was delivered to a session that started at the tail, and it had been there before`, { consumer, session, value: entry.value, id: id ?? entry.id })] : []
      }))
