/**
 * What a history says, arranged for the checks: the appends, the log as the witness saw it, the reads, the tails and
 * the sessions. Built once; every check is a pure function over it.
 *
 * Times are places in the history. `a.returned < b.called` is the real-time order: a returned before b was invoked.
 */
import { type StreamId, compareIds, isStreamId } from '../contract/stream-id.js'
import type { EventOf, History, WitnessEntry } from '../history/event.js'
import type { Capabilities } from '../subject/subject.js'
import { type Read, dueAt, readsOf } from './reads.js'
import { type Session, sessionsOf } from './sessions.js'

export type { Read, ReadEntry } from './reads.js'

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

/** A trim, a deletion or a drop, and its place. */
export type Removal = EventOf<'removed'> & { readonly at: number }

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
  readonly removals: readonly Removal[]
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
  const { appends, poisoned, removals, tails, scan } = arrange(history)
  const witness = scan?.entries ?? []
  const committed = committedOf(appends, removals, witness)
  return {
    history,
    appends,
    committed,
    witness,
    witnessed: scan !== undefined,
    poisoned,
    removals,
    reads: readsOf(history).map((read) => ({ due: dueAt(read, committed), ...read })),
    tails,
    sessions: sessionsOf(history, committed, options),
    options,
  }
}

type Open<T> = { -readonly [K in keyof T]: T[K] }

/** One pass for everything that is told by the kind of an event: each check would otherwise look through all of them again. */
function arrange(history: History) {
  const never = Number.POSITIVE_INFINITY
  const appends: Open<Append>[] = []
  const poisoned = new Map<string, number>()
  const removals: Removal[] = []
  const tails: Open<Tail>[] = []
  let scan: EventOf<'witness'> | undefined
  for (let at = 0; at < history.length; at++) {
    const event = history[at]!
    switch (event.type) {
      case 'append-called': {
        const { value, explicitId } = event
        appends.push({ value, called: at, returned: never, outcome: 'info', explicit: explicitId !== undefined })
        break
      }
      case 'append-returned':
        for (const append of appends) {
          if (append.value !== event.value || append.returned !== never) continue
          append.returned = at
          append.outcome = event.outcome
          if (event.id !== undefined) append.id = event.id
        }
        break
      case 'tail-sent':
        tails.push({ consumer: event.consumer, sent: at, returned: never })
        break
      case 'tail-returned':
        for (const tail of tails) {
          if (tail.consumer !== event.consumer || tail.returned !== never) continue
          tail.returned = at
          if (event.id !== undefined) tail.id = event.id
        }
        break
      case 'poisoned':
        poisoned.set(event.id, at)
        break
      case 'removed':
        removals.push({ at, ...event })
        break
      case 'witness':
        scan = event
        break
      default:
    }
  }
  return { appends, poisoned, removals, tails: tails.filter(({ returned }) => returned !== never), scan }
}

/**
 * Acknowledged, or of unknown outcome and in the log. One that was acknowledged and is neither in the log nor removed by
 * the schedule is the server's loss (lost-append), and nobody is owed it.
 */
function committedOf(appends: readonly Append[], removals: readonly Removal[], witness: readonly WitnessEntry[]): Committed[] {
  const inLog = new Map<string, string | undefined>()
  const foundAt = new Map<string, StreamId>()
  for (const { id, value } of witness) {
    inLog.set(id, value)
    if (value !== undefined) foundAt.set(value, id)
  }
  const never = Number.POSITIVE_INFINITY
  const committed: Committed[] = []
  for (const { value, called, returned, outcome, id } of appends) {
    // An id can come again once its topic was dropped: what was removed before this call was another entry.
    const removed = removals.find((removal) => removal.at > called && (removal.ids as readonly unknown[]).includes(id))?.at
    const kept = id !== undefined && inLog.has(id) && (inLog.get(id) ?? value) === value
    const at = kept || removed !== undefined ? id : foundAt.get(value)
    if (outcome === 'fail' || !isStreamId(at)) continue
    committed.push({ value, id: at, called, returned: outcome === 'ok' ? returned : never, removed: removed ?? never })
  }
  const drops = removals.filter(({ how }) => how === 'drop')
  const marked = drops.length === 0 ? committed : committed.map((entry) => regression(drops, entry, committed))
  return marked.sort((a, b) => compareIds(a.id, b.id))
}

/** Was the topic deleted between an entry with at least this id and this one? */
function regression(drops: readonly Removal[], entry: Committed, all: readonly Committed[]): Committed {
  const dropped = drops.findLast(({ at }) => at < entry.called)?.at
  const below = dropped !== undefined && all.some(({ id, called }) => called < dropped && compareIds(id, entry.id) >= 0)
  return below ? { ...entry, regressed: dropped } : entry
}
