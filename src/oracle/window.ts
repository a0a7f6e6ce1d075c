/**
 * Windows: where an append falls, seen from one consumer. The one place that says which of its events opens which; the analysis asks it for
 * the window of each entry, and the coverage of a report for where something came in between.
 */
import type { HistoryEvent } from '../history/event.js'

export const WINDOWS = ['connect-gap', 'empty-gap', 'batch-gap', 'in-block', 'error-gap'] as const

/** Where an append fell, seen from one consumer: the name of a loss's cause. docs/concepts.md#windows explains each. */
export type Window = (typeof WINDOWS)[number]

/** The window that one consumer has open, as far as its events were gone through. */
export class OpenWindow {
  name: Window = 'connect-gap'
  /** It has sent a read in this session. */
  hasRead = false

  /** @param event one of this consumer's, in the order of the history. */
  follow(event: HistoryEvent): void {
    switch (event.type) {
      case 'session':
        this.hasRead = false
        this.name = 'connect-gap'
        break
      case 'announced':
      case 'tail-called':
      case 'tail-sent':
      case 'tail-returned':
        // A tail that is asked for again inside the loop belongs to the gap that it is asked in.
        if (!this.hasRead) this.name = 'connect-gap'
        break
      case 'read-sent':
        this.hasRead = true
        this.name = 'in-block'
        break
      case 'blocked':
      case 'expired':
        this.name = 'in-block'
        break
      case 'read-returned':
        this.name = `${event.outcome}-gap`
        break
      case 'read-entry':
      case 'delivered':
        this.name = 'batch-gap'
        break
      case 'read-ended':
        if (event.how === 'error') this.name = 'error-gap'
        break
      case 'disconnected':
        this.name = 'error-gap'
        break
      default:
    }
  }
}
