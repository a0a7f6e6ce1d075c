/** Where a consumer is, compared and in words. */
import type { EventOf, HistoryEvent } from '../history/event.js'
import type { AdvanceStep } from '../schedule/step.js'
import type { ConsumerSession } from './consumer-session.js'

export const isAt = (at: HistoryEvent | undefined, step: AdvanceStep): boolean =>
  at?.type === step.to && (step.outcome === undefined || (at as EventOf<'read-returned'>).outcome === step.outcome)

export const whereabouts = (session: ConsumerSession): string => (session.at === undefined ? 'its start' : describeGate(session.at))

export function describeGate(at: HistoryEvent): string {
  if (at.type === 'read-returned') return `read-returned (${at.outcome})`
  if (at.type === 'closed') return `closed (${at.how}${at.error === undefined ? '' : `: ${at.error}`})`
  return at.type
}
