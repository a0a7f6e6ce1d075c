/**
 * By which act an entry was lost: the first thing that the consumer, its repository or the store did after which nothing could bring it any
 * more, as far as the history tells. Where the entry was appended says little of that: it fell into a gap that was open, and a correct
 * consumer has the same gaps.
 *
 *  1. Somebody removed it, or made its topic anew.
 *  2. The first read afterwards that should have brought it and did not. Either it asked from the entry's id or beyond, and then the question
 *     is how its cursor came there; or it asked from the right place, and then the answer was wrong; or it brought the entry, and the consumer
 *     kept it to itself.
 *  3. No read asked for it: what became of the message that told of it, where there was one.
 *
 * What fits none of these is "not told apart", which is better than a guess.
 */
import { FENCE, type HistoryEvent, NEW_IN_GROUP, PENDING, consumerOf } from '../history/event.js'
import type { StreamId } from '../contract/stream-id.js'
import {
  type Analysis,
  type Committed,
  type Delivery,
  type MessageFate,
  type Owed,
  type Read,
  type ReadEntry,
  type Session,
  upTo,
} from './analysis.js'
import type { CulpritName } from './catalogue/culprits.js'
import { tookInGroup } from './excuses.js'
import { Latest } from './served.js'
import type { Window } from './window.js'

/** The act that lost an entry. */
export interface Culprit {
  readonly name: CulpritName
  /** Its place in the history. */
  readonly at: number
  /** The number of the read that it is about. */
  readonly read?: number
  /** The id that this read asked from. */
  readonly from?: string
}

/** Finds culprits in one history: what it has found of a read is used for every entry that was lost there. */
export class Culprits {
  readonly #readsOf = new Map<Session, Reads>()
  readonly #arrivals = new Map<Read, number>()
  readonly #origins = new Map<Read, StreamId | undefined>()
  /** Sessions, by whether they hand out what others had been given before. */
  readonly #known = new Map<Session, boolean>()
  readonly #latestIds: Latest

  constructor(readonly analysis: Analysis) {
    this.#latestIds = new Latest(analysis.history, analysis.ids)
  }

  /** Of an entry that this session owed, and has not delivered. */
  of(session: Session, entry: Owed): Culprit {
    return this.#byRemoval(session, entry) ?? this.#byRead(session, entry) ?? this.#unread(session, entry)
  }

  /** The reads of a session. What it read when the fence had woken it is none of them. */
  readsOf(session: Session): readonly Read[] {
    return this.#of(session).all
  }

  #of(session: Session): Reads {
    const known = this.#readsOf.get(session)
    if (known !== undefined) return known
    const { consumer, begin, end, rested = end } = session
    const isMine = (read: Read) => read.consumer === consumer && read.called >= begin && read.called < Math.min(end, rested)
    const reads = new Reads(this.analysis.reads.filter(isMine))
    this.#readsOf.set(session, reads)
    return reads
  }

  /** When it reached the store for good: a client that is cut off sends its read anew, and a `$` in it is resolved again. */
  arrivalOf(read: Read): number {
    const known = this.#arrivals.get(read)
    if (known !== undefined) return known
    const arrival = this.#sentAgain(read) ?? read.sent
    this.#arrivals.set(read, arrival)
    return arrival
  }

  /** Where it waited behind the last cut that it met. */
  #sentAgain({ sent, returned, consumer }: Read): number | undefined {
    const { history } = this.analysis
    const isMine = (at: number, type: 'disconnected' | 'blocked') => {
      const event = history[at]!
      return event.type === type && event.consumer === consumer
    }
    const end = Math.min(returned, history.length)
    let cut = end - 1
    while (cut > sent && !isMine(cut, 'disconnected')) cut--
    if (cut <= sent) return undefined
    for (let at = cut + 1; at < end; at++) if (isMine(at, 'blocked')) return at
    return undefined
  }

  /** The id that it really asked from. Undefined for what is neither an id nor the latest. */
  originOf(read: Read): StreamId | undefined {
    if (!this.#origins.has(read)) this.#origins.set(read, this.#latestIds.servedFrom(read.cursor, this.arrivalOf(read)))
    return this.#origins.get(read)
  }

  #byRemoval({ consumer, begin }: Session, { regressed, removedBy, removed }: Owed): Culprit | undefined {
    if (removedBy !== undefined) return { name: 'removed-too-early', at: removed }
    if (regressed === undefined || regressed < begin) return undefined
    const waits = this.analysis.reads.find(
      (read) => read.consumer === consumer && read.called > regressed && read.sent !== Number.POSITIVE_INFINITY,
    )
    return { name: 'kept-old-cursor', ...(waits === undefined ? { at: regressed } : about(waits, waits.sent, this.originOf(waits))) }
  }

  #byRead(session: Session, entry: Owed): Culprit | undefined {
    const { ids } = this.analysis
    const reads = this.#of(session)
    const isIt = ({ id, value }: ReadEntry) => id === entry.id && (value === undefined || value === entry.value)
    // It may have been read again after a failure.
    const brought = reads.withId(entry.id).findLast(({ entries }) => entries.some(isIt))
    if (brought !== undefined) {
      const { at: given } = brought.entries.find(isIt)!
      const left = this.#leftBehind(session, entry, given)
      if (left !== undefined) return left
      const { name, at = given } = this.#kept(session, entry, given, brought)
      return { name, ...about(brought, at, this.originOf(brought)) }
    }
    for (let at = reads.firstBackFrom(entry.called); at < reads.all.length; at++) {
      const read = reads.all[at]!
      // A read that came back before the append has nothing to do with it; nor has one that was never sent.
      if (read.sent === Number.POSITIVE_INFINITY || read.returned < entry.called) continue
      const from = this.originOf(read)
      if (tookInGroup(read, entry))
        return { name: read.acknowledges ? 'not-kept-pending' : 'pending-not-read', ...about(read, read.returned, undefined) }
      if (from === undefined) continue
      if (ids.compare(entry.id, from) <= 0) return this.#passed(session, entry, read, from)
      const wrong = this.#wrongAnswer(entry, read)
      if (wrong !== undefined) return { name: wrong, ...about(read, Math.min(read.returned, read.over), from) }
    }
    return undefined
  }

  // ── How the cursor came beyond it

  #passed(session: Session, entry: Owed, read: Read, from: StreamId): Culprit {
    const { ids, committed } = this.analysis
    const isOfBefore = ({ id, called }: Committed) => id === read.cursor && called < entry.regressed!
    if (entry.regressed !== undefined && committed.some(isOfBefore)) return { name: 'kept-id-of-before', ...about(read, read.called, from) }
    if (read.cursor === ids.latest) return { name: this.#latest(session, entry, read), ...about(read, this.arrivalOf(read), from) }
    const { consumer } = session
    const tail = this.analysis.tails.findLast(
      (each) => each.consumer === consumer && each.returned < read.called && each.returned > session.begin && each.id === read.cursor,
    )
    if (tail === undefined) {
      const first = this.#firstFrom(session, read)
      return { name: this.#jump(session, entry, first), ...about(first, first.sent, from) }
    }
    if (tail.returned < entry.called) return { name: 'tail-beyond-log', ...about(read, tail.returned, from) }
    const before = this.analysis.tails.some(
      (each) => each.consumer === consumer && each.id !== undefined && each.returned > session.begin && each.returned < tail.sent,
    )
    return { name: tailAskedFor(session, entry, tail.sent, before), ...about(read, tail.returned, from) }
  }

  /** A cursor that is resolved when the read arrives: in every read, or only after something. */
  #latest(session: Session, entry: Owed, read: Read): CulpritName {
    const { latest } = this.analysis.ids
    const { all: reads } = this.#of(session)
    const previous = reads[this.#of(session).placeOf(read) - 1]
    const gap = session.track.windowAt(read.called)
    if (this.analysis.tails.some(({ consumer, id }) => consumer === session.consumer && id === latest)) return 'tail-is-latest'
    if (previous === undefined && entry.called < session.begin) return resumed(session)
    // What reads from the latest after an empty read does so whether or not the connection is cut in between.
    const failed = this.arrivalOf(read) !== read.sent || (gap === 'error-gap' && previous?.outcome !== 'empty')
    if (failed) return 'latest-after-error'
    const again = reads.some((each) => each !== reads[0] && each.cursor === latest && session.track.windowAt(each.called) === 'empty-gap')
    if (previous === undefined) return again ? 'latest-anew' : 'latest-at-first'
    if (previous.cursor === latest || gap === 'empty-gap') return 'latest-anew'
    return gap === 'error-gap' ? 'latest-after-error' : 'latest-after-batch'
  }

  /** Of the reads in a row that asked from there: the later ones only left the cursor where it was. */
  #firstFrom(session: Session, read: Read): Read {
    const { all: reads } = this.#of(session)
    let at = this.#of(session).placeOf(read)
    while (at > 0 && reads[at - 1]!.cursor === read.cursor && reads[at - 1]!.sent !== Number.POSITIVE_INFINITY) at--
    return reads[at]!
  }

  /** It failed at the batch, and did not ask for it again: the next read is from where the tail was by then. */
  #leftBehind(session: Session, entry: Owed, given: number): Culprit | undefined {
    const { history, ids, tails } = this.analysis
    const next = this.readsOf(session).find(({ called }) => called > given)
    const from = next && this.originOf(next)
    if (next === undefined || from === undefined || ids.compare(entry.id, from) > 0) return undefined
    const isMine = (event: HistoryEvent, at: number) => at > given && at < next.called && consumerOf(event) === session.consumer
    if (!history.some((event, at) => isMine(event, at) && breaksOff(event))) return undefined
    const isTail = tails.some(({ id, returned }) => id === next.cursor && returned < next.called && isMine(history[returned]!, returned))
    return isTail || next.cursor === ids.latest ? this.#passed(session, entry, next, from) : undefined
  }

  /** To an id that is neither the latest nor a tail. */
  #jump(session: Session, entry: Owed, { cursor, called, entries }: Read): CulpritName {
    if (cursor === session.from) return 'gave-id-ahead'
    if (session.start === 'id' && entry.called < session.begin && !session.delivered.some(({ at }) => at < called)) return 'resumed-ahead'
    const given = (mine: boolean) =>
      this.analysis.reads.some(
        (read) => (read.consumer === session.consumer) === mine && read.entries.some(({ id, at }) => id === cursor && at < called),
      )
    const wasTold = (value: string | undefined, before: number) =>
      value !== undefined && session.told.some((each) => each.value === value && each.at < before)
    const handed = session.delivered.find(({ id, at }) => id === cursor && at < called)
    // It went on behind the entry that it was told of, or asked for that one alone.
    const isTold = handed === undefined ? wasTold(entries[0]?.value, called) : wasTold(handed.value, handed.at)
    if (!given(true) && isTold) return 'message-for-cursor'
    if (!given(true) && given(false)) return 'shared-cursor'
    return JUMPED[session.track.windowAt(called)]
  }

  // ── What became of it in the consumer's hands

  /** Without a place where there is no act but that it was not handed out. */
  #kept(session: Session, { value, regressed }: Owed, given: number, { acknowledges }: Read): Pick<Culprit, 'name'> & Partial<Culprit> {
    if (regressed !== undefined) return { name: 'taken-for-old' }
    const { history, unclaimed } = this.analysis
    const next = this.readsOf(session).find((each) => each.called > given)?.called ?? session.end
    const isMine = (event: HistoryEvent, at: number) => at >= given && at < next && consumerOf(event) === session.consumer
    if (history.some((event, at) => isMine(event, at) && breaksOff(event))) {
      if (acknowledges) return { name: 'not-kept-pending' }
      const at = history.findIndex((event, place) => isMine(event, place) && acknowledgesIn(event))
      return at === -1 ? { name: 'moved-ahead' } : { name: 'acknowledged-ahead', at }
    }
    if (unclaimed.has(value)) return { name: 'not-claimed' }
    // One that hands out what others had been given drops for another reason.
    return { name: this.#wasKnown(session, value) && !this.#handsOutKnown(session) ? 'taken-for-known' : 'dropped' }
  }

  #handsOutKnown(session: Session): boolean {
    const known = this.#known.get(session) ?? session.delivered.some((each) => this.#wasKnown(session, each.value))
    this.#known.set(session, known)
    return known
  }

  /** When a read gave it to this session, had another consumer been given it, which has handed it out? */
  #wasKnown(session: Session, value: string | undefined): boolean {
    const { reads, sessions } = this.analysis
    const others = sessions.filter(({ consumer }) => consumer !== session.consumer)
    if (!others.some(({ delivered }) => delivered.some((each) => each.value === value))) return false
    const given = this.readsOf(session).flatMap(({ entries }) => entries.filter((each) => each.value === value))[0]
    if (given === undefined) return false
    const before = (each: ReadEntry | Delivery) => each.value === value && each.at < given.at
    return (
      others.some(({ delivered }) => delivered.some(before)) ||
      reads.some(({ consumer, entries }) => consumer !== session.consumer && entries.some(before))
    )
  }

  // ── A read that is wrong

  #wrongAnswer(entry: Owed, read: Read): CulpritName | undefined {
    const { ids, history } = this.analysis
    if (read.outcome === 'batch' && read.entries.some(({ id }) => ids.isId(id) && ids.compare(id, entry.id) > 0)) return 'answered-past'
    if (read.outcome !== 'empty') return undefined
    if (this.#visibleBy(entry) < read.sent) return 'answered-empty'
    if (!read.blocked) return undefined
    const expired = history.findIndex(
      (event, at) => at > read.called && event.type === 'expired' && event.consumer === read.consumer && event.read === read.read,
    )
    return entry.returned < (expired === -1 ? read.returned : expired) ? 'not-woken' : undefined
  }

  /** An append of unknown outcome that is in the log was there when one above it had been acknowledged. */
  #visibleBy({ rank, returned }: Owed): number {
    if (returned !== Number.POSITIVE_INFINITY) return returned
    return Math.min(...this.analysis.committed.filter((other) => other.rank > rank).map((other) => other.returned), returned)
  }

  // ── Nothing was read that could have brought it

  #unread(session: Session, entry: Owed): Culprit {
    const { history, unclaimed } = this.analysis
    const { value, called, message } = entry
    const given = history.findIndex(
      (event, at) =>
        at > called && event.type === 'command-returned' && event.consumer === session.consumer && event.gave?.includes(value) === true,
    )
    const last = Math.min(session.end, session.rested ?? session.end)
    if (given !== -1 && given < last) return { name: unclaimed.has(value) ? 'not-claimed' : 'dropped', at: given }
    if (unclaimed.has(value)) return { name: 'not-claimed', at: called }
    if (message !== undefined && !this.#readOn(session, called)) return { name: OF_MESSAGE[message], at: this.#messageAt(session, entry) }
    const taken = this.#takenAt(session, entry)
    if (taken !== undefined) return { name: 'taken-by-another', at: taken }
    const asked = this.readsOf(session).findLast((read) => read.sent > called && read.sent !== Number.POSITIVE_INFINITY)
    return { name: 'not-told-apart', ...(asked === undefined ? { at: called } : about(asked, asked.sent, this.originOf(asked))) }
  }

  /** The act: that it got the message, had announced itself before it listened, or listened again and left it at that. */
  #messageAt({ consumer, begin, end, told }: Session, { called, value, message }: Owed): number {
    const { history } = this.analysis
    const isMine = (event: HistoryEvent, at: number) => at >= begin && at < end && consumerOf(event) === consumer
    const at = {
      told: () => told.find((each) => each.at > called && (each.value ?? value) === value)?.at ?? -1,
      'too-early': () => history.findLastIndex((event, place) => place < called && isMine(event, place) && event.type === 'announced'),
      missed: () => history.findIndex((event, place) => place > called && isMine(event, place) && listensIn(event)),
    }[message!]()
    return at === -1 ? called : at
  }

  /**
   * When another consumer handed it out that shares what it gets with this one: each entry goes to one of them. Where both hand out the same,
   * or it fell into the gap in which this one joined them, nothing of the kind can be said.
   */
  #takenAt(session: Session, { value, window }: Owed): number | undefined {
    if (window === 'connect-gap' || this.readsOf(session).length > 0) return undefined
    const others = this.analysis.sessions.filter(({ consumer }) => consumer !== session.consumer).flatMap(({ delivered }) => delivered)
    const mine = new Set(session.delivered.map((each) => each.value))
    if (others.some((each) => each.value !== FENCE && mine.has(each.value))) return undefined
    return others.find((each) => each.value === value)?.at
  }

  /** Did it read anything after this place, before it had come to rest? */
  #readOn({ consumer, rested = Number.POSITIVE_INFINITY }: Session, place: number): boolean {
    return this.analysis.reads.some((read) => read.consumer === consumer && read.sent > place && read.sent < rested)
  }
}

/** The reads of one session, in the order in which they were called. Each entry that is lost asks for some of them. */
class Reads {
  readonly #places = new Map<Read, number>()
  readonly #withId = new Map<string, Read[]>()
  /** When the last of them had come back, up to each. */
  readonly #backBy: number[] = []

  constructor(readonly all: readonly Read[]) {
    for (const [place, read] of all.entries()) {
      this.#places.set(read, place)
      this.#backBy.push(Math.max(this.#backBy.at(-1) ?? -1, read.returned))
      for (const { id } of read.entries) {
        const known = this.#withId.get(id)
        if (known === undefined) this.#withId.set(id, [read])
        else if (known.at(-1) !== read) known.push(read)
      }
    }
  }

  placeOf(read: Read): number {
    return this.#places.get(read) ?? -1
  }

  /** Those that brought an entry of this id. */
  withId(id: string): readonly Read[] {
    return this.#withId.get(id) ?? []
  }

  /** All before this one had come back by then. */
  firstBackFrom(place: number): number {
    return upTo(this.#backBy, place - 1)
  }
}

/** By what came before. A read that waits has not been called. */
const JUMPED = {
  'connect-gap': 'jumped-at-first',
  'empty-gap': 'jumped-after-empty',
  'batch-gap': 'jumped-after-batch',
  'error-gap': 'jumped-after-error',
  'in-block': 'jumped-after-batch',
} as const satisfies Readonly<Record<Window, CulpritName>>

const BREAKS: ReadonlySet<string> = new Set(['disconnected', 'aborted', 'closed', 'wire-fault'])

/** It ends the work on a batch before its time. A consumer that leaves a read by itself has not failed. */
const breaksOff = (event: HistoryEvent): boolean => BREAKS.has(event.type) || (event.type === 'read-ended' && event.how === 'error')

const acknowledgesIn = (event: HistoryEvent): boolean => event.type === 'command-called' && event.does?.includes('acknowledge') === true

const listensIn = (event: HistoryEvent): boolean => event.type === 'command-called' && event.does?.includes('listen') === true

const OF_MESSAGE = {
  'too-early': 'not-listening-yet',
  missed: 'not-listening',
  told: 'message-dropped',
} as const satisfies Readonly<Record<MessageFate, CulpritName>>

/** @param again there was a tail before, in this session. */
function tailAskedFor(session: Session, entry: Owed, asked: number, again: boolean): CulpritName {
  const gap = session.track.windowAt(asked)
  if (gap === 'error-gap') return 'tail-after-error'
  if (gap === 'connect-gap') {
    // Who comes back has been promised it before: when it was added, and whether before or behind the session's beginning, changes nothing.
    const hasPromisedNothing = session.attach === undefined || session.attach > asked
    if (entry.called < session.begin || session.start === 'id' || (session.returns && hasPromisedNothing)) return resumed(session)
    return again ? 'tail-again-before-reading' : 'tail-after-announcing'
  }
  if (entry.called < session.begin) return 'skipped-backlog'
  return gap === 'empty-gap' ? 'tail-after-empty' : 'tail-after-batch'
}

/** At the tail, where there was something to read before that. */
const resumed = ({ start, returns }: Session): CulpritName =>
  start === 'id' ? 'tail-on-resume' : returns ? 'nothing-to-come-back-with' : 'skipped-backlog'

function about({ read, cursor }: Read, at: number, from: StreamId | undefined): Omit<Culprit, 'name'> {
  const asked = cursor === NEW_IN_GROUP || cursor === PENDING ? undefined : from
  return asked === undefined ? { at, read } : { at, read, from: asked }
}
