/** Where a consumer is, compared and in words. */
import type { EventOf, HistoryEvent } from '../history/event.js'
import type { AdvanceStep } from '../schedule/step.js'
import type { Opened } from '../dialects/store.js'
import type { ConsumerSession } from './consumer-session.js'
import { Divergence } from './endings.js'

/** A transaction is told of by all of its commands. */
const isCommand = ({ command }: { readonly command: string }, name: string): boolean => command.split(' ').includes(name)

export const isAt = (at: HistoryEvent | undefined, step: AdvanceStep): boolean =>
  at?.type === step.to &&
  (step.outcome === undefined || (at as EventOf<'read-returned'>).outcome === step.outcome) &&
  (step.command === undefined || isCommand(at as EventOf<'command-called'>, step.command))

export const whereabouts = (session: ConsumerSession): string => (session.at === undefined ? 'its start' : describeGate(session.at))

export function describeGate(at: HistoryEvent): string {
  if (at.type === 'read-returned') return `read-returned (${at.outcome})`
  if (at.type === 'closed') return `closed (${at.how}${at.error === undefined ? '' : `: ${at.error}`})`
  if (at.type === 'command-called' || at.type === 'command-returned') return `${at.type} (${at.command})`
  return at.type
}

/** It waits for messages of a channel, and nothing says when it has come to rest. */
export const listens = (session: ConsumerSession, opened: Opened): boolean => opened.listens?.(session.index) ?? false

/** @throws Divergence where only a time-out could move it, and its read has none. */
export function mustMove(session: ConsumerSession): void {
  if (session.waits.forEver && !session.held)
    throw new Divergence(`consumer ${session.index} at another gate`, 'its read waits without a time-out (BLOCK 0)')
}
