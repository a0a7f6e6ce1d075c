/**
 * Sessions: one subscription each, what it was owed, and what it delivered.
 *
 * A session that started at the tail is owed every committed append that was invoked after its attach signal: the
 * announcement where there is one, else the return of the tail, else the moment its first read reached the store. One
 * that started at an id is owed everything above that id. A session is owed until it is told to stop, or ends by itself
 * after the status said that nothing more will come: one that ends without being told still owes what comes after.
 */
import { ORIGIN, type StreamId, isAfter, isStreamId } from '../contract/stream-id.js'
import { type EventOf, FENCE, type History, type HistoryEvent, consumerOf } from '../history/event.js'
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
  const starts = history.flatMap((event, at) => (event.type === 'session' ? [{ at, ...event }] : []))
  const finished = history.findIndex((event) => event.type === 'finished')
  const owed = owedBy(committed, options)
  return starts.map((start) => {
    const next = starts.find(({ at, consumer }) => at > start.at && consumer === start.consumer)
    return sessionOf(history, owed, sightOf(history, start, next?.at ?? history.length, finished))
  })
}

type Placed<T extends HistoryEvent['type']> = EventOf<T> & { readonly at: number }

// Spread last: V8 adds members to a spread object ten times slower than the other way round.

/** What is seen of one session in its part of the history. */
interface Sight {
  readonly start: Placed<'session'>
  readonly end: number
  readonly delivered: Delivery[]
  readonly signals: number[]
  announced?: number
  tailReturned?: number
  /** Its first read reached the store. */
  readAnswered?: number
  /** What it sent first, and when. */
  asked?: 'tail-sent' | 'read-sent'
  tailAsked?: number
  /** From here on it is owed nothing. */
  gone: number
  closed?: Placed<'closed'>
  restless?: Placed<'restless'>
  quiescent: boolean
}

function sightOf(history: History, start: Placed<'session'>, end: number, finished: number): Sight {
  const sight: Sight = { start, end, delivered: [], signals: [], gone: end, quiescent: false }
  for (let at = start.at; at < end; at++) {
    const event = history[at]!
    if (consumerOf(event) === start.consumer) look(sight, event, at, finished !== -1 && finished < at)
  }
  return sight
}

/** Of most of these the first counts. `over`: the status says that nothing more will come. */
function look(sight: Sight, event: HistoryEvent, at: number, over: boolean): void {
  switch (event.type) {
    case 'announced':
      sight.announced ??= at
      break
    case 'tail-returned':
      if (event.error === undefined) sight.tailReturned ??= at
      break
    case 'blocked':
    case 'read-returned':
      sight.readAnswered ??= at
      break
    case 'command-called':
      // From a subscription on it is told of what comes, and may hand that out.
      if (!event.command.endsWith('SUBSCRIBE')) break
      sight.asked ??= 'tail-sent'
      sight.tailAsked ??= at
      break
    case 'tail-sent':
    case 'read-sent':
      sight.asked ??= event.type
      sight.tailAsked ??= at
      break
    case 'delivered':
      sight.delivered.push({ at, ...event })
      break
    case 'signalled':
      sight.signals.push(at)
      break
    case 'aborted':
      sight.gone = Math.min(sight.gone, at)
      break
    case 'closed':
      if (over) sight.gone = Math.min(sight.gone, at)
      sight.closed ??= { at, ...event }
      break
    case 'restless':
      sight.restless ??= { at, ...event }
      break
    case 'quiescent':
      sight.quiescent = true
      break
    default:
  }
}

function sessionOf(history: History, committed: readonly Committed[], sight: Sight): Session {
  const { start: event, end, delivered, signals, closed, restless } = sight
  // One that reads without having asked for a tail took its cursor in a way of its own, before it promised anything.
  const tailAsked = sight.asked === 'read-sent' ? (sight.announced ?? sight.tailAsked) : sight.tailAsked
  const { consumer, session, start, from, at: begin } = event
  const attach = sight.announced ?? sight.tailReturned ?? sight.readAnswered
  const above = start === 'beginning' ? ORIGIN : from
  const values = new Set(delivered.map(({ value }) => value))
  const nameless = new Set(delivered.flatMap(({ id, value }) => (value === undefined ? [id] : [])))
  const isOwed = ({ id, called, regressed }: Committed) =>
    called < sight.gone &&
    (above === undefined ? attach !== undefined && called > attach : isAfter(id, above)) &&
    (regressed === undefined || !signals.some((at) => at > regressed))
  const owed = committed.filter(isOwed).map((entry) => ({
    window: windowAt(history, consumer, Math.max(begin, entry.called)),
    delivered: values.has(entry.value) || nameless.has(entry.id),
    ...entry,
  }))
  const passed = ({ id, removed }: Committed) =>
    delivered.some((other) => other.at < removed && isStreamId(other.id) && isAfter(other.id, id))
  const ids = delivered.flatMap(({ id, value }) => (value !== FENCE && isStreamId(id) ? [id] : []))
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
    quiet: restless === undefined && sight.quiescent,
    ...(from === undefined ? {} : { from }),
    ...(attach === undefined ? {} : { attach }),
    ...(tailAsked === undefined ? {} : { tailAsked }),
    ...(closed === undefined ? {} : { closed }),
    ...(restless === undefined ? {} : { restless }),
  }
}

/** What lies below the ids of a topic that was made anew is owed only by those who say that they notice. */
const owedBy = (committed: readonly Committed[], { capabilities }: CheckOptions): readonly Committed[] =>
  capabilities?.signalsRecreation === true ? committed : committed.filter(({ regressed }) => regressed === undefined)
