/** What the events of a history tell one by one, gathered in one pass. */
import { type EventOf, type HistoryEvent, consumerOf } from '../history/event.js'
import type { Append, Removal, Tail } from './analysis.js'
import { type OpenRead, Reader } from './reads.js'
import { type Sight, look, sightOf } from './sessions.js'
import { Track } from './windows.js'

const NEVER = Number.POSITIVE_INFINITY

type Open<T> = { -readonly [K in keyof T]: T[K] }

/** One pass, not one for each question: with as many kinds of event as there are, to look at one costs more than to note it. */
export class Told {
  readonly appends: Open<Append>[] = []
  readonly appendOf = new Map<string, Open<Append>>()
  readonly poisoned = new Map<string, number>()
  readonly removals: Removal[] = []
  readonly tails: Open<Tail>[] = []
  readonly reads: OpenRead[] = []
  readonly sights: Sight[] = []
  readonly stalls: EventOf<'stalled'>[] = []
  scan: EventOf<'witness'> | undefined
  /** A command of a consumer's own has removed entries, or could have. */
  consumerRemoves = false
  #finished: number | undefined
  readonly #consumers = new Map<number, { readonly track: Track; readonly reader: Reader; sight?: Sight }>()

  take(event: HistoryEvent, at: number): void {
    const consumer = consumerOf(event)
    if (consumer !== undefined) this.#consumer(consumer, event, at)
    switch (event.type) {
      case 'append-called': {
        const { value, explicitId } = event
        const append: Open<Append> = { value, called: at, returned: NEVER, outcome: 'info', explicit: explicitId !== undefined }
        this.appends.push(append)
        this.appendOf.set(value, append)
        break
      }
      case 'append-returned': {
        const append = this.appendOf.get(event.value)
        if (append === undefined || append.returned !== NEVER) break
        append.returned = at
        append.outcome = event.outcome
        if (event.id !== undefined) append.id = event.id
        break
      }
      case 'tail-sent':
        this.tails.push({ consumer: event.consumer, sent: at, returned: NEVER })
        break
      case 'tail-returned':
        for (const tail of this.tails) {
          if (tail.consumer !== event.consumer || tail.returned !== NEVER) continue
          tail.returned = at
          if (event.id !== undefined) tail.id = event.id
        }
        break
      case 'command-returned':
        if (event.does?.includes('remove')) this.consumerRemoves = true
        break
      case 'poisoned':
        this.poisoned.set(event.id, at)
        break
      case 'removed':
        this.removals.push({ at, ...event })
        break
      case 'finished':
        this.#finished ??= at
        break
      case 'stalled':
        this.stalls.push(event)
        break
      case 'witness':
        this.scan = event
        break
      default:
    }
  }

  #consumer(index: number, event: HistoryEvent, at: number): void {
    let known = this.#consumers.get(index)
    if (known === undefined) this.#consumers.set(index, (known = { track: new Track(), reader: new Reader(this.reads) }))
    if (event.type === 'session') {
      const { sight } = known
      if (sight !== undefined) sight.end = at
      known.sight = sightOf({ at, ...event }, known.track)
      this.sights.push(known.sight)
    }
    known.track.take(event, at)
    known.reader.take(event, at)
    if (known.sight !== undefined) look(known.sight, event, at, this.#finished)
  }
}
