/**
 * What bursts have come to, and how: the memory of a greybox search. A place is what the last reads of a consumer gave, the gate that it is
 * held at, and whether an entry has fallen into the window there. The shortest way to each place is kept, and later bursts go on from its
 * end: what takes many choices in a row is not left to a single walk.
 */
import type { HistoryEvent } from '../history/event.js'
import { type Random, weighted } from '../random/seeded.js'
import { GATES } from '../schedule/gate.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Run } from '../stage/stage.js'

/** Reads that a place remembers. */
const READS = 4
/** What leads to a place is run again and again: no more steps and entries than this. */
const MAX_STEPS = 40
const MAX_ENTRIES = 32

/** How a burst began. */
export interface Beginning {
  readonly schedule: Schedule
  /** What draws it again. */
  readonly path: string
}

/** So many steps of a burst. */
export const beginningOf = (schedule: Schedule, steps: number, path: string): Beginning => ({
  schedule: { ...schedule, steps: schedule.steps.slice(0, steps) },
  path: `${path}:${steps}`,
})

interface Place {
  from: Beginning
  /** How often bursts went on from there. */
  taken: number
}

export class Corpus {
  readonly #places = new Map<string, Place>()

  /** @param path what draws this run again. */
  learn({ schedule, history, ending, sideBySide }: Run, path: string): void {
    // What comes out differently the next time leads nowhere.
    if (ending.kind !== 'completed' || sideBySide) return
    let entries = 0
    for (const { step, place } of placesOf(history, schedule)) {
      const before = step === 0 ? undefined : schedule.steps[step - 1]
      if (before !== undefined) entries += 'append' in before ? before.append : 'poison' in before ? before.poison : 0
      if (step > MAX_STEPS || entries > MAX_ENTRIES) return
      const known = this.#places.get(place)
      // What comes in between may take several steps, which belong together.
      if (step === 0 || !('advance' in schedule.steps[step]!)) continue
      if (known !== undefined && known.from.schedule.steps.length <= step) continue
      const from = beginningOf(schedule, step, path)
      if (known === undefined) this.#places.set(place, { from, taken: 0 })
      else known.from = from
    }
  }

  /** Where to go on from: the less often that was done from there, the likelier. Undefined where nothing is known yet. */
  pick(random: Random): Beginning | undefined {
    const place = weighted(
      random,
      [...this.#places.values()].map((each) => ({ each, weight: 1 / (1 + each.taken) })),
    )?.each
    if (place !== undefined) place.taken++
    return place?.from
  }
}

/** What a consumer has been through. */
interface Past {
  /** What its last reads gave. */
  readonly reads: string[]
  gate: string
  /** Entries of the read that it is in. */
  given: number
  /** An entry came since. */
  waiting: boolean
}

/** Where the consumer that moved last was as each step began. */
function* placesOf(history: readonly HistoryEvent[], { read, consumers = 1 }: Schedule): Generator<{ step: number; place: string }> {
  const fresh = (): Past => ({ reads: [], gate: 'session', given: 0, waiting: false })
  const pasts = Array.from({ length: consumers }, fresh)
  let last = pasts[0]!
  for (const event of history) {
    if (event.type === 'drain') return
    if (event.type === 'step')
      yield { step: event.index, place: `${last.reads.join(' ')} ${last.gate}${last.waiting ? ', with an entry' : ''}` }
    if (event.type === 'append-called') for (const past of pasts) past.waiting = true
    if (!('consumer' in event)) continue
    last = pasts[event.consumer] ??= fresh()
    if (event.type === 'session') Object.assign(last, fresh(), { gate: event.session === 0 ? 'session' : 'again' })
    if (IS_GATE.has(event.type)) last.gate = event.type
    if (event.type === 'read-entry') Object.assign(last, { given: last.given + 1, waiting: false })
    const gave = gaveOf(event, last.given, read.count)
    if (gave === undefined) continue
    last.reads.push(gave)
    if (last.reads.length > READS) last.reads.shift()
    last.given = 0
  }
}

const IS_GATE: ReadonlySet<string> = new Set(GATES)

/** What a read gave, where this is its end. */
function gaveOf(event: HistoryEvent, given: number, count: number): string | undefined {
  if (event.type === 'read-returned') return event.outcome === 'batch' ? undefined : event.outcome
  if (event.type !== 'read-ended' || given === 0) return undefined
  return event.how === 'error' ? 'error' : given < count ? 'part' : 'full'
}
