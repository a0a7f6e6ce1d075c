/**
 * Sessions: one subscription each, what it was owed, and what it delivered.
 *
 * A session that started at the tail is owed every committed append that was invoked after its attach signal: the
 * announcement where there is one, else the return of the tail, else the moment its first read reached the store. One
 * that started at an id is owed everything above that id. A session is owed until it is told to stop, or ends by itself
 * after the status said that nothing more will come: one that ends without being told still owes what comes after.
 */
import { ORIGIN, type StreamId, isAfter, isStreamId } from '../contract/stream-id.js'
import { type EventOf, FENCE, type History, type HistoryEvent } from '../history/event.js'
import type { CheckOptions, Committed } from './analysis.js'
import { type Window, windowAt } from './windows.js'

export interface Delivery {
  readonly at: number
  readonly id?: string
  readonly value?: string
  readonly got?: string
}

export interface Owed extends Committed {
  /** Where it fell, as this session saw it. */
  readonly window: Window
  readonly delivered: boolean
}

export interface Session {
  readonly consumer: number
  readonly session: number
  readonly start: EventOf<'session'>['start']
  readonly from?: StreamId
  /** Places in the history: its first event, and the first that is not its any more. */
  readonly begin: number
  readonly end: number
  /** When it promised delivery. Undefined: it never did. */
  readonly attach?: number
  /** When it asked the store where the tail is, as far as can be seen; what returned before that is not for it. */
  readonly tailAsked?: number
  /** When it told its client that entries are gone. */
  readonly signals: readonly number[]
  readonly delivered: readonly Delivery[]
  /** The fence included. */
  readonly owed: readonly Owed[]
  /** Owed and not delivered; entries that were removed before the session passed them are nobody's loss. */
  readonly undelivered: readonly Owed[]
  /** Of the delivered ones, the fence aside. */
  readonly firstDelivered: StreamId
  readonly lastDelivered: StreamId
  readonly closed?: EventOf<'closed'> & { readonly at: number }
  /** It came to rest, so what is missing is lost. */
  readonly quiet: boolean
  readonly restless?: EventOf<'restless'> & { readonly at: number }
}

export function sessionsOf(history: History, committed: readonly Committed[], options: CheckOptions = {}): Session[] {
  const starts = [...history.entries()].filter((entry): entry is [number, EventOf<'session'>] => entry[1].type === 'session')
  return starts.map(([begin, event]) => {
    const next = starts.find(([at, other]) => at > begin && other.consumer === event.consumer)
    return sessionOf(history, owedBy(committed, options), begin, next?.[0] ?? history.length, event)
  })
}

function sessionOf(
  history: History,
  committed: readonly Committed[],
  begin: number,
  end: number,
  { consumer, session, start, from }: EventOf<'session'>,
): Session {
  const mine: [number, HistoryEvent][] = []
  for (let at = begin; at < end; at++) {
    const event = history[at]!
    if ('consumer' in event && event.consumer === consumer) mine.push([at, event])
  }
  const attach = attachOf(mine)
  const asked = mine.find(([, { type }]) => type === 'tail-sent' || type === 'read-sent')
  // One that reads without having asked for a tail took its cursor in a way of its own, before it promised anything.
  const tailAsked = (asked?.[1].type === 'read-sent' ? mine.find(([, { type }]) => type === 'announced') : undefined)?.[0] ?? asked?.[0]
  const delivered = mine.flatMap(([at, event]) => (event.type === 'delivered' ? [{ ...event, at }] : []))
  const signals = mine.flatMap(([at, event]) => (event.type === 'signalled' ? [at] : []))
  const finished = history.findIndex((event) => event.type === 'finished')
  const gone =
    mine.find(([at, event]) => event.type === 'aborted' || (event.type === 'closed' && finished !== -1 && finished < at))?.[0] ?? end
  const above = start === 'beginning' ? ORIGIN : from
  const values = new Set(delivered.map(({ value }) => value))
  const nameless = new Set(delivered.flatMap(({ id, value }) => (value === undefined ? [id] : [])))
  const owed = committed
    .filter(({ id, called }) => (above === undefined ? attach !== undefined && called > attach : isAfter(id, above)) && called < gone)
    .filter(({ regressed }) => regressed === undefined || !signals.some((at) => at > regressed))
    .map((entry) => ({
      ...entry,
      window: windowAt(history, consumer, Math.max(begin, entry.called)),
      delivered: values.has(entry.value) || nameless.has(entry.id),
    }))
  const passed = ({ id, removed }: Committed) =>
    delivered.some((other) => other.at < removed && isStreamId(other.id) && isAfter(other.id, id))
  const ids = delivered.filter(({ value }) => value !== FENCE).flatMap(({ id }) => (isStreamId(id) ? [id] : []))
  const closed = mine.find((entry): entry is [number, EventOf<'closed'>] => entry[1].type === 'closed')
  const restless = mine.find((entry): entry is [number, EventOf<'restless'>] => entry[1].type === 'restless')
  return {
    consumer,
    session,
    start,
    begin,
    end,
    signals,
    delivered,
    owed,
    undelivered: owed.filter((entry) => !entry.delivered && (entry.removed === Number.POSITIVE_INFINITY || passed(entry))),
    firstDelivered: ids.reduce((low, id) => (isAfter(low, id) ? id : low), ids[0] ?? ORIGIN),
    lastDelivered: ids.reduce((high, id) => (isAfter(id, high) ? id : high), ORIGIN),
    quiet: restless === undefined && mine.some(([, event]) => event.type === 'quiescent'),
    ...(from === undefined ? {} : { from }),
    ...(attach === undefined ? {} : { attach }),
    ...(tailAsked === undefined ? {} : { tailAsked }),
    ...(closed === undefined ? {} : { closed: { ...closed[1], at: closed[0] } }),
    ...(restless === undefined ? {} : { restless: { ...restless[1], at: restless[0] } }),
  }
}

/** What lies below the ids of a topic that was made anew is owed only by those who say that they notice. */
const owedBy = (committed: readonly Committed[], { capabilities }: CheckOptions): readonly Committed[] =>
  capabilities?.signalsRecreation === true ? committed : committed.filter(({ regressed }) => regressed === undefined)

function attachOf(events: readonly [number, HistoryEvent][]): number | undefined {
  const first = (is: (event: HistoryEvent) => boolean) => events.find(([, event]) => is(event))?.[0]
  return (
    first((event) => event.type === 'announced') ??
    first((event) => event.type === 'tail-returned' && event.error === undefined) ??
    first((event) => event.type === 'blocked' || event.type === 'read-returned')
  )
}
