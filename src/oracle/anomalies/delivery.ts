/** §4: what each session delivered of what it was owed. Judged at quiescence, and per session. */
import { ORIGIN, isAfter, isStreamId } from '../../contract/stream-id.js'
import type { Analysis } from '../analysis.js'
import { type AnomalyCode, type Check, anomaly } from '../anomaly.js'
import { type Owed, type Session, tookInGroup } from '../sessions.js'

/** The losses of the sessions that came to rest, told apart by where the entry lies. */
const lost =
  (code: AnomalyCode, where: string, lies: (entry: Owed, session: Session) => boolean): Check =>
  (analysis) =>
    analysis.sessions
      .filter(({ quiet }) => quiet)
      .flatMap((session) =>
        session.undelivered
          .filter((entry) => lies(entry, session))
          .map((entry) => {
            const { value, id, window } = entry
            const rule = ruleOf(entry, session, analysis)
            return anomaly(code, `${value} at ${id} was owed and never delivered: it lies ${where}`, {
              consumer: session.consumer,
              session: session.session,
              value,
              id,
              window,
              ...(rule === undefined ? {} : { rule }),
            })
          }),
      )

/** Where something says more about the rule than the window does: a topic made anew, or a session that resumed. */
function ruleOf(entry: Owed, session: Session, { history, reads }: Analysis): string | undefined {
  const { regressed, called, value } = entry
  const { start, begin, end, consumer } = session
  if (regressed !== undefined) return '6.2'
  // A read gave it to the consumer, so no gap took it: the consumer did not hand it over.
  const given = history
    .slice(begin, end)
    .some((event) => event.type === 'read-entry' && event.consumer === consumer && event.value === value)
  if (given) return '4.4'
  if (reads.some((read) => tookInGroup(read, entry, session))) return '4.5'
  if (start !== 'id' || called > begin) return undefined
  const left = history.findLastIndex((event, at) => at < begin && event.type === 'aborted' && event.consumer === consumer)
  // In flight when its client went away, or appended while it was away.
  return called < left ? '5.3' : '5.5'
}

const deliveredAny = ({ delivered }: Session) => delivered.some(({ id, value }) => isStreamId(id) && value !== 'fence')

/** Below the first entry that was delivered. */
export const entrySkip: Check = lost(
  'entry-skip',
  'below the first delivered entry',
  (entry, session) => deliveredAny(session) && isAfter(session.firstDelivered, entry.id),
)

/** Between two entries that were delivered. */
export const pollSkip: Check = lost(
  'poll-skip',
  'between two delivered entries',
  (entry, session) => deliveredAny(session) && isAfter(entry.id, session.firstDelivered) && isAfter(session.lastDelivered, entry.id),
)

/**
 * Beyond the last delivered entry: no later delivery makes it good.
 * Per session. "Some reader saw it" (Jepsen's kafka workload) cannot see a gap at attach.
 */
export const unseen: Check = lost(
  'unseen',
  'beyond the last delivered entry',
  (entry, session) => !deliveredAny(session) || isAfter(entry.id, session.lastDelivered),
)

/** Delivered again within one session. */
export const duplicateDelivery: Check = ({ sessions, witness, options }) => {
  if (options.delivery === 'at-least-once') return []
  // What the log itself has twice (duplicate-append) is rightly delivered twice.
  const copies = (value: string) => Math.max(1, witness.filter((entry) => entry.value === value).length)
  return sessions.flatMap(({ delivered, consumer, session }) => {
    const times = new Map<string, number>()
    const again = delivered.filter(({ value }) => {
      if (value === undefined) return false
      const before = times.get(value) ?? 0
      times.set(value, before + 1)
      return before > 0 && before >= copies(value)
    })
    return again.map(({ value, id }) =>
      anomaly('duplicate-delivery', `${value} was delivered twice within one session`, {
        consumer,
        session,
        value: value!,
        ...(id === undefined ? {} : { id }),
      }),
    )
  })
}

/** A delivery below one that came before it, and new to the session; unless the client was told in between that the topic is another. */
export const nonmonotonicPoll: Check = ({ sessions }) =>
  sessions.flatMap(({ delivered, signals, consumer, session }) => {
    const seen = new Set<string>()
    let highest = ORIGIN
    return delivered.flatMap(({ id, value, at }, i) => {
      const fresh = id !== undefined && !seen.has(id)
      if (id !== undefined) seen.add(id)
      const isNext = isStreamId(id) && isAfter(id, highest)
      if (isNext) highest = id
      const above =
        fresh && !isNext && isStreamId(id)
          ? delivered
              .slice(0, i)
              .find((other) => isStreamId(other.id) && isAfter(other.id, id) && !signals.some((signal) => other.at < signal && signal < at))
          : undefined
      return above === undefined
        ? []
        : [
            anomaly('nonmonotonic-poll', `${id} was delivered after ${above.id}`, {
              consumer,
              session,
              id: id!,
              ...(value === undefined ? {} : { value }),
            }),
          ]
    })
  })

/**
 * A session delivers what it was not started for: one at the tail what was there before it asked, one that resumed what
 * its client had said that it has.
 */
export const replayedHistory: Check = ({ sessions, committed, options }) =>
  sessions.flatMap(({ start, from, tailAsked, delivered, signals, consumer, session }) => {
    const before = new Map(committed.filter(({ returned }) => returned < (tailAsked ?? 0)).map((entry) => [entry.value, entry]))
    return delivered.flatMap(({ value, id, at }) => {
      const entry = before.get(value ?? '')
      if (start === 'tail' && entry === undefined) return []
      const about = { consumer, session, ...(value === undefined ? {} : { value }) }
      if (start === 'tail' && tailAsked !== undefined) {
        if (entry === undefined) return []
        const evidence = `${entry.value} was delivered to a session that started at the tail, and it had been there before`
        return [anomaly('replayed-history', evidence, { ...about, id: id ?? entry.id })]
      }
      // A client that was told to start over, or that does not mind repeats, may get it again.
      if (start !== 'id' || from === undefined || options.delivery === 'at-least-once' || signals.some((signal) => signal < at)) return []
      if (!isStreamId(id) || isAfter(id, from)) return []
      return [anomaly('replayed-history', `${id} was delivered to a session that resumed after ${from}`, { ...about, id, rule: '5.5' })]
    })
  })
