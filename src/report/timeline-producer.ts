/** What the producer, the faults and the harness do, as rows. */
import { type EventOf, FENCE, type History, type HistoryEvent } from '../history/event.js'
import { type ConsumerEvent, errorOf } from './timeline-consumer.js'
import type { Draft } from './timeline-row.js'
import { count, list } from './words.js'

export type OtherEvent = Exclude<HistoryEvent, ConsumerEvent> | EventOf<'stalled'>
type Words = Omit<Draft, 'at' | 'kind'> & { readonly kind?: Draft['kind'] }

export function otherWords(history: History, at: number, event: OtherEvent, lost: ReadonlySet<string>): Words | undefined {
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
    case 'step':
    case 'witness':
      return undefined
  }
}

function willFail({ what, times, after }: EventOf<'fault-armed'>): string {
  return `next ${times === 1 ? what : count(times, what)} will fail${after === undefined ? '' : ` after ${count(after, 'entry')}`}`
}

const shorten = (ids: readonly string[]) => (ids.length <= 3 ? ids : [`${ids[0]!} … ${ids.at(-1)!}`])

/** An append that never returned, or not before something else happened. */
function unanswered(history: History, at: number, { value }: EventOf<'append-called'>): Words | undefined {
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
): Words {
  if (value === FENCE) return { storeText: id ?? error ?? '?', producerArrow: 'left', producerText: 'the fence', fence: 'appended' }
  const called = history[at - 1]
  const explicit = called?.type === 'append-called' ? called.explicitId : undefined
  const producerText = `append ${value}${explicit === undefined ? '' : ` as ${explicit}`}`
  if (outcome === 'ok') {
    const tone = lost.has(value) ? ({ tone: 'bad' } as const) : {}
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
