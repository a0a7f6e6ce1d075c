/**
 * A history as a timeline: who did what to whom, in order, one lane each for the consumers, the store and the producer.
 * `timelineRows` says what is in it; how it looks is up to the renderers (text.ts here, Mermaid and HTML among the formats).
 */
import type { Verdict } from '../../oracle/check.js'
import { LOST } from '../../oracle/anomaly.js'
import { type History, type HistoryEvent, type EventOf, FENCE, PENDING, consumerOf } from '../../history/event.js'
import type { IdOrder, StreamId } from '../../contract/stream-id.js'
import { visible, count, range, list, number } from '../text.js'
import type { Window } from '../../oracle/window.js'
import type { Dialect } from '../../dialects/dialect.js'
import type { NoReturn } from '../result.js'
import { Latest } from '../../oracle/served.js'

export function timelineRows(
  history: History,
  { anomalies }: Pick<Verdict, 'anomalies'>,
  dialect: Dialect,
  noReturn?: NoReturn,
): readonly TimelineRow[] {
  const lost = new Set(
    anomalies.flatMap(({ code, value }) => (value !== undefined && (LOST.has(code) || code === 'premature-end') ? [value] : [])),
  )
  const told = new Set(anomalies.flatMap(({ culprit, value }) => (culprit === undefined || value === undefined ? [] : [value])))
  const gaps = gapsOf(history, told)
  let n = 0
  const drafts = withMoment(withCulprits(history, draftsOf(history, lost, dialect), anomalies), noReturn)
  return fold(drafts, passesOver(history, lost)).map((draft) => ({
    ...shown(draft),
    gaps: draft.kind === 'note' ? [] : gaps(draft.at),
    ...(draft.kind === 'move' ? { n: ++n } : {}),
  }))
}

/** Was an entry lost that was appended between these two? */
function passesOver(history: History, lost: ReadonlySet<string>): PassesOver {
  const places = new Map<string, number>(history.flatMap((event, at) => (event.type === 'append-called' ? [[event.value, at]] : [])))
  const gone = [...lost].flatMap((value) => places.get(value) ?? [])
  return (a, b) => gone.some((place) => place > places.get(a)! && place < places.get(b)!)
}

function draftsOf(history: History, lost: ReadonlySet<string>, dialect: Dialect): Draft[] {
  const drafts: Draft[] = []
  let step: number | undefined
  for (const [at, event] of history.entries()) {
    if (event.type === 'step') step = event.index + 1
    if (event.type === 'drain') step = undefined
    const said = isConsumers(event) ? consumerSays(history, at, event, dialect) : othersSay(history, at, event, lost)
    if (said === undefined) continue
    const whose = 'consumer' in event && event.consumer !== undefined ? { consumer: event.consumer } : {}
    drafts.push({ kind: 'move', at, ...whose, ...(step === undefined ? {} : { step }), ...said })
  }
  return drafts
}

/** The rows of the acts by which entries were lost are the bad ones then; an append is not to blame. */
function withCulprits(history: History, drafts: readonly Draft[], anomalies: Verdict['anomalies']): readonly Draft[] {
  const guilty = new Set<number>()
  for (const { culprit } of anomalies) {
    if (culprit === undefined || culprit.name === 'not-told-apart') continue
    const row = rowOf(history, drafts, culprit.at)
    if (row !== -1) guilty.add(row)
  }
  if (guilty.size === 0) return drafts
  return drafts.map(({ tone, ...draft }, at) => {
    if (guilty.has(at)) return { ...draft, tone: 'bad', culprit: true }
    return tone === undefined || draft.lost ? draft : { ...draft, tone }
  })
}

/**
 * The row of what a consumer did there, or -1: an append is not to blame. An entry that is taken from a batch has none: it is that of the
 * batch. What has none otherwise belongs to the one before it, but not where that hands out another entry.
 */
function rowOf(history: History, drafts: readonly Draft[], at: number): number {
  const event = history[at]
  const consumer = event && consumerOf(event)
  if (event === undefined || consumer === undefined) return -1
  const isBatch = (other: HistoryEvent) =>
    event.type === 'read-entry' && other.type === 'read-returned' && other.consumer === consumer && other.read === event.read
  const place = event.type === 'read-entry' ? history.findLastIndex((other, index) => index < at && isBatch(other)) : at
  const isIts = (draft: Draft) => draft.kind !== 'note' && draft.consumer === consumer
  return drafts.findLastIndex((draft) => isIts(draft) && (draft.at === place || (draft.at < place && draft.group?.what !== 'deliver')))
}

/** In front of the row that made it so, which is in no fold then. Of what was lost with its own append there is nothing to say: before that it was not there. */
function withMoment(drafts: readonly Draft[], noReturn: NoReturn | undefined): readonly Draft[] {
  if (noReturn === undefined || noReturn.kind === 'append') return drafts
  const row = drafts.findIndex(({ at }) => at >= noReturn.at)
  if (row === -1) return drafts
  const note: Draft = {
    kind: 'note',
    at: drafts[row]!.at,
    tone: 'bad',
    note: `until here ${noReturn.value} could still have been delivered`,
  }
  return drafts.toSpliced(row, 0, note)
}

/** A stall may be of a consumer; it is told as the harness's. */
const isConsumers = (event: HistoryEvent): event is ConsumerEvent => 'consumer' in event && event.type !== 'stalled'

/** What only folding needs is left behind, and the texts are made visible. */
function shown({
  kind,
  at,
  until,
  step,
  consumer,
  consumerArrow,
  producerArrow,
  tone,
  lost,
  culprit,
  ...rest
}: Draft): Omit<TimelineRow, 'n' | 'gaps'> {
  const { consumerText, storeText, producerText, note } = rest
  const texts = Object.entries({ consumerText, storeText, producerText, note })
  const others = Object.entries({ until, step, consumer, consumerArrow, producerArrow, tone, lost, culprit }).filter(
    ([, value]) => value !== undefined,
  )
  return {
    kind,
    at,
    ...Object.fromEntries(others),
    ...Object.fromEntries(texts.flatMap(([key, text]) => (text === undefined ? [] : [[key, visible(text)]]))),
  }
}

// ── Rows ──
//
// The rows of a timeline, before they look like anything: text, HTML and Mermaid are made from the same ones.
//
// Every text in them is already visible (see ../text.ts): no control character of a payload or an error is left in it.

/** As it is drawn, with the consumers on the left, the store in the middle and the producer on the right. */
export type Arrow = 'right' | 'left' | 'both' | 'cut'

/** A gap that a consumer has open. `away`: it has ended, and was not yet started again. */
export interface Gap {
  readonly consumer: number
  readonly name: Window | 'away'
}

export interface TimelineRow {
  /** A move is numbered; a pause is the consumer's own; a note spans the lanes: what was folded, what the harness did. */
  readonly kind: 'move' | 'pause' | 'note'
  readonly n?: number
  /** The schedule's step that it belongs to, from 1. Missing in the drain. */
  readonly step?: number
  /** Its place in the history. */
  readonly at: number
  /** The place of its last event, where it stands for several. */
  readonly until?: number
  readonly consumer?: number
  readonly consumerText?: string
  /** Between the consumer and the store. */
  readonly consumerArrow?: Arrow
  readonly storeText?: string
  /** Between the store and the producer. */
  readonly producerArrow?: Arrow
  readonly producerText?: string
  readonly note?: string
  /** The gaps that are open meanwhile, of those in which something was changed in the log. */
  readonly gaps: readonly Gap[]
  readonly tone?: 'good' | 'bad'
  /** An entry was appended that is never delivered. */
  readonly lost?: true
  /** This lost an entry. */
  readonly culprit?: true
}

/** A row in the making. */
export type Draft = { -readonly [K in Exclude<keyof TimelineRow, 'n' | 'gaps'>]?: TimelineRow[K] } & {
  kind: TimelineRow['kind']
  at: number
  /** Set on the row with which a read begins. */
  read?: number
  /** Set on a question for the tail that failed, and may be asked again. */
  failedTail?: true
  /** What it appended or delivered, for rows that are put together. */
  group?: { readonly what: 'append' | 'poison' | 'deliver'; readonly names: readonly string[]; readonly ids: readonly string[] }
  fence?: 'appended' | 'delivered'
}

// ── What a consumer does ──
//
// As rows. Events that say nothing on their own (a call that is let through at once) give none.

export type ConsumerEvent = Extract<HistoryEvent, { consumer: number }>
type Said = Omit<Draft, 'at' | 'kind'> & { readonly kind?: Draft['kind'] }

/** The row that begins with this event, if any. */
export function consumerSays(history: History, at: number, event: ConsumerEvent, dialect: Dialect): Said | undefined {
  const { words } = dialect
  switch (event.type) {
    case 'session':
      return begins(event)
    case 'tail-called':
      return history[at + 1]?.type === 'tail-sent' ? undefined : { kind: 'pause', consumerText: 'about to ask for the tail' }
    case 'tail-sent':
      return tailAsked(history, at, event, dialect)
    case 'tail-returned':
      return history[at - 1]?.type === 'tail-sent'
        ? undefined
        : { consumerText: 'has the tail', consumerArrow: 'left', storeText: tailIs(event, dialect) }
    case 'announced':
      return { consumerText: 'announces: ready' }
    case 'read-called':
      return history[at + 1]?.type === 'read-sent' ? undefined : { kind: 'pause', consumerText: 'about to read' }
    case 'read-sent':
      return readSent(history, at, event, dialect)
    case 'blocked':
      return sentAgain(history, at, event, dialect)
    case 'expired':
      return after(history, at, event)?.type === 'read-returned' ? undefined : { storeText: `${words.wait} times out` }
    case 'read-returned':
      return readReturned(history, at, event, dialect)
    case 'read-ended':
      return readEnded(history, at, event)
    case 'delivered':
      return delivers(event)
    case 'signalled':
      return { consumerText: 'signals: entries are gone' }
    case 'part':
      return { consumerText: 'hands out a part of an entry' }
    case 'paused':
      return { kind: 'pause', consumerText: `pauses ${event.ms} ms` }
    case 'command-called':
      return commandCalled(history, at, event)
    case 'command-returned':
      return commandReturned(history, at, event)
    case 'notified':
      return { consumerText: `is told${event.value === undefined ? '' : ` of ${event.value}`}`, consumerArrow: 'left' }
    case 'aborted': {
      const how = event.by === 'return' ? 'its client leaves' : 'aborted'
      return { consumerText: after(history, at, event)?.type === 'closed' ? `${how}: closes` : how }
    }
    case 'closed':
      return closes(history, at, event)
    case 'disconnected':
      return { consumerText: 'connection cut', consumerArrow: 'cut' }
    case 'wire-fault':
      return { kind: 'note', note: event.what }
    case 'restless':
      return { kind: 'note', note: `still not at rest after ${count(event.gates, 'gate')}: given up`, tone: 'bad' }
    case 'unreadable':
      return { kind: 'note', note: event.what, tone: 'bad' }
    case 'quiescent':
    case 'read-entry':
      return undefined
  }
}

const of = (consumer: number) => (event: HistoryEvent) => 'consumer' in event && event.consumer === consumer
const before = (history: History, at: number, { consumer }: ConsumerEvent) => lastBefore(history, at, of(consumer))

function after(history: History, at: number, { consumer }: ConsumerEvent): HistoryEvent | undefined {
  for (let place = at + 1; place < history.length; place++) if (of(consumer)(history[place]!)) return history[place]
  return undefined
}

/** Mostly it is close by: a copy of all that came before would make a long history cost its square. */
function lastBefore(history: History, at: number, is: (event: HistoryEvent) => boolean): HistoryEvent | undefined {
  for (let place = at - 1; place >= 0; place--) if (is(history[place]!)) return history[place]
  return undefined
}

function begins({ session, start, from, returns, forgot, known, back }: EventOf<'session'>): Said | undefined {
  const again = session === 0 ? 'starts' : 'starts again'
  const highest = forgot ?? known
  const had = highest === undefined ? '' : ` (it had ${highest})`
  if (returns) return { consumerText: `comes back without an id${had}` }
  // A subject may give ids that are none of the store's.
  const older = back === undefined ? '' : `, ${count(back, 'id')} before its last`
  if (start === 'id') return { consumerText: `${again} above ${from ?? 'the id that came back'}${older}${had}` }
  if (start === 'beginning') return { consumerText: `${again} at the beginning` }
  return session === 0 ? undefined : { consumerText: `${again} at the tail` }
}

/** An error, without what the row says anyway. */
export const errorOf = ({ error }: { readonly error?: string }) => (error ?? 'error').replace(/^(injected by the schedule): .*/, '$1')

const tailIs = ({ id, error }: EventOf<'tail-returned'>, { words }: Dialect) =>
  error === undefined ? `tail is ${id === undefined ? 'missing' : words.cursor(id)}` : `fails: ${errorOf({ error })}`

function tailAsked(history: History, at: number, { consumer }: EventOf<'tail-sent'>, dialect: Dialect): Said {
  const next = history[at + 1]
  const consumerText = 'asks for the tail'
  if (next?.type !== 'tail-returned' || next.consumer !== consumer) return { consumerText, consumerArrow: 'right' }
  return {
    consumerText,
    consumerArrow: 'both',
    storeText: tailIs(next, dialect),
    ...(next.error === undefined ? {} : { tone: 'bad', failedTail: true }),
  }
}

/** Each read of a history may ask for it. */
const latestOf = new WeakMap<History, Latest>()

function latestAt(history: History, at: number, ids: IdOrder): StreamId {
  const known = latestOf.get(history)
  const latest = known?.ids === ids ? known : new Latest(history, ids)
  latestOf.set(history, latest)
  return latest.at(at)
}

/** A client that was cut off sends its read anew, and a `$` in it means something else by then. */
function sentAgain(history: History, at: number, event: EventOf<'blocked'>, { ids, words }: Dialect): Said | undefined {
  if (before(history, at, event)?.type !== 'disconnected') return undefined
  const latest = cursorOf(history, at, event) === ids.latest ? `${words.latest} is ${latestAt(history, at, ids)}; ` : ''
  return { consumerText: `read #${event.read} again`, consumerArrow: 'right', storeText: `${latest}waits` }
}

const cursorOf = (history: History, at: number, event: EventOf<'blocked' | 'read-sent'>) => calledBefore(history, at, event)?.cursor ?? '?'

function calledBefore(
  history: History,
  at: number,
  { consumer, read }: EventOf<'blocked' | 'read-sent'>,
): EventOf<'read-called'> | undefined {
  const isIt = (other: HistoryEvent) => other.type === 'read-called' && other.consumer === consumer && other.read === read
  return lastBefore(history, at, isIt) as EventOf<'read-called'> | undefined
}

function readSent(history: History, at: number, event: EventOf<'read-sent'>, { ids, words }: Dialect): Said {
  const called = calledBefore(history, at, event)
  const cursor = cursorOf(history, at, event)
  const next = after(history, at, event)
  const store = [
    ...(cursor === ids.latest ? [`${words.latest} is ${latestAt(history, at, ids)}`] : []),
    ...(next?.type === 'blocked' ? [words.waits(called?.timeoutMs)] : []),
  ]
  return {
    consumerText: `read #${event.read} ${cursor === PENDING ? 'of what is pending' : `after ${words.cursor(cursor)}`}`,
    consumerArrow: 'right',
    read: event.read,
    ...(store.length === 0 ? {} : { storeText: store.join('; ') }),
  }
}

function readReturned(history: History, at: number, event: EventOf<'read-returned'>, { words }: Dialect): Said {
  const previous = before(history, at, event)?.type
  if (event.outcome === 'error') return { consumerText: 'fails', consumerArrow: 'left', storeText: errorOf(event), tone: 'bad' }
  if (event.outcome === 'empty') {
    const why = event.early
      ? previous === 'blocked'
        ? 'ends its wait early'
        : 'did not wait'
      : previous === 'expired'
        ? 'times out'
        : 'nothing there'
    if (event.aborted) return { consumerText: 'gives up', consumerArrow: 'left' }
    return { consumerText: 'empty', consumerArrow: 'left', storeText: why }
  }
  const entries = entriesOf(history, at, event)
  const spoilt = entries.filter(({ undecodable }) => undecodable).length
  if (entries.length === 0)
    return { consumerText: 'a batch', consumerArrow: 'left', ...(previous === 'blocked' ? { storeText: 'wakes' } : {}) }
  return {
    consumerText: count(entries.length, 'entry') + (spoilt === 0 ? '' : `, ${spoilt} undecodable`),
    consumerArrow: 'left',
    storeText: `${previous === 'blocked' ? 'wakes: ' : ''}${range(entries.map(({ id }) => words.cursor(id)))}`,
  }
}

/** What of the batch the consumer took. */
function entriesOf(history: History, at: number, { consumer, read }: EventOf<'read-returned'>): EventOf<'read-entry'>[] {
  const entries: EventOf<'read-entry'>[] = []
  for (let place = at + 1; place < history.length; place++) {
    const event = history[place]!
    if (!of(consumer)(event)) continue
    if (event.type === 'session' || (event.type === 'read-ended' && event.read === read)) break
    if (event.type === 'read-entry' && event.read === read) entries.push(event)
  }
  return entries
}

function readEnded(history: History, at: number, event: EventOf<'read-ended'>): Said | undefined {
  if (event.how === 'left') return { consumerText: `leaves read #${event.read} early` }
  const previous = before(history, at, event)
  if (event.how === 'done' || (previous?.type === 'read-returned' && previous.outcome === 'error')) return undefined
  return { consumerText: `read #${event.read} fails`, consumerArrow: 'left', storeText: errorOf(event), tone: 'bad' }
}

/** One row where its answer comes next. */
function commandCalled(history: History, at: number, event: EventOf<'command-called'>): Said {
  const next = history[at + 1]
  const answered = next?.type === 'step' ? history[at + 2] : next
  const both = answered?.type === 'command-returned' && answered.consumer === event.consumer
  if (both) return { consumerText: event.command, consumerArrow: 'both', ...commandAnswer(answered) }
  return { kind: 'pause', consumerText: `about to ${event.command}` }
}

function commandReturned(history: History, at: number, event: EventOf<'command-returned'>): Said | undefined {
  const previous = lastBefore(history, at, ({ type }) => type !== 'step')
  if (previous?.type === 'command-called' && previous.consumer === event.consumer) return undefined
  return { consumerText: `${event.command} answered`, consumerArrow: 'left', ...commandAnswer(event) }
}

const commandAnswer = ({ error }: EventOf<'command-returned'>): Pick<Said, 'storeText' | 'tone'> =>
  error === undefined ? {} : { storeText: error, tone: 'bad' }

function delivers({ id, value, got }: EventOf<'delivered'>): Said {
  if (value === FENCE) return { consumerText: `delivers the fence (${id ?? '?'})`, fence: 'delivered' }
  if (value === undefined || got !== undefined) {
    const parts = ['delivers', value, id && `(${id})`, got && `as ${got}`]
    return { consumerText: parts.filter((part) => part !== undefined).join(' '), tone: 'bad' }
  }
  return {
    consumerText: `delivers ${value}${id === undefined ? '' : ` (${id})`}`,
    tone: 'good',
    group: { what: 'deliver', names: [value], ids: id === undefined ? [] : [id] },
  }
}

function closes(history: History, at: number, event: EventOf<'closed'>): Said | undefined {
  if (event.how === 'threw') return { consumerText: `throws: ${event.error ?? '?'}`, tone: 'bad' }
  if (event.how === 'ended') return { consumerText: 'ends by itself' }
  return before(history, at, event)?.type === 'aborted' ? undefined : { consumerText: 'closes' }
}

// ── What the producer, the faults and the harness do ──

export type OtherEvent = Exclude<HistoryEvent, ConsumerEvent> | EventOf<'stalled'>

export function othersSay(history: History, at: number, event: OtherEvent, lost: ReadonlySet<string>): Said | undefined {
  switch (event.type) {
    case 'append-called':
      return unanswered(history, at, event)
    case 'append-returned':
      return appended(history, at, event, lost)
    case 'elsewhere':
      return { storeText: 'on another topic', producerArrow: 'left', producerText: `append ${event.value}` }
    case 'notification':
      return event.value === FENCE ? undefined : { producerText: `notify of ${event.value}`, producerArrow: 'left' }
    case 'poisoned':
      return {
        storeText: event.id,
        producerArrow: 'left',
        producerText: 'add undecodable',
        group: { what: 'poison', names: [''], ids: [event.id] },
      }
    case 'removed':
      return {
        storeText: event.ids.length === 0 ? 'nothing to remove' : `removes ${list(shorten(event.ids))}`,
        producerArrow: 'left',
        producerText: event.how === 'drop' ? 'drop topic' : event.how,
      }
    case 'finished':
      return { producerText: 'status: done' }
    case 'fault-armed':
      return { producerText: willFail(event) }
    case 'drain':
      return { kind: 'note', note: 'the schedule is over: drain' }
    case 'stalled':
      return { kind: 'note', note: `stalled: ${event.what}`, tone: 'bad' }
    case 'pending':
      return { kind: 'note', note: staysPending(event), ...(event.claims === undefined ? {} : { tone: 'bad' }) }
    case 'step':
    case 'witness':
      return undefined
  }
}

function staysPending({ values, claims, withinMs }: EventOf<'pending'>): string {
  const pending = `pending still: ${list(shorten(values))}`
  if (claims === undefined) return `${pending} (handed out, and not acknowledged)`
  return `${pending} (${claims === 'missed' ? 'claims did not take it' : `nobody looked within ${(withinMs ?? 0) / 1000} s`})`
}

function willFail({ what, times, after, by }: EventOf<'fault-armed'>): string {
  if (by === 'store') return `the store refuses the next ${times === 1 ? what : count(times, what)}`
  return `next ${times === 1 ? what : count(times, what)} will fail${after === undefined ? '' : ` after ${count(after, 'entry')}`}`
}

const shorten = (ids: readonly string[]) => (ids.length <= 3 ? ids : [`${ids[0]!} … ${ids.at(-1)!}`])

/** An append that never returned, or not before something else happened. */
function unanswered(history: History, at: number, { value }: EventOf<'append-called'>): Said | undefined {
  if (history[at + 1]?.type === 'append-returned') return undefined
  const returns = history.slice(at).some((event) => event.type === 'append-returned' && event.value === value)
  return {
    producerArrow: 'left',
    producerText: `append ${value}`,
    ...(returns ? {} : { storeText: 'never answers', tone: 'bad' as const }),
  }
}

function appended(
  history: History,
  at: number,
  { value, outcome, id, error }: EventOf<'append-returned'>,
  lost: ReadonlySet<string>,
): Said {
  if (value === FENCE) return { storeText: id ?? error ?? '?', producerArrow: 'left', producerText: 'the fence', fence: 'appended' }
  const called = history[at - 1]
  const explicit = called?.type === 'append-called' ? called.explicitId : undefined
  const producerText = `append ${value}${explicit === undefined ? '' : ` as ${explicit}`}`
  if (outcome === 'ok') {
    const tone = lost.has(value) ? ({ tone: 'bad', ...(id === undefined ? {} : { lost: true }) } as const) : {}
    const group = explicit === undefined && id !== undefined ? { group: { what: 'append', names: [value], ids: [id] } as const } : {}
    return { storeText: id ?? 'no id', producerArrow: 'left', producerText, ...tone, ...group }
  }
  return {
    storeText: `${outcome === 'fail' ? 'rejected' : 'outcome unknown'}${error === undefined ? '' : `: ${errorOf({ error })}`}`,
    producerArrow: 'left',
    producerText,
    tone: 'bad',
  }
}

// ── Gaps ──
//
// When a consumer had a gap open: from the moment that its last answer was known until its next read reached the store.
// Only gaps in which the log was changed are of interest; one in which nothing happened is just how a loop looks. Where entries were lost,
// it is those in which they were appended.

interface Interval extends Gap {
  /** Places in the history; neither end belongs to it. */
  readonly from: number
  readonly to: number
}

export function gapsOf(history: History, lost: ReadonlySet<string> = new Set()): (at: number) => readonly Gap[] {
  const consumers = new Set(history.flatMap((event) => (event.type === 'session' ? [event.consumer] : [])))
  const intervals = [...consumers].flatMap((consumer) => intervalsOf(history, consumer))
  const within = (happens: (event: HistoryEvent) => boolean) =>
    intervals.filter(({ from, to }) => history.slice(from + 1, to).some(happens))
  const lostIn = within((event) => event.type === 'append-returned' && lost.has(event.value))
  const used = lostIn.length > 0 ? lostIn : within(changesLog)
  return (at) => used.filter(({ from, to }) => at > from && at < to).map(({ consumer, name }) => ({ consumer, name }))
}

function intervalsOf(history: History, consumer: number): Interval[] {
  const intervals: Interval[] = []
  let open: { readonly from: number; readonly name: Gap['name'] } | undefined
  for (const [at, event] of history.entries()) {
    if (!('consumer' in event) || event.consumer !== consumer) continue
    const opens = opened(event)
    // The tail, asked for again inside a loop, does not begin another gap; nor does the pause in one.
    if (opens === 'connect-gap' && open !== undefined && open.name !== 'away') continue
    // A read that was cut off and is back in the store closes the gap, too.
    if (opens === undefined && event.type !== 'read-sent' && event.type !== 'blocked') continue
    if (open !== undefined) intervals.push({ consumer, ...open, to: at })
    open = opens === undefined ? undefined : { from: at, name: opens }
  }
  return open === undefined ? intervals : [...intervals, { consumer, ...open, to: history.length }]
}

function opened(event: HistoryEvent): Gap['name'] | undefined {
  switch (event.type) {
    case 'tail-returned':
    case 'announced':
    case 'read-called':
      return 'connect-gap'
    case 'session':
      return event.start === 'tail' ? undefined : 'connect-gap'
    case 'read-returned':
      return `${event.outcome}-gap`
    case 'read-ended':
      return event.how === 'error' ? 'error-gap' : undefined
    case 'disconnected':
      return 'error-gap'
    case 'closed':
      return 'away'
    default:
      return undefined
  }
}

function changesLog(event: HistoryEvent): boolean {
  return (event.type === 'append-returned' && event.value !== FENCE) || event.type === 'poisoned' || event.type === 'removed'
}

// ── Folding ──
//
// A timeline shows what matters, and says how much it leaves out.
//
//  1. Entries that were appended or delivered one after the other, and many of them, are one row, unless one in between was lost.
//  2. A read cycle that is the same as the one before it, but for its number, is counted and not shown; so is a question for
//     the tail that fails again.
//  3. The fence is one line where it was delivered. Where it was not, that is what the reader must see.
//  4. What is still too long loses rows in the middle, but never those near an entry that was lost.
//
// The row of an act that lost an entry is in no fold.

/** Rows that are shown of a very long run: at each end, and around what is bad. */
const ENDS = 16
const AROUND = 3
const MAX_ROWS = 48
/** So many appends or deliveries in a row still get a row each. */
const FEW = 3

type PassesOver = (a: string, b: string) => boolean

function fold(drafts: readonly Draft[], passesOver: PassesOver): readonly Draft[] {
  return elide(foldFence(foldCycles(foldGroups(drafts, passesOver))))
}

function foldGroups(drafts: readonly Draft[], passesOver: PassesOver): Draft[] {
  const folded: Draft[] = []
  for (let at = 0; at < drafts.length; ) {
    const first = drafts[at]!
    let end = at + 1
    while (end < drafts.length && sameGroup(drafts[end - 1]!, drafts[end]!, passesOver)) end++
    const run = drafts.slice(at, end)
    folded.push(...(run.length > FEW || (run.length > 1 && first.group?.what !== 'append') ? [together(run)] : run))
    at = end
  }
  return folded
}

function sameGroup(a: Draft, b: Draft, passesOver: PassesOver): boolean {
  if (a.group === undefined || a.group.what !== b.group?.what || a.consumer !== b.consumer || a.culprit || b.culprit) return false
  return a.group.what !== 'deliver' || !passesOver(a.group.names[0]!, b.group.names[0]!)
}

function together(run: readonly Draft[]): Draft {
  const names = run.flatMap(({ group }) => group?.names ?? [])
  const ids = run.flatMap(({ group }) => group?.ids ?? [])
  const first = run.find(({ tone, lost }) => tone === 'bad' || lost) ?? run[0]!
  const base = { ...first, at: run[0]!.at, until: run.at(-1)!.at }
  switch (first.group!.what) {
    case 'append':
      return { ...base, storeText: range(ids), producerText: `append ${range(names)}` }
    case 'poison':
      return {
        ...base,
        storeText: range(ids),
        producerText: `add ${count(ids.length, 'undecodable entry')}`.replace('undecodable entries', 'undecodable'),
      }
    case 'deliver':
      return { ...base, consumerText: `delivers ${range(names, 2)}${ids.length === 0 ? '' : ` (${range(ids, 2)})`}` }
  }
}

const beginsCycle = ({ read, failedTail }: Draft) => read !== undefined || failedTail === true

/** From one read to the next of the same consumer, with nothing of anybody else's between. Undefined: there is no next. */
function cycleAt(drafts: readonly Draft[], begin: number): number | undefined {
  const { consumer } = drafts[begin]!
  if (!beginsCycle(drafts[begin]!)) return undefined
  for (let at = begin + 1; at < drafts.length; at++) {
    const draft = drafts[at]!
    if (draft.kind === 'note' || draft.consumer !== consumer) return undefined
    if (beginsCycle(draft)) return at
  }
  return undefined
}

const looks = (drafts: readonly Draft[]): string =>
  JSON.stringify(
    drafts.map(({ kind, consumerText, consumerArrow, storeText, culprit }) => [
      kind,
      consumerText?.replace(/#\d+/, '#'),
      consumerArrow,
      storeText,
      culprit,
    ]),
  )

function foldCycles(drafts: readonly Draft[]): Draft[] {
  const folded: Draft[] = []
  for (let at = 0; at < drafts.length; ) {
    let end = cycleAt(drafts, at)
    if (end === undefined) {
      folded.push(drafts[at++]!)
      continue
    }
    const first = drafts.slice(at, end)
    folded.push(...first)
    if (first.some(({ culprit }) => culprit)) {
      at = end
      continue
    }
    const repeats: Draft[] = []
    for (
      let next = cycleAt(drafts, end);
      next !== undefined && looks(drafts.slice(end, next)) === looks(first);
      next = cycleAt(drafts, end)
    ) {
      repeats.push(drafts[end]!)
      end = next
    }
    if (repeats.length > 0) folded.push({ kind: 'note', at: drafts[end - 1]!.at, note: repeated(repeats, first), ...whose(first[0]!) })
    at = end
  }
  return folded
}

const whose = ({ consumer }: Draft) => (consumer === undefined ? {} : { consumer })

function repeated(first: readonly Draft[], cycle: readonly Draft[]): string {
  const reads = first.flatMap(({ read }) => read ?? [])
  if (reads.length === 0) return `… fails ${count(first.length, 'more time')}`
  const what = cycle[1]?.consumerText === 'empty' ? 'more empty read' : 'more read like it'
  const noun = reads.length === 1 ? what : what.replace('read', 'reads')
  return `… ${number(reads.length)} ${noun} (${range(reads.map((read) => `#${read}`))})`
}

function foldFence(drafts: readonly Draft[]): Draft[] {
  const fence = drafts.findIndex((draft) => draft.fence === 'appended')
  if (fence === -1) return [...drafts]
  const id = drafts[fence]!.storeText ?? '?'
  const dropped = new Set<number>()
  const folds: Draft[] = []
  let undelivered = drafts.slice(0, fence).some(({ consumer }) => consumer !== undefined)
  for (const [at, draft] of drafts.entries()) {
    if (draft.fence !== 'delivered' || draft.consumer === undefined || at < fence) continue
    undelivered = false
    const { from, read } = waitFor(drafts, fence, at)
    for (let place = from; place <= at; place++) if (drafts[place]!.consumer === draft.consumer) dropped.add(place)
    folds.push({
      kind: 'note',
      at: draft.at,
      consumer: draft.consumer,
      note: `… ${read === undefined ? 'it' : `read #${read}`} delivers ${id}, the fence that the harness appends last`,
    })
  }
  if (!undelivered) dropped.add(fence)
  return [
    ...drafts.filter((_, at) => at < fence && !dropped.has(at)),
    ...folds,
    ...drafts.filter((_, at) => at >= fence && !dropped.has(at)),
  ]
}

/**
 * Of a fence that is delivered at this row: the first row that only leads there, which is behind whatever is marked, and the read that
 * brought it. That read may have been waiting when the fence came; what a consumer did while it waited, or listened, is shown.
 */
function waitFor(drafts: readonly Draft[], fence: number, at: number): { readonly from: number; readonly read?: number | undefined } {
  const { consumer } = drafts[at]!
  const isMine = (draft: Draft) => draft.consumer === consumer
  const begin = drafts.findLastIndex((draft, place) => place < at && isMine(draft) && draft.read !== undefined)
  const meanwhile = drafts.slice(begin + 1, Math.max(fence, begin + 1)).filter(isMine)
  const marked = drafts.findLastIndex((draft, place) => place < at && isMine(draft) && draft.culprit)
  const isOver = begin === -1 || meanwhile.some(({ consumerArrow }) => consumerArrow === 'left')
  // The pause before that read leads to nothing that is shown.
  const pauses = drafts[begin - 1]?.kind === 'pause' && isMine(drafts[begin - 1]!)
  const first = isOver || meanwhile.length > 0 ? fence : pauses ? begin - 1 : begin
  return { from: Math.max(first, marked + 1), read: isOver ? undefined : drafts[begin]!.read }
}

function elide(drafts: readonly Draft[]): readonly Draft[] {
  if (drafts.length <= MAX_ROWS) return drafts
  const near = (at: number) => drafts.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ tone, lost }) => tone === 'bad' || lost)
  const kept = drafts.map((_, at) => at < ENDS || at >= drafts.length - ENDS || near(at))
  return drafts.flatMap((draft, at): Draft[] => {
    if (kept[at]) return [draft]
    if (!kept[at - 1]) return []
    const end = kept.indexOf(true, at)
    return [{ kind: 'note', at: draft.at, note: `… ${count(end - at, 'row')} left out` }]
  })
}
