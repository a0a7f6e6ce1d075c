/**
 * What a history says, arranged for the checks: the appends, the log as the witness saw it, the reads, the tails and
 * the sessions. Built in one pass over the history; every check is a pure function over it.
 *
 * Times are places in the history. `a.returned < b.called` is the real-time order: a returned before b was invoked.
 *
 * Ids are opaque. All that are named in a history are put in order once, and `rank` is an id's place in that order; what is
 * no id has NaN there, so that every comparison with it is false.
 */
import type { Capability } from '../contract/capabilities.js'
import { type IdOrder, STREAM_IDS, type StreamId } from '../contract/stream-id.js'
import { type EventOf, FENCE, type History, type HistoryEvent, type SessionStart, type WitnessEntry, isInjected } from '../history/event.js'
import { type Excuse, excuseOf } from './excuses.js'
import { OpenWindow, type Window } from './window.js'

// ── What an analysis holds ───────────────────────────────────────────────────────────────────────────────────────────────

/** What the subject declares, and how its store orders ids. */
export interface CheckOptions {
  /** `at-most-once`: what it was offered once, and lost on the way by no doing of its own, is not owed: see excuses.ts. */
  readonly delivery?: 'exactly-once' | 'at-least-once' | 'at-most-once'
  /** What is judged only where it is declared. */
  readonly capabilities?: Readonly<Partial<Record<Capability, boolean>>>
  /** How the store orders its ids. Default: as stream ids. */
  readonly ids?: IdOrder
  /** How long timers of the subject's own take to get back what it has missed, in milliseconds. Default: nobody knows, or all of them are seen. */
  readonly catchUpWithinMs?: number | undefined
  /** Whose code read the log for the witness. Where it is the subject's, what is missing from it may be there all the same. Default `harness`. */
  readonly witness?: 'harness' | 'subject' | undefined
}

export interface Append {
  readonly value: string
  readonly called: number
  /** Infinity where it never returned. */
  readonly returned: number
  readonly outcome: 'ok' | 'fail' | 'info'
  /** As acknowledged; checked for nothing. */
  readonly id?: string
  readonly rank: number
  readonly explicit: boolean
  /** Consumers that it must not be handed to, by what the subject owes. */
  readonly withheldFrom?: readonly number[]
  /** Consumers that it is not owed to: those, and others that may get it all the same. */
  readonly notFor?: readonly number[]
}

/** An entry that is, or was, in the log: acknowledged, or of unknown outcome and observed. */
export interface Committed {
  readonly value: string
  readonly id: StreamId
  readonly rank: number
  readonly called: number
  /** Infinity where its outcome is unknown: it may have taken effect at any time after its call. */
  readonly returned: number
  /** When it was trimmed or deleted; Infinity where it was not. */
  readonly removed: number
  /** The consumer that removed it, where one did: what others were owed is then lost. */
  readonly removedBy?: number
  /** It went with its topic, after that was said to be finished. */
  readonly removedAtEnd?: true
  /** Consumers that it is not owed to, where there are any. */
  readonly notFor?: readonly number[]
  /** When the topic went away whose ids reached as high: a cursor of that time never comes to this entry. */
  readonly regressed?: number
}

/** A trim, a deletion or a drop, and its place; by a consumer, or by the schedule. */
export type Removal = EventOf<'removed'> & { readonly at: number; readonly consumer?: number }

/** A command of a consumer's own that has removed entries, or could have: which, nobody can tell but by what is left. */
interface RemovingCommand {
  readonly consumer: number
  readonly called: number
  /** Infinity where it never returned. */
  returned: number
  /** The whole topic went, after that was said to be finished. */
  readonly atEnd: boolean
}

export interface Tail {
  readonly consumer: number
  readonly sent: number
  readonly returned: number
  /** As it came back; checked for nothing. */
  readonly id?: string
  readonly rank: number
}

export interface ReadEntry {
  readonly at: number
  readonly id: string
  readonly rank: number
  readonly value?: string
  readonly got?: string
  readonly undecodable: boolean
}

/** A call of a consumer for entries, and what became of it. */
export interface Read {
  readonly consumer: number
  readonly read: number
  readonly cursor: string
  readonly cursorRank: number
  readonly count: number
  readonly timeoutMs: number
  readonly acknowledges?: true
  /** The values in the store's answer, where that was lost on its way. */
  readonly gave?: readonly string[]
  readonly called: number
  readonly sent: number
  readonly blocked: boolean
  /** Its wait was timed out by the schedule. */
  readonly expired: boolean
  readonly returned: number
  /** Its last event: an adapter may go back to the store for every entry. */
  readonly over: number
  readonly outcome?: 'empty' | 'batch' | 'error'
  /** Empty without having waited. */
  readonly early: boolean
  /** It was held up by something else than the wait that was seen. */
  readonly late: boolean
  readonly entries: readonly ReadEntry[]
  /** The one with the highest id among them. */
  readonly highest?: ReadEntry
  /** It ended by itself, so its entries are all that it had. */
  readonly complete: boolean
}

export interface Delivery {
  readonly at: number
  readonly id?: string
  readonly rank: number
  readonly value?: string
  readonly got?: string
}

export const MESSAGE_FATES = ['too-early', 'missed', 'told'] as const

/**
 * What became of the message that told of an entry: nobody had listened yet, nobody listened any more (or the connection broke under
 * it), or the consumer got it.
 */
export type MessageFate = (typeof MESSAGE_FATES)[number]

/** A message of a channel, and the entry that it is about, where it says so. */
export interface ToldOf {
  readonly at: number
  readonly value: string | undefined
  readonly cut: boolean
}

export interface Owed extends Committed {
  /** Where it fell, as this session saw it. */
  readonly window: Window
  readonly delivered: boolean
  /** Where its publisher also tells a channel. */
  readonly message?: MessageFate
}

/** One subscription of one consumer, from its start until it closed: what it was owed, and what it delivered. */
export interface Session {
  readonly consumer: number
  readonly session: number
  readonly start: SessionStart
  readonly from?: StreamId
  readonly fromRank: number
  /** Its client is that of the session before it, and has come back. */
  readonly returns: boolean
  /** The highest id that its client had, where a later frame took it back. */
  readonly forgot?: StreamId
  readonly forgotRank: number
  /** Where what it came back with is no id: the highest that its client had when it was given the one before. */
  readonly known?: StreamId
  readonly knownRank: number
  /** The entries that its client had before, in the sessions that it comes back from: by value. */
  readonly had: ReadonlyMap<string, Delivery>
  /** When the last of them was delivered; where there is none, when the first of those sessions began. */
  readonly knownAt: number
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
  /** Owed and not delivered, and its client was not told; entries that were removed before the session passed them are nobody's loss. */
  readonly undelivered: readonly Owed[]
  /** Committed, and not owed: it is declared to lose such entries. One for each. */
  readonly excuses: readonly Excuse[]
  /** Messages of a channel that were on their way to it. `cut`: the connection broke under it. */
  readonly told: readonly ToldOf[]
  /** When it had come to rest without a read that tells so: what it delivered later it was woken for. */
  readonly rested?: number
  /** When it came to rest. `withinMs`: something was missing that a timer of its own may bring, and nothing came of it for so many milliseconds. */
  readonly rests: readonly { readonly at: number; readonly withinMs: number | undefined }[]
  /** The lowest and the highest of the delivered ones, the fence aside. */
  readonly firstDelivered?: Delivery
  readonly lastDelivered?: Delivery
  readonly closed?: Placed<'closed'>
  /** It has told its caller of what failed, and ended: neither a loss nor a pass. */
  readonly gaveUp: boolean
  /** It came to rest, so what is missing is lost. */
  readonly quiet: boolean
  readonly restless?: Placed<'restless'>
  /** What its consumer did when, in all its sessions. */
  readonly track: Track
}

export interface Analysis {
  readonly history: History
  readonly appends: readonly Append[]
  /** By value. */
  readonly appendOf: ReadonlyMap<string, Append>
  /** In the order of ids. */
  readonly committed: readonly Committed[]
  readonly log: Log
  readonly witness: readonly WitnessEntry[]
  /** False where the run broke before the log could be scanned: nothing can then be said to be missing from it. */
  readonly witnessed: boolean
  /** Entries that do not decode, by id, and when each was added. */
  readonly poisoned: ReadonlyMap<string, number>
  readonly removals: readonly Removal[]
  readonly reads: readonly Read[]
  readonly tails: readonly Tail[]
  readonly sessions: readonly Session[]
  readonly stalls: readonly EventOf<'stalled'>[]
  /** What was pending in its group at the end, and nobody had delivered: by value, and why nobody claims it. */
  readonly unclaimed: ReadonlyMap<string, EventOf<'pending'>>
  /** Of every id that the history names. */
  readonly ranks: ReadonlyMap<string, number>
  readonly ids: IdOrder
  readonly options: CheckOptions
}

type Open<T> = { -readonly [K in keyof T]: T[K] }

type Placed<T extends HistoryEvent['type']> = EventOf<T> & { readonly at: number }

const NEVER = Number.POSITIVE_INFINITY

export function analyse(history: History, options: CheckOptions = {}): Analysis {
  const all = collect(history)
  const { appends, appendOf, poisoned, removals, reads, stalls } = all
  const { ids = STREAM_IDS } = options
  const witness = all.witness ?? []
  const ranks = rank(all, ids)
  const committed = committedOf(all, ranks)
  const origin = ranks.get(ids.origin)!
  return {
    history,
    appends,
    appendOf,
    committed,
    log: new Log(committed),
    witness,
    witnessed: all.witness !== undefined,
    poisoned,
    removals,
    reads,
    tails: all.tails.filter(({ returned }) => returned !== NEVER),
    sessions: all.sessions.map((session) => sessionOf(session, committed, origin, all, options)),
    stalls,
    unclaimed: all.unclaimed,
    ranks,
    ids,
    options,
  }
}

// ── One pass over the history ────────────────────────────────────────────────────────────────────────────────────────────

type OpenRead = Omit<Open<Read>, 'entries'> & { readonly entries: Open<ReadEntry>[] }

/** What is seen of one session in its part of the history. Of most of these the first counts. */
interface OpenSession {
  readonly start: Placed<'session'>
  /** The session that its client comes back from. */
  readonly before: OpenSession | undefined
  readonly track: Track
  /** Where the next one of this consumer begins, or the history ends. */
  end: number
  readonly delivered: Open<Delivery>[]
  readonly signals: number[]
  announced: number | undefined
  tailReturned: number | undefined
  /** Its first read reached the store. */
  readAnswered: number | undefined
  /** What it sent first, and when. */
  asked: 'tail-sent' | 'read-sent' | undefined
  tailAsked: number | undefined
  /** From here on it is owed nothing. */
  gone: number
  /** Its client has left: what it was on its way to, the session owes that resumes. */
  left: boolean
  closed: Placed<'closed'> | undefined
  restless: Placed<'restless'> | undefined
  quiescent: boolean
  unreadable: boolean
  rested: number | undefined
  readonly rests: { readonly at: number; readonly withinMs: number | undefined }[]
  /** When it first listened to a channel, and the messages that were on their way to it since. */
  listened: number | undefined
  readonly told: Open<ToldOf>[]
  /** These three as in excuses.ts. */
  readonly settles: number[]
  readonly failures: number[]
  /** What each of its reads that failed said, by the read's number. */
  readonly failedReads: Map<number, string>
  readonly claimed: Set<string>
  fromRank: number
  forgotRank: number
  knownRank: number
}

/**
 * Where one consumer did something, and which window it had open from there on. Kept while the history is gone through:
 * looking back for it from every append makes a burst of n cost n².
 */
export class Track {
  readonly places: number[] = []
  readonly windows: Window[] = []

  /** The window that was open at this place: the last thing it did until then that tells. */
  windowAt(place: number): Window {
    return this.windows[upTo(this.places, place) - 1] ?? 'connect-gap'
  }

  /** The place of what it did last before `place`; -1 where there is nothing. */
  lastBefore(place: number): number {
    return this.places[upTo(this.places, place - 1) - 1] ?? -1
  }
}

/** How many of these ascending places are at `place` or before it. */
export function upTo(places: readonly number[], place: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]! <= place) low = middle + 1
    else high = middle
  }
  return low
}

/** What is seen of one consumer, in all its sessions. */
class Consumer {
  readonly track = new Track()
  readonly window = new OpenWindow()
  /** It was told to stop: what its reads come back with says nothing. */
  aborted = false
  session: OpenSession | undefined
  /** Of this session, by number: places in the list of all reads. */
  readonly reads = new Map<number, number>()
  /** The last one called, which most events are of. */
  lastRead: OpenRead | undefined
  /** Asked for and not answered. */
  openTails: Open<Tail>[] = []
}

class Collected {
  readonly appends: Open<Append>[] = []
  readonly appendOf = new Map<string, Open<Append>>()
  readonly poisoned = new Map<string, number>()
  readonly removals: Removal[] = []
  readonly tails: Open<Tail>[] = []
  /** Of all consumers, in the order of their calls. */
  readonly reads: OpenRead[] = []
  readonly sessions: OpenSession[] = []
  readonly stalls: EventOf<'stalled'>[] = []
  readonly unclaimed = new Map<string, EventOf<'pending'>>()
  witness: readonly WitnessEntry[] | undefined
  readonly removingCommands: RemovingCommand[] = []
  /** When a channel was told of each entry. */
  readonly notifications = new Map<string, number>()
  /** When the status said that nothing more will come. */
  finished: number | undefined
}

/** One pass, not one for each question: with as many kinds of event as there are, to look at one costs more than to note it. */
function collect(history: History): Collected {
  const all = new Collected()
  const consumers = new Map<number, Consumer>()
  for (let at = 0; at < history.length; at++) {
    const event = history[at]!
    const note = NOTE[event.type] as Note | undefined
    // Quicker than `in`.
    const { consumer } = event as { readonly consumer?: number }
    if (consumer === undefined) {
      note?.(all, event, at, undefined as never)
      continue
    }
    let me = consumers.get(consumer)
    if (me === undefined) consumers.set(consumer, (me = new Consumer()))
    note?.(all, event, at, me)
    me.window.follow(event)
    me.track.places.push(at)
    me.track.windows.push(me.window.name)
  }
  for (const session of all.sessions) if (session.end === NEVER) session.end = history.length
  return all
}

type Note<E extends HistoryEvent = HistoryEvent> = (all: Collected, event: E, at: number, me: Consumer) => void

type Notes = { readonly [T in HistoryEvent['type']]?: Note<EventOf<T>> }

/** What consumers do. */
const OF_CONSUMERS: Notes = {
  session(all, event, at, me) {
    if (me.session !== undefined) me.session.end = at
    if (me.session?.start.session !== event.session) {
      me.reads.clear()
      me.lastRead = undefined
    }
    const returns = event.start === 'id' || event.returns === true
    me.session = openSession({ at, ...event }, me.track, returns ? me.session : undefined)
    all.sessions.push(me.session)
    me.aborted = false
  },
  announced(_all, _event, at, me) {
    if (me.session !== undefined) me.session.announced ??= at
  },
  'tail-sent'(all, { consumer }, at, me) {
    const tail: Open<Tail> = { consumer, sent: at, returned: NEVER, rank: Number.NaN }
    all.tails.push(tail)
    me.openTails.push(tail)
    asks(me, 'tail-sent', at)
  },
  'tail-returned'(_all, { id, error }, at, me) {
    for (const tail of me.openTails) {
      tail.returned = at
      if (id !== undefined) tail.id = id
    }
    me.openTails = []
    if (error === undefined && me.session !== undefined) me.session.tailReturned ??= at
  },
  'command-called'(all, { does, consumer }, at, me) {
    // From a subscription on it is told of what comes, and may hand that out.
    if (does?.includes('listen')) asks(me, 'tail-sent', at)
    if (does?.includes('acknowledge') || does?.includes('remove')) me.session?.settles.push(at)
    const drops = does?.includes('drop')
    const atEnd = drops === true && all.finished !== undefined
    if (drops || does?.includes('remove')) all.removingCommands.push({ consumer, called: at, returned: NEVER, atEnd })
    if (drops) all.removals.push({ at, type: 'removed', how: 'drop', ids: acknowledgedIds(all), consumer })
  },
  'command-returned'(all, { does, consumer, gave = [], error }, at, { session }) {
    if (does?.includes('listen') && error === undefined && session !== undefined) session.listened ??= at
    if (error !== undefined) session?.failures.push(at)
    for (const value of gave) session?.claimed.add(value)
    if (!does?.includes('remove') && !does?.includes('drop')) return
    const command = all.removingCommands.findLast((each) => each.consumer === consumer && each.returned === NEVER)
    if (command !== undefined) command.returned = at
  },
  notified(_all, { value }, at, { session }) {
    session?.told.push({ at, value, cut: false })
  },
  delivered(_all, { id, value, got }, at, me) {
    if (me.session === undefined) return
    const delivery: Open<Delivery> = { at, rank: Number.NaN }
    if (id !== undefined) delivery.id = id
    if (value !== undefined) delivery.value = value
    if (got !== undefined) delivery.got = got
    me.session.delivered.push(delivery)
  },
  signalled(_all, _event, at, me) {
    me.session?.signals.push(at)
  },
  disconnected(_all, _event, at, me) {
    me.session?.failures.push(at)
    // It has done nothing since that message came: it was still on its way.
    const last = me.session?.told.at(-1)
    if (last !== undefined && last.at === me.track.places.at(-1)) last.cut = true
  },
  aborted(_all, _event, at, me) {
    me.aborted = true
    if (me.session === undefined) return
    me.session.left = true
    me.session.gone = Math.min(me.session.gone, at)
  },
  closed({ finished }, event, at, { session }) {
    if (session === undefined) return
    // It ends at the tail that it saw after the status said so, and what is appended all the same lies beyond it.
    if (finished !== undefined) session.gone = Math.min(session.gone, event.how === 'ended' ? finished : at)
    session.closed ??= { at, ...event }
  },
  restless(_all, event, at, { session, aborted }) {
    if (session !== undefined && !aborted) session.restless ??= { at, ...event }
  },
  quiescent(_all, { silent, withinMs }, at, { session, aborted }) {
    // One whose client has left may go on, and says nothing by that.
    if (session === undefined || aborted) return
    session.rests.push({ at, withinMs })
    if (silent) session.rested ??= at
    session.quiescent = true
  },
  unreadable(_all, _event, _at, { session }) {
    if (session !== undefined) session.unreadable = true
  },
}

const OF_READS: Notes = {
  'read-called'(all, event, at, me) {
    if (me.aborted) return
    const read = openRead(event, at)
    const place = me.reads.get(event.read)
    if (place !== undefined) all.reads[place] = read
    else me.reads.set(event.read, all.reads.push(read) - 1)
    me.lastRead = read
  },
  'read-sent'(all, event, at, me) {
    if (!me.window.hasRead) asks(me, 'read-sent', at)
    const read = readOf(all, event, at, me)
    if (read !== undefined) read.sent = at
  },
  blocked(all, event, at, me) {
    if (me.session !== undefined) me.session.readAnswered ??= at
    const read = readOf(all, event, at, me)
    if (read !== undefined) read.blocked = true
  },
  expired(all, event, at, me) {
    const read = readOf(all, event, at, me)
    if (read !== undefined) read.expired = true
  },
  'read-returned'(all, event, at, me) {
    if (me.session !== undefined) me.session.readAnswered ??= at
    if (event.error !== undefined) me.session?.failedReads.set(event.read, event.error)
    const read = readOf(all, event, at, me)
    if (read === undefined || event.aborted) return
    read.returned = at
    read.outcome = event.outcome
    read.early = event.early ?? false
    read.late = event.late ?? false
  },
  'read-entry'(all, event, at, me) {
    const { id, value, got, undecodable } = event
    const entry: Open<ReadEntry> = { at, id, rank: Number.NaN, undecodable: undecodable ?? false }
    if (value !== undefined) entry.value = value
    if (got !== undefined) entry.got = got
    readOf(all, event, at, me)?.entries.push(entry)
  },
  'read-ended'(all, event, at, me) {
    if (event.how === 'error') {
      me.session?.failures.push(at)
      if (event.error !== undefined) me.session?.failedReads.set(event.read, event.error)
    }
    const read = readOf(all, event, at, me)
    if (read === undefined) return
    read.complete = event.how === 'done'
    if (event.gave !== undefined) read.gave = event.gave
  },
}

/** What the producer and the harness do. */
const OF_OTHERS: Notes = {
  'append-called'(all, { value, explicitId, withheldFrom, optionalFor }, at) {
    const append: Open<Append> = {
      value,
      called: at,
      returned: NEVER,
      outcome: 'info',
      rank: Number.NaN,
      explicit: explicitId !== undefined,
    }
    if (withheldFrom !== undefined) append.withheldFrom = withheldFrom
    if (withheldFrom !== undefined || optionalFor !== undefined) append.notFor = [...(withheldFrom ?? []), ...(optionalFor ?? [])]
    all.appends.push(append)
    all.appendOf.set(value, append)
  },
  'append-returned'(all, { value, outcome, id }, at) {
    const append = all.appendOf.get(value)
    if (append === undefined || append.returned !== NEVER) return
    append.returned = at
    append.outcome = outcome
    if (id !== undefined) append.id = id
  },
  poisoned(all, { id }, at) {
    all.poisoned.set(id, at)
  },
  removed(all, event, at) {
    // Spread last: V8 adds members to a spread object ten times slower than the other way round.
    all.removals.push({ at, ...event })
  },
  notification(all, { value }, at) {
    all.notifications.set(value, at)
  },
  finished(all, _event, at) {
    all.finished ??= at
  },
  stalled(all, event) {
    all.stalls.push(event)
  },
  pending(all, event) {
    if (event.claims !== undefined) for (const value of event.values) all.unclaimed.set(value, event)
  },
  witness(all, { entries }) {
    all.witness = entries
  },
}

const acknowledgedIds = ({ appends }: Collected): readonly StreamId[] =>
  appends.flatMap(({ id, outcome }) => (outcome === 'ok' && id !== undefined ? [id as StreamId] : []))

const NOTE: Notes = { ...OF_CONSUMERS, ...OF_READS, ...OF_OTHERS }

/** What a session sends first. */
function asks({ session }: Consumer, what: 'tail-sent' | 'read-sent', at: number): void {
  if (session === undefined) return
  session.asked ??= what
  session.tailAsked ??= at
}

/** The read that this is of, where it is still heeded. */
function readOf({ reads }: Collected, event: { readonly read: number }, at: number, me: Consumer): OpenRead | undefined {
  if (me.aborted) return undefined
  const read = me.lastRead?.read === event.read ? me.lastRead : reads[me.reads.get(event.read) ?? -1]
  if (read !== undefined) read.over = at
  return read
}

const openRead = ({ consumer, read, cursor, count, timeoutMs, acknowledges }: EventOf<'read-called'>, called: number): OpenRead => ({
  ...(acknowledges && { acknowledges }),
  consumer,
  read,
  cursor,
  cursorRank: Number.NaN,
  count,
  timeoutMs,
  called,
  sent: NEVER,
  blocked: false,
  expired: false,
  early: false,
  late: false,
  returned: NEVER,
  over: called,
  entries: [],
  complete: false,
})

const openSession = (start: Placed<'session'>, track: Track, before: OpenSession | undefined): OpenSession => ({
  start,
  before,
  track,
  end: NEVER,
  delivered: [],
  signals: [],
  announced: undefined,
  tailReturned: undefined,
  readAnswered: undefined,
  asked: undefined,
  tailAsked: undefined,
  gone: NEVER,
  left: false,
  closed: undefined,
  restless: undefined,
  quiescent: false,
  unreadable: false,
  rested: undefined,
  rests: [],
  listened: undefined,
  told: [],
  settles: [],
  failures: [],
  failedReads: new Map(),
  claimed: new Set(),
  fromRank: Number.NaN,
  forgotRank: Number.NaN,
  knownRank: Number.NaN,
})

// ── Ids in order ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Ranks all ids that the history names, and tells each thing that was collected the rank of its own. */
function rank({ appends, tails, reads, sessions, removals, poisoned, witness = [] }: Collected, order: IdOrder): Map<string, number> {
  const ranks = new Map<string, number>()
  ranks.set(order.origin, Number.NaN)
  for (const { id } of appends) if (id !== undefined) ranks.set(id, Number.NaN)
  for (const { id } of witness) ranks.set(id, Number.NaN)
  for (const { id } of tails) if (id !== undefined) ranks.set(id, Number.NaN)
  for (const { cursor, entries } of reads) {
    ranks.set(cursor, Number.NaN)
    for (const { id } of entries) ranks.set(id, Number.NaN)
  }
  for (const { start, delivered } of sessions) {
    if (start.from !== undefined) ranks.set(start.from, Number.NaN)
    if (start.forgot !== undefined) ranks.set(start.forgot, Number.NaN)
    if (start.known !== undefined) ranks.set(start.known, Number.NaN)
    for (const { id } of delivered) if (id !== undefined) ranks.set(id, Number.NaN)
  }
  for (const { ids } of removals) for (const id of ids) ranks.set(id, Number.NaN)
  for (const id of poisoned.keys()) ranks.set(id, Number.NaN)
  const inOrder: StreamId[] = []
  for (const text of ranks.keys()) if (order.isId(text)) inOrder.push(text)
  inOrder.sort(order.compare)
  for (let i = 0; i < inOrder.length; i++) ranks.set(inOrder[i]!, i)

  for (const append of appends) if (append.id !== undefined) append.rank = ranks.get(append.id)!
  for (const tail of tails) if (tail.id !== undefined) tail.rank = ranks.get(tail.id)!
  for (const read of reads) {
    read.cursorRank = ranks.get(read.cursor)!
    for (const entry of read.entries) {
      entry.rank = ranks.get(entry.id)!
      if (entry.rank > (read.highest?.rank ?? -1)) read.highest = entry
    }
  }
  for (const session of sessions) {
    if (session.start.from !== undefined) session.fromRank = ranks.get(session.start.from)!
    if (session.start.forgot !== undefined) session.forgotRank = ranks.get(session.start.forgot)!
    if (session.start.known !== undefined) session.knownRank = ranks.get(session.start.known)!
    for (const delivery of session.delivered) if (delivery.id !== undefined) delivery.rank = ranks.get(delivery.id)!
  }
  return ranks
}

// ── The log ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Acknowledged, or of unknown outcome and in the log. One that was acknowledged and is neither in the log nor removed by
 * the schedule is the server's loss (lost-append), and nobody is owed it; unless a consumer removes entries itself: what it
 * has removed and not delivered is its own loss, as of the first command that may have done it.
 */
function committedOf({ appends, removals, removingCommands, witness = [] }: Collected, ranks: ReadonlyMap<string, number>): Committed[] {
  const inLog = new Map<string, string | undefined>()
  const foundAt = new Map<string, StreamId>()
  for (const { id, value } of witness) {
    inLog.set(id, value)
    if (value !== undefined) foundAt.set(value, id)
  }
  const removalsOf = byId(removals)
  const committed: Committed[] = []
  for (const { value, called, returned, outcome, id, notFor } of appends) {
    // An id can come again once its topic was dropped: what was removed before this call was another entry.
    const removed = removalsOf?.get(id ?? '')?.find(({ at, consumer }) => at > called && consumer === undefined)?.at
    const kept = id !== undefined && inLog.has(id) && (inLog.get(id) ?? value) === value
    const isThere = kept || removed !== undefined || foundAt.has(value)
    const remover = isThere || outcome !== 'ok' ? undefined : removingCommands.find((command) => command.returned > returned)
    const at = kept || removed !== undefined || remover !== undefined ? id : foundAt.get(value)
    const place = at === undefined ? Number.NaN : ranks.get(at)!
    if (outcome === 'fail' || Number.isNaN(place)) continue
    const entry: Open<Committed> = {
      value,
      id: at as StreamId,
      rank: place,
      called,
      returned: outcome === 'ok' ? returned : NEVER,
      removed: removed ?? NEVER,
    }
    if (notFor !== undefined) entry.notFor = notFor
    if (remover !== undefined) {
      entry.removed = Math.max(remover.called, returned)
      entry.removedBy = remover.consumer
      if (remover.atEnd) entry.removedAtEnd = true
    }
    committed.push(entry)
  }
  const drops = removals.filter(({ how }) => how === 'drop')
  const marked = drops.length === 0 ? committed : committed.map((entry) => regression(drops, entry, committed))
  return marked.sort((a, b) => a.rank - b.rank)
}

/** What removed each id, if anything was removed. */
function byId(removals: readonly Removal[]): Map<string, Removal[]> | undefined {
  if (removals.length === 0) return undefined
  const found = new Map<string, Removal[]>()
  for (const removal of removals) {
    for (const id of removal.ids) {
      const known = found.get(id)
      if (known === undefined) found.set(id, [removal])
      else known.push(removal)
    }
  }
  return found
}

/** Was the topic deleted between an entry with at least this id and this one? */
function regression(drops: readonly Removal[], entry: Committed, all: readonly Committed[]): Committed {
  const dropped = drops.findLast(({ at }) => at < entry.called)?.at
  const below = dropped !== undefined && all.some(({ rank: other, called }) => called < dropped && other >= entry.rank)
  return below ? { ...entry, regressed: dropped } : entry
}

/**
 * The log as it should have been read. An entry is due that was acknowledged before the read was sent, lies above its
 * cursor, and was there until the read had passed it.
 */
export class Log {
  /** For each entry, when it or one above it had first returned: beyond a certain place nothing is due any more. */
  #firstReturn: number[] | undefined

  constructor(
    /** In the order of ids. */
    readonly entries: readonly Committed[],
  ) {}

  /** The lowest entry that is due, and lies above `above` too. */
  firstDue(read: Read, above = -1): Committed | undefined {
    const { cursorRank } = read
    if (Number.isNaN(cursorRank)) return undefined
    const firstReturn = (this.#firstReturn ??= lowestFromHere(this.entries))
    for (let i = this.#upTo(Math.max(cursorRank, above)); i < this.entries.length && firstReturn[i]! < read.sent; i++) {
      if (isDue(read, this.entries[i]!)) return this.entries[i]
    }
    return undefined
  }

  /** Those above the read's cursor and below `highest`, whatever the reader is owed. */
  between({ cursorRank }: Read, highest: number): readonly Committed[] {
    if (Number.isNaN(cursorRank)) return []
    const start = this.#upTo(cursorRank)
    let end = start
    while (end < this.entries.length && this.entries[end]!.rank < highest) end++
    return this.entries.slice(start, end)
  }

  /** How many entries are at this rank or below it. */
  #upTo(most: number): number {
    let low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.entries[middle]!.rank > most) high = middle
      else low = middle + 1
    }
    return low
  }
}

export const isDue = (read: Read, { rank: place, returned, removed, notFor }: Committed): boolean =>
  returned < read.sent &&
  // A repository may filter by itself.
  notFor?.includes(read.consumer) !== true &&
  ((removed === NEVER && read.returned !== NEVER) || removed > passedAt(read, place))

/**
 * When it was settled that the read has no id of this rank: with the first higher one that it gave, or with its end. Not
 * before: an adapter may go back to the store for every entry but the first.
 */
export function passedAt({ entries, outcome, returned, over }: Read, place: number): number {
  const higher = entries.findIndex((entry) => entry.rank > place)
  if (higher > 0) return entries[higher]!.at
  return higher === 0 || outcome !== 'batch' ? returned : over
}

function lowestFromHere(entries: readonly Committed[]): number[] {
  const lowest: number[] = []
  let least = NEVER
  for (let i = entries.length - 1; i >= 0; i--) lowest[i] = least = Math.min(least, entries[i]!.returned)
  return lowest
}

// ── What each session was owed ───────────────────────────────────────────────────────────────────────────────────────────

/**
 * A session that started at the tail is owed every committed append that was invoked after its attach signal: the
 * announcement where there is one, else the return of the tail, else the moment its first read reached the store. One
 * that started at an id is owed everything above that id. A session is owed until it is told to stop, or, where it ends by
 * itself after that, until the status said that nothing more will come: one that ends without being told still owes what
 * comes after.
 *
 * A client that comes back is owed what it would have been owed had it never been away: what lies above the last entry that it had, or,
 * where it had none, what it was promised. Which id it sends back is its server's doing: where that is too high, it is lost all the same.
 * One that chooses an older id is owed what lies above that and it never had. What it had it may be given again, or not: its server may
 * know.
 * Where the topic was made anew while it was away, its place is gone with the old ids: it is owed what is appended from its return on.
 *
 * @param committed in the order of ids.
 * @param origin the rank of what lies before every entry.
 */
function sessionOf(
  seen: OpenSession,
  committed: readonly Committed[],
  origin: number,
  { notifications, reads }: Pick<Collected, 'notifications' | 'reads'>,
  { delivery, capabilities }: CheckOptions,
): Session {
  const { start: event, end, delivered, signals, closed, restless, rested, rests, track, fromRank, forgotRank, knownRank } = seen
  const { consumer, session, start, from, forgot, known, at: begin } = event
  const attach = attachOf(seen)
  const owing = owingOf(seen, origin, attach)
  const { had, first } = owing
  const all = owedOf(committed, seen, owing, attach, notifications, capabilities?.signalsRecreation === true)
  const excuses: Excuse[] = []
  const isOwed = delivery === 'at-most-once' ? excusing(seen, reads, excuses) : () => true
  const owed = all.filter(isOwed)
  const passed = ({ rank: place, removed }: Committed) => delivered.some((other) => other.at < removed && other.rank > place)
  // Told of a gap its client fetches anew what it has missed, whether that is still in the log or not.
  const told = ({ called }: Committed) => [...owing.signals, ...signals].some((signal) => signal > called)
  // Who cleans up behind a topic's end knows of those who are there: one whose client is away at that moment may come back to nothing.
  const hasGone = ({ removedAtEnd, removed }: Committed) => removedAtEnd === true && !wasThere(seen, removed)
  // Its client has left, and it has not closed.
  const goesOn = seen.left && closed === undefined
  const gaveUp = givesUp(seen)
  // A fault that struck behind its rest ended it: what came then, its client knows that it has not had.
  const saidSo = ({ called }: Committed) => gaveUp && called > (rests[0]?.at ?? NEVER)
  const made: Open<Session> = {
    consumer,
    session,
    start,
    fromRank,
    forgotRank,
    knownRank,
    returns: seen.before !== undefined,
    had,
    knownAt: owing.knownAt,
    begin,
    end,
    signals,
    delivered,
    owed,
    undelivered: owed.filter(
      (entry) =>
        !entry.delivered &&
        !goesOn &&
        !told(entry) &&
        !saidSo(entry) &&
        !hasGone(entry) &&
        (entry.removed === NEVER || entry.removedBy !== undefined || passed(entry)),
    ),
    excuses,
    told: seen.told,
    rests,
    gaveUp,
    quiet: restless === undefined && seen.quiescent && !seen.unreadable,
    track,
  }
  const tailAsked = tailAskedOf(first)
  if (from !== undefined) made.from = from
  if (forgot !== undefined) made.forgot = forgot
  if (known !== undefined) made.known = known
  if (attach !== undefined) made.attach = attach
  if (tailAsked !== undefined) made.tailAsked = tailAsked
  if (closed !== undefined) made.closed = closed
  if (restless !== undefined) made.restless = restless
  if (rested !== undefined) made.rested = rested
  for (const each of delivered) {
    if (each.value === FENCE || Number.isNaN(each.rank) || each.at > (rested ?? NEVER)) continue
    if (made.firstDelivered === undefined || each.rank < made.firstDelivered.rank) made.firstDelivered = each
    if (made.lastDelivered === undefined || each.rank > made.lastDelivered.rank) made.lastDelivered = each
  }
  return made
}

/** Was its client attached at this place, in this session or in one that it comes back from? */
const wasThere = ({ start, left, gone, closed, end, before }: OpenSession, at: number): boolean =>
  (start.at < at && at < (left ? gone : (closed?.at ?? end))) || (before !== undefined && wasThere(before, at))

const attachOf = ({ announced, tailReturned, readAnswered }: OpenSession): number | undefined => announced ?? tailReturned ?? readAnswered

/** One that reads without having asked for a tail takes its cursor in a way of its own: before it promises anything, or from what it reads. */
const tailAskedOf = ({ asked, announced, tailAsked }: OpenSession): number | undefined =>
  asked === 'read-sent' ? Math.min(announced ?? NEVER, tailAsked!) : tailAsked

/** From where on a session is owed what there is. */
interface Owing {
  /** The rank of the id above which; NaN where it started at the tail. */
  readonly above: number
  /** Where it started at the tail: the place behind which. Undefined where nothing was promised. */
  readonly since: number | undefined
  /** What its client had before. */
  readonly had: ReadonlyMap<string, Delivery>
  readonly knownAt: number
  /** When it was told of gaps before. */
  readonly signals: readonly number[]
  /** The first of the sessions of its client. */
  readonly first: OpenSession
}

const NOTHING: ReadonlyMap<string, Delivery> = new Map()
const NEVER_TOLD: readonly number[] = []

function owingOf(session: OpenSession, origin: number, attach: number | undefined): Owing {
  if (session.before === undefined) {
    const above = session.start.start === 'beginning' ? origin : session.fromRank
    return { above, since: attach, had: NOTHING, knownAt: session.start.at, signals: NEVER_TOLD, first: session }
  }
  const chain = [session]
  for (let earlier: OpenSession | undefined = session.before; earlier !== undefined; earlier = earlier.before) chain.unshift(earlier)
  const first = chain[0]!
  const earlier = chain.slice(0, -1)
  const delivered = earlier.flatMap((each) => each.delivered)
  const had = new Map(delivered.flatMap((each) => (each.value === undefined ? [] : [[each.value, each] as const])))
  const last = placeOf(chain, delivered)
  const known = { had, knownAt: last?.at ?? first.start.at, signals: earlier.flatMap(({ signals }) => signals), first }
  if (last !== undefined) return { above: last.rank, since: undefined, ...known }
  const above = first.start.start === 'beginning' ? origin : first.fromRank
  // Without an id a client comes back for what it was told that it will get; with one, for what its server was to get for it. Ids that it
  // was given later say nothing of a session that had given it none.
  const withoutId = chain.findLastIndex(({ start }) => start.returns)
  const promised = earlier.map((each, i) => (i < withoutId ? each.announced : attachOf(each)))
  return { above, since: promised.find((at) => at !== undefined) ?? attach, ...known }
}

/**
 * The last entry that its client has: in this, one that chose an older id is again where it was when it was given that. Undefined where it has
 * none.
 * @param chain all sessions of the client, this one too. @param delivered in those before this one.
 */
function placeOf(chain: readonly OpenSession[], delivered: readonly Delivery[]): Pick<Delivery, 'rank' | 'at'> | undefined {
  const last = delivered.findLast(({ rank: place }) => !Number.isNaN(place))
  const back = chain.findLast(({ start, fromRank }) => start.back !== undefined && !Number.isNaN(fromRank))
  // An id beyond all that it had is no older place, whoever chose it.
  if (back === undefined || last === undefined || last.at > back.start.at) return last
  const place = Math.min(back.fromRank, last.rank)
  const given = delivered.find(({ rank: other }) => other === place)
  return { rank: place, at: given?.at ?? chain[0]!.start.at }
}

/** Is this consumer still to deliver something, as far as this history goes? What it has lost for good does not count. */
export function owes(history: History, consumer: number, options: CheckOptions): boolean {
  const session = analyse(history, options).sessions.findLast((each) => each.consumer === consumer)
  return session?.undelivered.some(({ called }) => session.rested === undefined || called > session.rested) ?? false
}

/**
 * How long this one was waited for, in milliseconds, where it is missing and may come all the same: by a timer of the subject's own, and
 * nobody knows how long those take. Undefined where it is lost.
 */
export function waitedFor({ value, called }: Owed, { rests }: Session, { unclaimed, options }: Analysis): number | undefined {
  if (options.catchUpWithinMs !== undefined) return undefined
  const pending = unclaimed.get(value)
  return pending?.claims === 'none' ? pending.withinMs : rests.find(({ at }) => at > called)?.withinMs
}

function owedOf(
  committed: readonly Committed[],
  session: OpenSession,
  { above, since, had, knownAt }: Owing,
  attached: number | undefined,
  notifications: ReadonlyMap<string, number>,
  noticesNewTopics: boolean,
): Owed[] {
  const { start, before, delivered, signals, gone, rested = NEVER, track } = session
  const attach = attached ?? NEVER
  const values = new Set<string>()
  const nameless = new Set<string | undefined>()
  const late = new Set<string | undefined>()
  for (const { id, value, at } of delivered) {
    if (at > rested) late.add(value ?? id)
    else if (value === undefined) nameless.add(id)
    else values.add(value)
  }
  const isOwed = ({ rank: place, called, regressed }: Committed) => {
    // Its topic was made anew before its eyes: owed only by those who say that they notice, until they have said so.
    const isUnnoticed = (dropped: number) => dropped > start.at && (!noticesNewTopics || signals.some((at) => at > dropped))
    if (regressed !== undefined && isUnnoticed(regressed)) return false
    // While its client was away: what that knows is of the old one.
    if (before !== undefined && regressed !== undefined && regressed > knownAt && regressed < start.at) return called > attach
    return Number.isNaN(above) ? since !== undefined && called > since : place > above
  }
  const owed: Owed[] = []
  for (const entry of committed) {
    const { id, value, called, notFor } = entry
    if (notFor?.includes(start.consumer) || called >= gone || (had.get(value)?.at ?? -1) > called || !isOwed(entry)) continue
    const window = track.windowAt(Math.max(start.at, called))
    const inTime = values.has(value) || nameless.has(id) || (called > rested && (late.has(value) || late.has(id)))
    const message = notifications.size === 0 ? undefined : fateOf(entry, session, notifications.get(value))
    owed.push(message === undefined ? { window, delivered: inTime, ...entry } : { window, delivered: inTime, message, ...entry })
  }
  return owed
}

/** @param told when the channel was told of it; undefined where it never was. */
function fateOf({ value, called }: Committed, { told, listened }: OpenSession, notification = NEVER): MessageFate {
  const got = told.find((each) => each.at > called && (each.value ?? value) === value)
  if (got !== undefined) return got.cut ? 'missed' : 'told'
  return notification < (listened ?? told[0]?.at ?? NEVER) ? 'too-early' : 'missed'
}

/** Does this session owe the entry, although it delivers at most once? Where it does not, the reason goes to `excuses`. */
function excusing(session: OpenSession, all: readonly Read[], excuses: Excuse[]): (entry: Owed) => boolean {
  const { start, end } = session
  const reads = all.filter(({ consumer, called }) => consumer === start.consumer && called >= start.at && called < end)
  return (entry) => {
    // The fence is what tells one that is alive from one that never comes back.
    const excuse = entry.delivered || entry.value === FENCE ? undefined : excuseOf(entry, session, reads)
    if (excuse !== undefined) excuses.push(excuse)
    return excuse === undefined
  }
}

/**
 * The same of one that threw the error of a read for which it had asked again before: how often that is done has an end, and whoever says
 * so has lost nothing in silence.
 */
function givesUp({ closed, failedReads }: OpenSession): boolean {
  if (closed === undefined) return false
  const last = [...failedReads.values()].at(-1)
  const isLast = closed.how === 'threw' && last !== undefined && (closed.error ?? '').includes(last)
  return endedOnFault(closed) || (isLast && failedReads.size > 1)
}

/** It threw the fault that the schedule injected: loud, and for its caller to handle. Neither a loss nor a pass. */
export const endedOnFault = (closed: EventOf<'closed'>): boolean => closed.how === 'threw' && isInjected(closed.error)
