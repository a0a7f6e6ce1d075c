/** Turns what the probe says into events of the history. */
import type { HistoryEvent } from '../history/event.js'
import type { ProbeNote, ProbeSignal } from '../probe/repository-probe.js'
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

export function gateEvent(consumer: number, signal: ProbeSignal, identify: Identify): HistoryEvent {
  if (signal.gate === 'notified') {
    const { value } = signal.entry === undefined ? {} : identify({ id: signal.entry })
    return { type: 'notified', consumer, ...(value === undefined ? {} : { value }) }
  }
  const { gate, ...rest } = signal
  if ('error' in rest) {
    const { error, ...others } = rest
    return { type: gate, consumer, ...others, error: messageOf(error) } as HistoryEvent
  }
  return { type: gate, consumer, ...rest } as HistoryEvent
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
