/**
 * Where the cursors and the tail stand at each row of a timeline, and what is in the log by then.
 *
 * A cursor is what a consumer's last read asked for. While that read is under way, `from` is the id that it asks from.
 * Afterwards a concrete cursor stays where it was, and `$` is nowhere: the next read has it resolved anew.
 */
import { LOST } from '../../oracle/anomaly.js'
import type { Verdict } from '../../oracle/check.js'
import type { IdOrder, StreamId } from '../../contract/stream-id.js'
import { type EventOf, FENCE, type History, type HistoryEvent } from '../../history/event.js'
import { Latest } from '../../oracle/served.js'
import { GATES, type Gate } from '../../schedule/gate.js'

export interface Cursor {
  readonly consumer: number
  readonly asked: string
  readonly from?: StreamId
}

export type EntryState = 'waiting' | 'delivered' | 'lost' | 'removed' | 'undecodable' | 'fence'

export interface Entry {
  readonly id: StreamId
  readonly state: EntryState
}

export interface Position {
  readonly cursors: readonly Cursor[]
  /** The last gate that each consumer came to: while others move, it is held there, or waits in its read. */
  readonly gates: ReadonlyMap<number, Gate>
  readonly tail: StreamId
  /** By id. */
  readonly entries: readonly Entry[]
}

/** Where a row begins and ends in the history. */
interface Span {
  readonly at: number
  readonly until?: number
}

/** One for each row: as things stand after it. */
export function positionsOf(
  history: History,
  rows: readonly Span[],
  { anomalies }: Pick<Verdict, 'anomalies'>,
  ids: IdOrder,
): readonly Position[] {
  const lost = new Set(anomalies.flatMap(({ code, id }) => (LOST.has(code) && id !== undefined ? [id] : [])))
  const log = new Log(history, lost, ids)
  const ends = [...new Set(rows.map(endOf))].sort((a, b) => a - b)
  const positions = new Map(ends.map((end) => [end, log.at(end)]))
  return rows.map((row) => positions.get(endOf(row))!)
}

const isGate = (event: HistoryEvent): event is EventOf<Gate> => GATES.some((gate) => gate === event.type)

const endOf = ({ at, until = at }: Span): number => until + 1

class Log {
  readonly #cursors = new Map<number, Cursor>()
  readonly #gates = new Map<number, Gate>()
  readonly #states = new Map<StreamId, Exclude<EntryState, 'delivered' | 'lost'>>()
  /** Which consumers an entry was delivered to. */
  readonly #delivered = new Map<string, Set<number>>()
  readonly #consumers: number
  readonly #latest: Latest
  #next = 0

  constructor(
    private readonly history: History,
    private readonly lost: ReadonlySet<string>,
    private readonly ids: IdOrder,
  ) {
    this.#latest = new Latest(history, ids)
    this.#consumers = new Set(history.flatMap((event) => (event.type === 'session' ? [event.consumer] : []))).size
  }

  /** Before the event at `end`. Never goes back. */
  at(end: number): Position {
    for (; this.#next < end; this.#next++) this.#see(this.history[this.#next]!, this.#next)
    const { compare } = this.ids
    const entries = [...this.#states].sort(([a], [b]) => compare(a, b)).map(([id, state]) => ({ id, state: this.#stateOf(id, state) }))
    const cursors = [...this.#cursors.values()].sort((a, b) => a.consumer - b.consumer)
    return { cursors, gates: new Map(this.#gates), tail: this.#latest.at(end), entries }
  }

  /** Delivered means to everybody. */
  #stateOf(id: StreamId, state: EntryState): EntryState {
    if (this.lost.has(id)) return 'lost'
    return state === 'waiting' && (this.#delivered.get(id)?.size ?? 0) >= this.#consumers ? 'delivered' : state
  }

  #see(event: HistoryEvent, at: number): void {
    if (isGate(event)) this.#gates.set(event.consumer, event.type)
    switch (event.type) {
      case 'session':
        this.#cursors.delete(event.consumer)
        return
      case 'read-sent':
      case 'blocked':
        return this.#asks(event.consumer, event.read, at)
      case 'read-returned':
      case 'disconnected':
        return this.#answered(event.consumer)
      case 'append-returned':
        if (event.outcome !== 'fail' && this.ids.isId(event.id)) this.#states.set(event.id, event.value === FENCE ? 'fence' : 'waiting')
        return
      case 'poisoned':
        this.#states.set(event.id, 'undecodable')
        return
      case 'removed':
        for (const id of event.ids) this.#states.set(id, 'removed')
        return
      case 'delivered':
        if (event.id !== undefined) this.#delivered.set(event.id, (this.#delivered.get(event.id) ?? new Set()).add(event.consumer))
        return
      default:
    }
  }

  /** A client that was cut off sends its read again, and then `$` is another id. */
  #asks(consumer: number, read: number, at: number): void {
    const called = this.history
      .slice(0, at)
      .findLast((event) => event.type === 'read-called' && event.consumer === consumer && event.read === read)
    if (called?.type !== 'read-called') return
    const from = this.#latest.servedFrom(called.cursor, at)
    this.#cursors.set(consumer, { consumer, asked: called.cursor, ...(from === undefined ? {} : { from }) })
  }

  #answered(consumer: number): void {
    const cursor = this.#cursors.get(consumer)
    if (cursor !== undefined && cursor.asked === this.ids.latest) this.#cursors.set(consumer, { consumer, asked: cursor.asked })
  }
}
