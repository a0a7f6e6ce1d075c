/** What a consumer does, as rows. Events that say nothing on their own (a call that is let through at once) give none. */
import { LATEST } from '../contract/stream-id.js'
import { type EventOf, FENCE, FOR_EVER, type History, type HistoryEvent, PENDING } from '../history/event.js'
import { latestAt, quoted } from './log-at.js'
import type { Draft } from './timeline-row.js'
import { count, range } from './words.js'

export type ConsumerEvent = Extract<HistoryEvent, { consumer: number }>
type Words = Omit<Draft, 'at' | 'kind'> & { readonly kind?: Draft['kind'] }

/** The row that begins with this event, if any. */
export function consumerWords(history: History, at: number, event: ConsumerEvent): Words | undefined {
  switch (event.type) {
    case 'session':
      return begins(event)
    case 'tail-called':
      return history[at + 1]?.type === 'tail-sent' ? undefined : { kind: 'pause', consumerText: 'about to ask for the tail' }
    case 'tail-sent':
      return tailAsked(history, at, event)
    case 'tail-returned':
      return history[at - 1]?.type === 'tail-sent'
        ? undefined
        : { consumerText: 'has the tail', consumerArrow: 'left', storeText: tailIs(event) }
    case 'announced':
      return { consumerText: 'announces: ready' }
    case 'read-called':
      return history[at + 1]?.type === 'read-sent' ? undefined : { kind: 'pause', consumerText: 'about to read' }
    case 'read-sent':
      return readSent(history, at, event)
    case 'blocked':
      return sentAgain(history, at, event)
    case 'expired':
      return after(history, at, event)?.type === 'read-returned' ? undefined : { storeText: 'BLOCK times out' }
    case 'read-returned':
      return readReturned(history, at, event)
    case 'read-ended':
      return readEnded(history, at, event)
    case 'delivered':
      return delivers(event)
    case 'signalled':
      return { consumerText: 'signals: entries are gone' }
    case 'paused':
      return { kind: 'pause', consumerText: `pauses ${event.ms} ms` }
    case 'command-called':
      return commandCalled(history, at, event)
    case 'command-returned':
      return commandReturned(history, at, event)
    case 'notified':
      return { consumerText: `is told${event.value === undefined ? '' : ` of ${event.value}`}`, consumerArrow: 'left' }
    case 'aborted':
      return { consumerText: after(history, at, event)?.type === 'closed' ? 'aborted: closes' : 'aborted' }
    case 'closed':
      return closes(history, at, event)
    case 'disconnected':
      return { consumerText: 'connection cut', consumerArrow: 'cut' }
    case 'wire-fault':
      return { kind: 'note', note: event.what }
    case 'restless':
      return { kind: 'note', note: `still not at rest after ${count(event.gates, 'gate')}: given up`, tone: 'bad' }
    case 'quiescent':
    case 'read-entry':
      return undefined
  }
}

const of = (consumer: number) => (event: HistoryEvent) => 'consumer' in event && event.consumer === consumer
const before = (history: History, at: number, { consumer }: ConsumerEvent) => history.slice(0, at).findLast(of(consumer))
const after = (history: History, at: number, { consumer }: ConsumerEvent) => history.slice(at + 1).find(of(consumer))

function begins({ session, start, from }: EventOf<'session'>): Words | undefined {
  const again = session === 0 ? 'starts' : 'starts again'
  if (start === 'id') return { consumerText: `${again} above ${from ?? '?'}` }
  if (start === 'beginning') return { consumerText: `${again} at the beginning` }
  return session === 0 ? undefined : { consumerText: `${again} at the tail` }
}

/** An error, without what the row says anyway. */
export const errorOf = ({ error }: { readonly error?: string }) => (error ?? 'error').replace(/^(injected by the schedule): .*/, '$1')

const tailIs = ({ id, error }: EventOf<'tail-returned'>) =>
  error === undefined ? `tail is ${id === undefined ? 'missing' : quoted(id)}` : `fails: ${errorOf({ error })}`

function tailAsked(history: History, at: number, { consumer }: EventOf<'tail-sent'>): Words {
  const next = history[at + 1]
  const consumerText = 'asks for the tail'
  if (next?.type !== 'tail-returned' || next.consumer !== consumer) return { consumerText, consumerArrow: 'right' }
  return {
    consumerText,
    consumerArrow: 'both',
    storeText: tailIs(next),
    ...(next.error === undefined ? {} : { tone: 'bad', failedTail: true }),
  }
}

/** A client that was cut off sends its read anew, and a `$` in it means something else by then. */
function sentAgain(history: History, at: number, event: EventOf<'blocked'>): Words | undefined {
  if (before(history, at, event)?.type !== 'disconnected') return undefined
  const latest = cursorOf(history, at, event) === LATEST ? `"$" is ${latestAt(history, at)}; ` : ''
  return { consumerText: `read #${event.read} again`, consumerArrow: 'right', storeText: `${latest}waits` }
}

const cursorOf = (history: History, at: number, event: EventOf<'blocked' | 'read-sent'>) => calledBefore(history, at, event)?.cursor ?? '?'

function calledBefore(
  history: History,
  at: number,
  { consumer, read }: EventOf<'blocked' | 'read-sent'>,
): EventOf<'read-called'> | undefined {
  return history
    .slice(0, at)
    .findLast(
      (other): other is EventOf<'read-called'> => other.type === 'read-called' && other.consumer === consumer && other.read === read,
    )
}

function readSent(history: History, at: number, event: EventOf<'read-sent'>): Words {
  const called = calledBefore(history, at, event)
  const cursor = cursorOf(history, at, event)
  const next = after(history, at, event)
  const store = [
    ...(cursor === LATEST ? [`"$" is ${latestAt(history, at)}`] : []),
    ...(next?.type === 'blocked'
      ? [called?.timeoutMs === FOR_EVER ? 'waits without a time-out' : `waits, BLOCK ${called?.timeoutMs ?? '?'}`]
      : []),
  ]
  return {
    consumerText: `read #${event.read} ${cursor === PENDING ? 'of what is pending' : `after ${quoted(cursor)}`}`,
    consumerArrow: 'right',
    read: event.read,
    ...(store.length === 0 ? {} : { storeText: store.join('; ') }),
  }
}

function readReturned(history: History, at: number, event: EventOf<'read-returned'>): Words {
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
    storeText: `${previous === 'blocked' ? 'wakes: ' : ''}${range(entries.map(({ id }) => quoted(id)))}`,
  }
}

/** What of the batch the consumer took. */
function entriesOf(history: History, at: number, { consumer, read }: EventOf<'read-returned'>): EventOf<'read-entry'>[] {
  const entries: EventOf<'read-entry'>[] = []
  for (const event of history.slice(at + 1)) {
    if (!of(consumer)(event)) continue
    if (event.type === 'session' || (event.type === 'read-ended' && event.read === read)) break
    if (event.type === 'read-entry' && event.read === read) entries.push(event)
  }
  return entries
}

function readEnded(history: History, at: number, event: EventOf<'read-ended'>): Words | undefined {
  if (event.how === 'left') return { consumerText: `leaves read #${event.read} early` }
  const previous = before(history, at, event)
  if (event.how === 'done' || (previous?.type === 'read-returned' && previous.outcome === 'error')) return undefined
  return { consumerText: `read #${event.read} fails`, consumerArrow: 'left', storeText: errorOf(event), tone: 'bad' }
}

/** One row where its answer comes next. */
function commandCalled(history: History, at: number, event: EventOf<'command-called'>): Words {
  const next = history[at + 1]
  const answered = next?.type === 'step' ? history[at + 2] : next
  const both = answered?.type === 'command-returned' && answered.consumer === event.consumer
  if (both) return { consumerText: event.command, consumerArrow: 'both', ...commandAnswer(answered) }
  return { kind: 'pause', consumerText: `about to ${event.command}` }
}

function commandReturned(history: History, at: number, event: EventOf<'command-returned'>): Words | undefined {
  const previous = history.slice(0, at).findLast(({ type }) => type !== 'step')
  if (previous?.type === 'command-called' && previous.consumer === event.consumer) return undefined
  return { consumerText: `${event.command} answered`, consumerArrow: 'left', ...commandAnswer(event) }
}

const commandAnswer = ({ error }: EventOf<'command-returned'>): Pick<Words, 'storeText' | 'tone'> =>
  error === undefined ? {} : { storeText: error, tone: 'bad' }

function delivers({ id, value, got }: EventOf<'delivered'>): Words {
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

function closes(history: History, at: number, event: EventOf<'closed'>): Words | undefined {
  if (event.how === 'threw') return { consumerText: `throws: ${event.error ?? '?'}`, tone: 'bad' }
  if (event.how === 'ended') return { consumerText: 'ends by itself' }
  return before(history, at, event)?.type === 'aborted' ? undefined : { consumerText: 'closes' }
}
