/**
 * Sessions: one subscription each, what it was owed, and what it delivered.
 *
 * A session that started at the tail is owed every committed append that was invoked after its attach signal: the
 * announcement where there is one, else the return of the tail, else the moment its first read reached the store. One
 * that started at an id is owed everything above that id. A session is owed until it is told to stop, or, where it ends by
 * itself after that, until the status said that nothing more will come: one that ends without being told still owes what
 * comes after.
 */
import { ORIGIN, type StreamId, isAfter, isStreamId } from '../contract/stream-id.js'
import { type EventOf, FENCE, type HistoryEvent } from '../history/event.js'
import type { CheckOptions, Committed } from './analysis.js'
import type { Read } from './reads.js'
import type { Track, Window } from './windows.js'

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
  /** What its consumer did when, in all its sessions. */
  readonly track: Track
}

type Open<T> = { -readonly [K in keyof T]: T[K] }

export type Placed<T extends HistoryEvent['type']> = EventOf<T> & { readonly at: number }

// Spread last: V8 adds members to a spread object ten times slower than the other way round.

/** What is seen of one session in its part of the history. */
export interface Sight {
  readonly start: Placed<'session'>
  readonly track: Track
  /** Where the next one of this consumer begins, or the history ends. */
  end: number
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

const NEVER = Number.POSITIVE_INFINITY

export const sightOf = (start: Placed<'session'>, track: Track): Sight => ({
  start,
  track,
  end: NEVER,
  delivered: [],
  signals: [],
  gone: NEVER,
  quiescent: false,
})

/**
 * Of most of these the first counts. `over`: when the status said that nothing more will come. One that ends by itself owes
 * nothing from then on: it ends at the tail that it saw after that, and what is appended all the same lies beyond it.
 */
export function look(sight: Sight, event: HistoryEvent, at: number, over: number | undefined): void {
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
      if (!event.does?.includes('listen')) break
      sight.asked ??= 'tail-sent'
      sight.tailAsked ??= at
      break
    case 'tail-sent':
    case 'read-sent':
      sight.asked ??= event.type
      sight.tailAsked ??= at
      break
    case 'delivered':
      sight.delivered.push(deliveryOf(event, at))
      break
    case 'signalled':
      sight.signals.push(at)
      break
    case 'aborted':
      sight.gone = Math.min(sight.gone, at)
      break
    case 'closed':
      if (over !== undefined) sight.gone = Math.min(sight.gone, event.how === 'ended' ? over : at)
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

/** @param committed in the order of ids. */
export function sessionsOf(sights: readonly Sight[], committed: readonly Committed[], options: CheckOptions = {}): Session[] {
  const owed = owedBy(committed, options)
  return sights.map((sight) => sessionOf(owed, sight))
}

function sessionOf(committed: readonly Committed[], sight: Sight): Session {
  const { start: event, end, delivered, signals, closed, restless, track } = sight
  // One that reads without having asked for a tail took its cursor in a way of its own, before it promised anything.
  const tailAsked = sight.asked === 'read-sent' ? (sight.announced ?? sight.tailAsked) : sight.tailAsked
  const { consumer, session, start, from, at: begin } = event
  const attach = sight.announced ?? sight.tailReturned ?? sight.readAnswered
  const owed = owedOf(committed, sight, attach)
  const passed = ({ id, removed }: Committed) =>
    delivered.some((other) => other.at < removed && isStreamId(other.id) && isAfter(other.id, id))
  const made: Open<Session> = {
    consumer,
    session,
    start,
    begin,
    end,
    signals,
    delivered,
    owed,
    undelivered: owed.filter((entry) => !entry.delivered && (entry.removed === NEVER || passed(entry))),
    ...boundsOf(delivered),
    quiet: restless === undefined && sight.quiescent,
    track,
  }
  if (from !== undefined) made.from = from
  if (attach !== undefined) made.attach = attach
  if (tailAsked !== undefined) made.tailAsked = tailAsked
  if (closed !== undefined) made.closed = closed
  if (restless !== undefined) made.restless = restless
  return made
}

function owedOf(committed: readonly Committed[], { start, delivered, signals, gone, track }: Sight, attach: number | undefined): Owed[] {
  const above = start.start === 'beginning' ? ORIGIN : start.from
  const values = new Set<string>()
  const nameless = new Set<string | undefined>()
  for (const { id, value } of delivered) {
    if (value === undefined) nameless.add(id)
    else values.add(value)
  }
  const owed: Owed[] = []
  for (const entry of committed) {
    const { id, value, called, regressed } = entry
    if (called >= gone || (above === undefined ? attach === undefined || called <= attach : !isAfter(id, above))) continue
    if (regressed !== undefined && signals.some((at) => at > regressed)) continue
    const window = track.windowAt(Math.max(start.at, called))
    owed.push({ window, delivered: values.has(value) || nameless.has(id), ...entry })
  }
  return owed
}

/** The lowest and the highest id that was delivered, the fence aside. */
function boundsOf(delivered: readonly Delivery[]): Pick<Session, 'firstDelivered' | 'lastDelivered'> {
  let firstDelivered: StreamId | undefined
  let lastDelivered = ORIGIN
  for (const { id, value } of delivered) {
    if (value === FENCE || !isStreamId(id)) continue
    if (firstDelivered === undefined || isAfter(firstDelivered, id)) firstDelivered = id
    if (isAfter(id, lastDelivered)) lastDelivered = id
  }
  return { firstDelivered: firstDelivered ?? ORIGIN, lastDelivered }
}

function deliveryOf({ id, value, got }: EventOf<'delivered'>, at: number): Delivery {
  const delivery: Open<Delivery> = { at }
  if (id !== undefined) delivery.id = id
  if (value !== undefined) delivery.value = value
  if (got !== undefined) delivery.got = got
  return delivery
}

/** What lies below the ids of a topic that was made anew is owed only by those who say that they notice. */
const owedBy = (committed: readonly Committed[], { capabilities }: CheckOptions): readonly Committed[] =>
  capabilities?.signalsRecreation === true ? committed : committed.filter(({ regressed }) => regressed === undefined)

/** It failed, and may have been answered with the entry: the group takes that for delivered, and passes it by from then on. */
export const tookInGroup = (read: Read, entry: Owed, { consumer, begin, end }: Session): boolean =>
  read.cursor === '>' &&
  read.outcome === 'error' &&
  read.consumer === consumer &&
  read.called >= begin &&
  read.called < end &&
  read.returned > entry.called
