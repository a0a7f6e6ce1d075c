/**
 * Histories by hand: a few words for what happened, in order, and the events that the stage would have recorded.
 *
 * Entries are written `s1`, or `s1@7-0` where the id matters; without one the n-th append gets `n-0`. What is appended
 * is in the log, and the witness at the end has what the log holds. The reader is consumer 0 until `as` says otherwise.
 */
import { expect } from 'vitest'
import { type Anomaly, type AnomalyCode } from '../../src/oracle/anomaly.js'
import { type JudgeOptions, type Verdict, check } from '../../src/oracle/check.js'
import { ORIGIN, type StreamId, parseStreamId } from '../../src/contract/stream-id.js'
import { FENCE, type EventOf, type History, type HistoryEvent } from '../../src/history/event.js'

/** An entry of a batch: by name, or field by field. */
export type Got = string | { readonly id: string; readonly value?: string; readonly got?: string; readonly undecodable?: true }
/** A frame: by name, or field by field. */
export type Handed = string | { readonly id?: string; readonly value?: string; readonly got?: string }

interface ReadingOptions {
  readonly acknowledges?: boolean
  readonly cursor?: string
  readonly count?: number
  readonly timeoutMs?: number
}

interface Reader {
  cursor: string
  read: number
  sessions: number
}

export const history = (): Story => new Story()

export class Story {
  readonly events: HistoryEvent[] = []
  readonly #ids = new Map<string, string>()
  readonly #log = new Map<StreamId, string | undefined>()
  readonly #readers = new Map<number, Reader>()
  #added = 0
  #consumer = 0

  /** Whatever there is no word for. */
  event(...events: readonly HistoryEvent[]): this {
    this.events.push(...events)
    return this
  }

  as(consumer: number): this {
    this.#consumer = consumer
    return this
  }

  // ── sessions

  session(start: EventOf<'session'>['start'] = 'tail', from?: string): this {
    const me = this.#me
    me.cursor = from ?? ORIGIN
    const id = from === undefined ? {} : { from: parseStreamId(from) }
    return this.event({ type: 'session', consumer: this.#consumer, session: me.sessions++, start, ...id })
  }

  tailCalled = (): this => this.event({ type: 'tail-called', consumer: this.#consumer })
  tailSent = (): this => this.event({ type: 'tail-sent', consumer: this.#consumer })
  tailFailed = (error = 'no tail'): this => this.event({ type: 'tail-returned', consumer: this.#consumer, error })

  tailReturned(id: string): this {
    this.#me.cursor = id
    return this.event({ type: 'tail-returned', consumer: this.#consumer, id })
  }

  tail = (id: string): this => this.tailCalled().tailSent().tailReturned(id)
  announced = (): this => this.event({ type: 'announced', consumer: this.#consumer })

  /** A session from the tail, up to the promise to deliver. */
  connected = (tail: string = ORIGIN): this => this.session().tail(tail).announced()
  paused = (ms = 100): this => this.event({ type: 'paused', consumer: this.#consumer, ms })
  aborted = (): this => this.event({ type: 'aborted', consumer: this.#consumer })
  disconnected = (): this => this.event({ type: 'disconnected', consumer: this.#consumer })
  /** It tells its client that entries are gone. */
  signalled = (): this => this.event({ type: 'signalled', consumer: this.#consumer })
  finished = (): this => this.event({ type: 'finished' })
  quiescent = (): this => this.event({ type: 'quiescent', consumer: this.#consumer })
  restless = (gates = 200): this => this.event({ type: 'restless', consumer: this.#consumer, gates })

  closed(how: EventOf<'closed'>['how'] = 'ended', error?: string): this {
    return this.event({ type: 'closed', consumer: this.#consumer, how, ...(error === undefined ? {} : { error }) })
  }

  // ── reads

  readCalled(options: ReadingOptions = {}): this {
    const me = this.#me
    me.cursor = options.cursor ?? me.cursor
    const { cursor } = me
    return this.event({
      type: 'read-called',
      consumer: this.#consumer,
      read: ++me.read,
      cursor,
      timeoutMs: options.timeoutMs ?? 2000,
      count: options.count ?? 10,
      ...(options.acknowledges && { acknowledges: true }),
    })
  }

  readSent = (): this => this.event({ type: 'read-sent', consumer: this.#consumer, read: this.#me.read })
  blocked = (): this => this.event({ type: 'blocked', consumer: this.#consumer, read: this.#me.read })
  expired = (): this => this.event({ type: 'expired', consumer: this.#consumer, read: this.#me.read })

  returned(outcome: EventOf<'read-returned'>['outcome'], more: { early?: true; late?: true; aborted?: true; error?: string } = {}): this {
    return this.event({ type: 'read-returned', consumer: this.#consumer, read: this.#me.read, outcome, ...more })
  }

  ended = (how: EventOf<'read-ended'>['how'] = 'done', ...gave: readonly string[]): this =>
    this.event({ type: 'read-ended', consumer: this.#consumer, read: this.#me.read, how, ...(gave.length === 0 ? {} : { gave }) })

  /** What was sent is answered with these, and the answer is lost on its way. */
  lost = (...values: readonly string[]): this => this.returned('error', { error: 'the connection was cut' }).ended('error', ...values)

  /** An entry of the batch reaches the consumer, which goes on above it. */
  entry(got: Got): this {
    const known = typeof got === 'string' ? this.#named(got) : got
    this.#me.cursor = known.id
    return this.event({ type: 'read-entry', consumer: this.#consumer, read: this.#me.read, ...known })
  }

  deliver(...frames: readonly Handed[]): this {
    for (const frame of frames)
      this.event({ type: 'delivered', consumer: this.#consumer, ...(typeof frame === 'string' ? this.#named(frame) : frame) })
    return this
  }

  /** A read is let through to the store. */
  reading = (options: ReadingOptions = {}): this => this.readCalled(options).readSent()
  /** It waits there. */
  waiting = (options: ReadingOptions = {}): this => this.reading(options).blocked()
  /** What waited comes back empty. */
  emptied = (): this => this.expired().returned('empty').ended()

  /** What was sent comes back with these; nothing is delivered. */
  batch(...entries: readonly Got[]): this {
    this.returned('batch')
    for (const each of entries) this.entry(each)
    return this.ended()
  }

  /** What was sent comes back with these, and each is delivered. */
  served(...values: readonly string[]): this {
    this.returned('batch')
    for (const value of values) this.entry(value).deliver(value)
    return this.ended()
  }

  /** One whole read, and each of its entries delivered. */
  poll = (...values: readonly string[]): this => this.reading().served(...values)
  /** One whole read that waits and comes back empty. */
  idle = (options: ReadingOptions = {}): this => this.waiting(options).emptied()
  /** One whole read that comes back empty without having waited. */
  empty = (options: ReadingOptions = {}): this => this.reading(options).returned('empty').ended()

  // ── producer

  append(...values: readonly string[]): this {
    for (const value of values) this.called(value).acknowledged(value)
    return this
  }

  explicit(value: string): this {
    const { id, value: name } = this.#place(value)
    return this.event({ type: 'append-called', value: name, explicitId: id }).acknowledged(value)
  }

  called = (value: string): this => this.event({ type: 'append-called', value: nameOf(value) })

  acknowledged(value: string): this {
    const entry = this.#place(value)
    this.#log.set(entry.id, entry.value)
    return this.event({ type: 'append-returned', value: entry.value, outcome: 'ok', id: entry.id })
  }

  /** Acknowledged at this id, whatever the log holds. */
  pretended(value: string): this {
    const { id, value: name } = this.#place(value)
    return this.called(name).event({ type: 'append-returned', value: name, outcome: 'ok', id })
  }

  rejected = (value: string): this => this.called(value).event({ type: 'append-returned', value, outcome: 'fail', error: 'rejected' })
  /** Nobody knows whether it happened. */
  unknown = (value: string): this => this.called(value).event({ type: 'append-returned', value, outcome: 'info', error: 'timed out' })

  /** Is in the log from now on, whoever put it there. */
  landed(value: string): this {
    const entry = this.#place(value)
    this.#log.set(entry.id, entry.value)
    return this
  }

  poison(count = 1): this {
    for (let i = 0; i < count; i++) {
      const id = this.#nextId()
      this.#log.set(id, undefined)
      this.event({ type: 'poisoned', id })
    }
    return this
  }

  remove(how: EventOf<'removed'>['how'], ...values: readonly string[]): this {
    const ids = values.map((value) => parseStreamId(this.#named(value).id))
    for (const id of ids) this.#log.delete(id)
    return this.event({ type: 'removed', how, ids })
  }

  /** The consumer removes the topic itself. */
  cleanedUp(): this {
    const command = { consumer: this.#consumer, command: 'cleanupStream', does: ['drop'] } as const
    this.#log.clear()
    return this.event({ type: 'command-called', ...command }, { type: 'command-returned', ...command })
  }

  // ── the end

  /** The consumers wait, are served the fence and deliver it; the log is scanned. */
  end = (...consumers: readonly number[]): History =>
    this.event({ type: 'drain' })
      .rest(...consumers)
      .witnessed()

  /** An empty read, called after the last append; then the fence, served to each. */
  rest(...consumers: readonly number[]): this {
    const all = consumers.length === 0 ? [this.#consumer] : consumers
    for (const each of all) this.as(each).idle().waiting().quiescent()
    this.append(FENCE)
    for (const each of all) this.as(each).served(FENCE).quiescent()
    return this
  }

  witnessed(): History {
    return this.event({ type: 'witness', entries: [...this.#log].map(([id, value]) => (value === undefined ? { id } : { id, value })) })
      .events
  }

  get #me(): Reader {
    const me = this.#readers.get(this.#consumer) ?? { cursor: ORIGIN, read: 0, sessions: 0 }
    this.#readers.set(this.#consumer, me)
    return me
  }

  #nextId = (): StreamId => parseStreamId(`${++this.#added}-0`)

  #place(entry: string): { id: StreamId; value: string } {
    const [value = entry, at] = entry.split('@')
    const id = at === undefined ? this.#nextId() : parseStreamId(at)
    this.#added = Math.max(this.#added, Number(id.split('-')[0]))
    this.#ids.set(value, id)
    return { id, value }
  }

  #named(entry: string): { id: string; value: string } {
    const [value = entry, at] = entry.split('@')
    const id = at ?? this.#ids.get(value)
    if (id === undefined) throw new Error(`${value} has no id yet: write ${value}@<id>`)
    return { id, value }
  }
}

const nameOf = (entry: string): string => entry.split('@')[0] ?? entry

export const verdictOf = (events: History, options?: JudgeOptions): Verdict => check(events, options)
export const anomaliesOf = (events: History, options?: JudgeOptions): readonly Anomaly[] => check(events, options).anomalies
export const codesOf = (events: History, options?: JudgeOptions): readonly AnomalyCode[] =>
  anomaliesOf(events, options).map(({ code }) => code)

/** The anomalies without their evidence, which names the entry where there is one; of a culprit, its name. */
export function findings(
  events: History,
  options?: JudgeOptions,
): readonly (Omit<Anomaly, 'evidence' | 'culprit'> & { readonly culprit?: string })[] {
  return anomaliesOf(events, options).map(({ evidence, culprit, ...rest }) => {
    const names = [rest.value, rest.id].filter((name) => name !== undefined)
    expect(names.length === 0 || names.some((name) => evidence.includes(name))).toBe(true)
    return culprit === undefined ? rest : { ...rest, culprit: culprit.name }
  })
}
