/**
 * What a history says, arranged for the checks: the appends, the log as the witness saw it, the reads, the tails and
 * the sessions. Built once; every check is a pure function over it.
 *
 * Times are places in the history. `a.returned < b.called` is the real-time order: a returned before b was invoked.
 */
import { type StreamId, compareIds, isStreamId } from '../contract/stream-id.js'
import type { EventOf, History, HistoryEvent, WitnessEntry } from '../history/event.js'
import type { Capabilities } from '../subject/subject.js'
import { type Session, sessionsOf } from './sessions.js'

export interface Append {
  readonly value: string
  readonly called: number
  /** Infinity where it never returned. */
  readonly returned: number
  readonly outcome: 'ok' | 'fail' | 'info'
  /** As acknowledged; checked for nothing. */
  readonly id?: string
  readonly explicit: boolean
}

/** An entry that is, or was, in the log: acknowledged, or of unknown outcome and observed. */
export interface Committed {
  readonly value: string
  readonly id: StreamId
  readonly called: number
  /** Infinity where its outcome is unknown: it may have taken effect at any time after its call. */
  readonly returned: number
  /** When it was trimmed or deleted; Infinity where it was not. */
  readonly removed: number
  /** When the topic went away whose ids reached as high: a cursor of that time never comes to this entry. */
  readonly regressed?: number
}

export interface ReadEntry {
  readonly at: number
  readonly id: string
  readonly value?: string
  readonly got?: string
  readonly undecodable: boolean
}

export interface Read {
  readonly consumer: number
  readonly read: number
  readonly cursor: string
  readonly count: number
  readonly timeoutMs: number
  readonly called: number
  readonly sent: number
  readonly blocked: boolean
  /** Its BLOCK was timed out by the schedule. */
  readonly expired: boolean
  readonly returned: number
  /** Its last event: an adapter may go back to the store for every entry. */
  readonly over: number
  readonly outcome?: 'empty' | 'batch' | 'error'
  /** Empty without having waited. */
  readonly early: boolean
  readonly entries: readonly ReadEntry[]
  /** It ended by itself, so its entries are all that it had. */
  readonly complete: boolean
}

export interface Tail {
  readonly consumer: number
  readonly sent: number
  readonly returned: number
  readonly id?: string
}

export interface Analysis {
  readonly history: History
  readonly appends: readonly Append[]
  /** In the order of ids. */
  readonly committed: readonly Committed[]
  readonly witness: readonly WitnessEntry[]
  /** False where the run broke before the log could be scanned: nothing can then be said to be missing from it. */
  readonly witnessed: boolean
  readonly poisoned: ReadonlyMap<string, number>
  readonly reads: readonly Read[]
  readonly tails: readonly Tail[]
  readonly sessions: readonly Session[]
  readonly options: CheckOptions
}

/** What the subject declares. */
export interface CheckOptions {
  readonly delivery?: 'exactly-once' | 'at-least-once'
  /** What is judged only where it is declared. */
  readonly capabilities?: Capabilities
}

export function analyse(history: History, options: CheckOptions = {}): Analysis {
  const scan = history.findLast((event): event is EventOf<'witness'> => event.type === 'witness')
  const witness = scan?.entries ?? []
  const appends = appendsOf(history)
  const poisoned = new Map<string, number>()
  for (const [at, event] of history.entries()) if (event.type === 'poisoned') poisoned.set(event.id, at)
  const committed = committedOf(history, appends, witness)
  const reads = readsOf(history)
  const witnessed = scan !== undefined
  return {
    history,
    appends,
    committed,
    witness,
    witnessed,
    poisoned,
    reads,
    tails: tailsOf(history),
    sessions: sessionsOf(history, committed, options),
    options,
  }
}

function appendsOf(history: History): Append[] {
  const appends: Append[] = []
  for (const [called, event] of history.entries()) {
    if (event.type !== 'append-called') continue
    const returned = history.findIndex((other, at) => at > called && other.type === 'append-returned' && other.value === event.value)
    const result = history[returned] as EventOf<'append-returned'> | undefined
    appends.push({
      value: event.value,
      called,
      returned: returned === -1 ? Number.POSITIVE_INFINITY : returned,
      outcome: result?.outcome ?? 'info',
      ...(result?.id === undefined ? {} : { id: result.id }),
      explicit: event.explicitId !== undefined,
    })
  }
  return appends
}

/**
 * Acknowledged, or of unknown outcome and in the log. One that was acknowledged and is neither in the log nor removed by
 * the schedule is the server's loss (lost-append), and nobody is owed it.
 */
function committedOf(history: History, appends: readonly Append[], witness: readonly WitnessEntry[]): Committed[] {
  const removals = [...history.entries()].flatMap(([at, event]) =>
    event.type === 'removed' ? event.ids.map((id) => ({ id: id as string, at })) : [],
  )
  const inLog = new Map<string, string | undefined>(witness.map((entry) => [entry.id, entry.value]))
  const foundAt = new Map(witness.flatMap((entry) => (entry.value === undefined ? [] : [[entry.value, entry.id] as const])))
  const committed: Committed[] = []
  for (const { value, called, returned, outcome, id } of appends) {
    // An id can come again once its topic was dropped: what was removed before this call was another entry.
    const removed = removals.find((removal) => removal.id === id && removal.at > called)?.at
    const kept = id !== undefined && inLog.has(id) && (inLog.get(id) ?? value) === value
    const at = kept || removed !== undefined ? id : foundAt.get(value)
    if (outcome === 'fail' || !isStreamId(at)) continue
    const never = Number.POSITIVE_INFINITY
    committed.push({ value, id: at, called, returned: outcome === 'ok' ? returned : never, removed: removed ?? never })
  }
  return committed.map((entry) => regression(history, entry, committed)).sort((a, b) => compareIds(a.id, b.id))
}

/** Was the topic deleted between an entry with at least this id and this one? */
function regression(history: History, entry: Committed, all: readonly Committed[]): Committed {
  const dropped = history.findLastIndex((event, at) => at < entry.called && event.type === 'removed' && event.how === 'drop')
  const below = dropped !== -1 && all.some(({ id, called }) => called < dropped && compareIds(id, entry.id) >= 0)
  return below ? { ...entry, regressed: dropped } : entry
}

function readsOf(history: History): Read[] {
  const reads = new Map<string, { -readonly [K in keyof Read]: Read[K] } & { entries: ReadEntry[] }>()
  const sessionOf = new Map<number, number>()
  const aborted = new Set<number>()
  for (const [at, event] of history.entries()) {
    if (event.type === 'session') {
      sessionOf.set(event.consumer, event.session)
      aborted.delete(event.consumer)
    }
    if (event.type === 'aborted') aborted.add(event.consumer)
    // What a read that was told to stop comes back with says nothing.
    if (!('read' in event) || aborted.has(event.consumer)) continue
    const key = `${event.consumer}/${sessionOf.get(event.consumer)}/${event.read}`
    if (event.type === 'read-called') reads.set(key, { ...newRead(event), called: at })
    const read = reads.get(key)
    if (read === undefined) continue
    read.over = at
    if (event.type === 'read-sent') read.sent = at
    else if (event.type === 'blocked') read.blocked = true
    else if (event.type === 'expired') read.expired = true
    else if (event.type === 'read-ended') read.complete = event.how === 'done'
    else if (event.type === 'read-entry') read.entries.push({ ...entryOf(event), at })
    else if (event.type === 'read-returned' && !event.aborted) {
      read.returned = at
      read.outcome = event.outcome
      read.early = event.early ?? false
    }
  }
  return [...reads.values()]
}

function newRead({ consumer, read, cursor, count, timeoutMs }: EventOf<'read-called'>) {
  const never = Number.POSITIVE_INFINITY
  const entries: ReadEntry[] = []
  return {
    consumer,
    read,
    cursor,
    count,
    timeoutMs,
    called: 0,
    sent: never,
    blocked: false,
    expired: false,
    early: false,
    returned: never,
    over: 0,
    entries,
    complete: false,
  }
}

function entryOf({ id, value, got, undecodable }: EventOf<'read-entry'>): Omit<ReadEntry, 'at'> {
  return { id, undecodable: undecodable ?? false, ...(value === undefined ? {} : { value }), ...(got === undefined ? {} : { got }) }
}

function tailsOf(history: History): Tail[] {
  const tails: Tail[] = []
  for (const [sent, event] of history.entries()) {
    if (event.type !== 'tail-sent') continue
    const mine = (other: HistoryEvent): other is EventOf<'tail-returned'> =>
      other.type === 'tail-returned' && other.consumer === event.consumer
    const returned = history.findIndex((other, at) => at > sent && mine(other))
    if (returned === -1) continue
    const { id } = history[returned] as EventOf<'tail-returned'>
    tails.push({ consumer: event.consumer, sent, returned, ...(id === undefined ? {} : { id }) })
  }
  return tails
}
