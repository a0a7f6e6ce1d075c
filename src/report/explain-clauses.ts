/** Parts of sentences that explanations share: whose session it is, and what of its came before an append. */
import type { Analysis } from '../oracle/analysis.js'
import type { Owed, Session } from '../oracle/sessions.js'
import type { HistoryEvent } from '../history/event.js'

/** `after read #1 returned empty`, `while read #2 was waiting`. */
export function opening({ history }: Analysis, session: Session, entry: Owed): string {
  if (entry.called < session.begin) return 'before this session began'
  for (let at = entry.called - 1; at >= session.begin; at--) {
    const event = history[at]!
    if (!('consumer' in event) || event.consumer !== session.consumer) continue
    const clause = clauseOf(event)
    if (clause !== undefined) return clause
  }
  return 'after the session began'
}

function clauseOf(event: HistoryEvent): string | undefined {
  switch (event.type) {
    case 'blocked':
    case 'expired':
    case 'read-sent':
      return `while read #${event.read} was waiting`
    case 'read-returned':
      return `after read #${event.read} ${{ empty: 'returned empty', batch: 'returned a batch', error: 'failed' }[event.outcome]}`
    case 'read-ended':
      // One that is done has said so when it returned.
      return event.how === 'done'
        ? undefined
        : `after read #${event.read} ${event.how === 'error' ? 'had failed half-way' : 'had been left'}`
    case 'delivered':
      return `after ${event.id ?? event.value ?? 'an entry'} was delivered`
    case 'announced':
      return 'after the consumer announced that it was ready'
    case 'tail-returned':
      return event.error === undefined ? `after the tail was returned as ${event.id ?? 'nothing'}` : undefined
    case 'command-returned':
      return `after ${event.command} was answered`
    case 'notified':
      return event.value === undefined ? undefined : `after it was told of ${event.value}`
    case 'disconnected':
      return 'after the connection was cut'
    default:
      return undefined
  }
}

/** "the consumer", with its number where there are several, and its session where it was started again. */
export function who({ sessions }: Analysis, { consumer, session }: Pick<Session, 'consumer' | 'session'>): string {
  const name = sessions.some((other) => other.consumer !== consumer) ? `consumer ${consumer}` : 'the consumer'
  return session === 0 ? name : `${name}, started again,`
}
