/** Windows: where an append fell, seen from one consumer. They name the cause of a loss. */
import { type History, consumerOf } from '../history/event.js'

export const WINDOWS = ['connect-gap', 'empty-gap', 'batch-gap', 'in-block', 'error-gap'] as const

export type Window = (typeof WINDOWS)[number]

/** The window that `consumer` had open at this place: the last thing it did that tells. */
export function windowAt(history: History, consumer: number, place: number): Window {
  for (let at = place; at >= 0; at--) {
    const event = history[at]!
    if (consumerOf(event) !== consumer) continue
    switch (event.type) {
      case 'blocked':
      case 'expired':
      case 'read-sent':
        return 'in-block'
      case 'read-returned':
        return `${event.outcome}-gap`
      case 'read-ended':
        if (event.how === 'error') return 'error-gap'
        break
      case 'delivered':
      case 'read-entry':
        return 'batch-gap'
      case 'disconnected':
        return 'error-gap'
      case 'session':
      case 'announced':
      case 'tail-called':
      case 'tail-sent':
      case 'tail-returned':
        // A tail that is asked for again inside the loop belongs to the gap that it is asked in.
        if (event.type === 'session' || !hasRead(history, consumer, at)) return 'connect-gap'
        break
      default:
    }
  }
  return 'connect-gap'
}

function hasRead(history: History, consumer: number, before: number): boolean {
  for (let at = before; at >= 0; at--) {
    const event = history[at]!
    if (consumerOf(event) !== consumer) continue
    if (event.type === 'read-sent') return true
    if (event.type === 'session') return false
  }
  return false
}
