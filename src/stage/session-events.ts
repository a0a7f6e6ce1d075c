/** Turns what the probe says into events of the history. */
import { effectsOf } from '../dialects/redis/effects.js'
import type { EventOf, HistoryEvent } from '../history/event.js'
import type { ProbeNote, ProbeSignal } from '../sources/repository/probe.js'
import { type WireStep, describeStep } from '../schedule/step.js'
import type { FrameEntry } from '../subject/subject.js'
import type { SessionSource } from './session-options.js'

/** What an entry turns out to be: which append, and its data where that is not what was appended. */
export interface Identified {
  readonly id?: string
  readonly value?: string
  readonly got?: string
}

export type Identify = (entry: FrameEntry) => Identified

/** Member by member, as in values.ts: at every gate a spread costs more than all the rest of the event. */
export function gateEvent(consumer: number, signal: ProbeSignal, early: boolean, identify: Identify): HistoryEvent {
  switch (signal.gate) {
    case 'tail-called':
      return { type: 'tail-called', consumer }
    case 'tail-returned':
      if ('error' in signal) return { type: 'tail-returned', consumer, error: messageOf(signal.error) }
      return { type: 'tail-returned', consumer, id: signal.id! }
    case 'read-called': {
      const { read, cursor, timeoutMs, count } = signal
      return { type: 'read-called', consumer, read, cursor, timeoutMs, count }
    }
    case 'read-returned':
      return returnedEvent(consumer, signal, early)
    case 'command-called':
      return { type: 'command-called', consumer, ...named(signal.command) }
    case 'command-returned':
      return {
        type: 'command-returned',
        consumer,
        ...named(signal.command),
        ...('error' in signal ? { error: messageOf(signal.error) } : {}),
      }
    case 'notified': {
      const { value } = signal.entry === undefined ? {} : identify({ id: signal.entry })
      return { type: 'notified', consumer, ...(value === undefined ? {} : { value }) }
    }
  }
}

function named(command: string): Pick<EventOf<'command-called'>, 'command' | 'does'> {
  const does = effectsOf(command)
  return does === undefined ? { command } : { command, does }
}

function returnedEvent(consumer: number, signal: Extract<ProbeSignal, { gate: 'read-returned' }>, early: boolean): HistoryEvent {
  const { read, outcome, aborted } = signal
  const event: { -readonly [K in keyof EventOf<'read-returned'>]: EventOf<'read-returned'>[K] } = {
    type: 'read-returned',
    consumer,
    read,
    outcome,
  }
  if (aborted) event.aborted = aborted
  if ('error' in signal) event.error = messageOf(signal.error)
  if (early) event.early = true
  return event
}

/** The gate that a frame brings its consumer to, if any. */
export function frameEvent(consumer: number, frame: unknown, source: SessionSource): HistoryEvent | undefined {
  if (source.isAnnouncement(frame)) return { type: 'announced', consumer }
  const entry = source.entryOf(frame)
  return entry && { type: 'delivered', consumer, ...source.identify(entry) }
}

export function noteEvent(consumer: number, note: ProbeNote, identify: Identify): HistoryEvent {
  switch (note.note) {
    case 'tail-sent':
      return { type: 'tail-sent', consumer }
    case 'read-sent':
      return { type: 'read-sent', consumer, read: note.read }
    case 'read-entry': {
      const { entry, read } = note
      if (entry.undecodable) return { type: 'read-entry', consumer, read, id: entry.id, undecodable: true }
      return { type: 'read-entry', consumer, read, ...identify(entry), id: entry.id }
    }
    case 'read-ended':
      return { type: 'read-ended', consumer, read: note.read, how: note.how, ...('error' in note ? { error: messageOf(note.error) } : {}) }
  }
}

export function wireFaultEvent(step: WireStep): HistoryEvent {
  if ('acknowledgement' in step) return { type: 'fault-armed', what: 'append', times: 1, after: 1 }
  const consumer = 'reply' in step ? step.reply : 'slow' in step ? step.slow : step.connections
  return { type: 'wire-fault', consumer, what: describeStep(step) }
}

/** What is shown of an error: its message, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replace(/\s+/g, ' ').trim()
}
