/**
 * What a history says, arranged for the checks: the appends, the log as the witness saw it, the reads, the tails and
 * the sessions. Built once; every check is a pure function over it.
 *
 * Times are places in the history. `a.returned < b.called` is the real-time order: a returned before b was invoked.
 */
import { type StreamId, compareIds, isStreamId } from '../contract/stream-id.js'
import type { EventOf, History, WitnessEntry } from '../history/event.js'
import { Log } from './log.js'
import type { Capability } from './rules/rule.js'
import type { Read } from './reads.js'
import { type Session, sessionsOf } from './sessions.js'
import { Told } from './told.js'

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
  /** By value. */
  readonly appendOf: ReadonlyMap<string, Append>
  /** In the order of ids. */
  readonly committed: readonly Committed[]
  readonly log: Log
  readonly witness: readonly WitnessEntry[]
  /** False where the run broke before the log could be scanned: nothing can then be said to be missing from it. */
  readonly witnessed: boolean
  readonly poisoned: ReadonlyMap<string, number>
  readonly removals: readonly Removal[]
  readonly reads: readonly Read[]
  readonly tails: readonly Tail[]
  readonly sessions: readonly Session[]
  readonly stalls: readonly EventOf<'stalled'>[]
  readonly options: CheckOptions
}

/** What the subject declares. */
export interface CheckOptions {
  readonly delivery?: 'exactly-once' | 'at-least-once'
  /** What is judged only where it is declared. */
  readonly capabilities?: Readonly<Partial<Record<Capability, boolean>>>
}

export function analyse(history: History, options: CheckOptions = {}): Analysis {
  const told = new Told()
  for (let at = 0; at < history.length; at++) told.take(history[at]!, at)
  const { appends, appendOf, poisoned, removals, tails, scan, reads, sights, stalls } = told
  for (const sight of sights) if (sight.end === NEVER) sight.end = history.length
  const witness = scan?.entries ?? []
  const committed = committedOf(told, witness)
  return {
    history,
    appends,
    appendOf,
    committed,
    log: new Log(committed),
    witness,
    witnessed: scan !== undefined,
    poisoned,
    removals,
    reads,
    tails: tails.filter(({ returned }) => returned !== NEVER),
    sessions: sessionsOf(sights, committed, options),
    stalls,
    options,
  }
}

const NEVER = Number.POSITIVE_INFINITY

/**
 * Acknowledged, or of unknown outcome and in the log. One that was acknowledged and is neither in the log nor removed by
 * the schedule is the server's loss (lost-append), and nobody is owed it; unless a consumer removes entries itself: what it
 * has removed and not delivered is its own loss.
 */
function committedOf({ appends, removals, consumerRemoves }: Told, witness: readonly WitnessEntry[]): Committed[] {
  const inLog = new Map<string, string | undefined>()
  const foundAt = new Map<string, StreamId>()
  for (const { id, value } of witness) {
    inLog.set(id, value)
    if (value !== undefined) foundAt.set(value, id)
  }
  const removedAt = placesOf(removals)
  const committed: Committed[] = []
  for (const { value, called, returned, outcome, id } of appends) {
    // An id can come again once its topic was dropped: what was removed before this call was another entry.
    const removed = removedAt.get(id ?? '')?.find((at) => at > called)
    const kept = id !== undefined && inLog.has(id) && (inLog.get(id) ?? value) === value
    const at = kept || removed !== undefined ? id : (foundAt.get(value) ?? (consumerRemoves && outcome === 'ok' ? id : undefined))
    if (outcome === 'fail' || !isStreamId(at)) continue
    committed.push({ value, id: at, called, returned: outcome === 'ok' ? returned : NEVER, removed: removed ?? NEVER })
  }
  const drops = removals.filter(({ how }) => how === 'drop')
  const marked = drops.length === 0 ? committed : committed.map((entry) => regression(drops, entry, committed))
  return marked.sort((a, b) => compareIds(a.id, b.id))
}

/** When each id was removed. */
function placesOf(removals: readonly Removal[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const { at, ids } of removals) {
    for (const id of ids) {
      const known = places.get(id)
      if (known === undefined) places.set(id, [at])
      else known.push(at)
    }
  }
  return places
}

/** Was the topic deleted between an entry with at least this id and this one? */
function regression(drops: readonly Removal[], entry: Committed, all: readonly Committed[]): Committed {
  const dropped = drops.findLast(({ at }) => at < entry.called)?.at
  const below = dropped !== undefined && all.some(({ id, called }) => called < dropped && compareIds(id, entry.id) >= 0)
  return below ? { ...entry, regressed: dropped } : entry
}
