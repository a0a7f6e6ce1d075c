/**
 * What a run is doing, as one line: which subject, which part of the suite, how much of it, how fast, and until when. Where
 * a terminal is narrow, what can be missed most easily is left out first.
 */
import { stopwatch } from '../clock/clock.js'
import type { HistoryEvent } from '../history/event.js'
import { GATES } from '../schedule/gate.js'
import { clip, visible, widthOf } from './text.js'
import { duration, number } from './words.js'

export interface Activity {
  readonly subject: string
  /** `scenarios`, `bursts` … */
  readonly part: string
  /** The scenario's name. */
  readonly what?: string
  /** How many of the part are behind it. */
  readonly done?: number
  readonly total?: number
}

export interface Pace {
  /** Of several subjects the how manyth. */
  readonly place?: { readonly at: number; readonly of: number } | undefined
  /** Schedules that this part has run, and what it has taken. */
  readonly schedules: number
  readonly ms: number
  /** The one that a consumer came to last. */
  readonly gate?: string | undefined
}

const SEPARATOR = ' · '
const MAX_NAME = 32
/** Before that a rate is a guess. */
const SETTLED_MS = 500

const GATE_NAMES: ReadonlySet<string> = new Set(GATES)

/** What is left out first where there is no room. */
const DISPENSABLE = ['gate', 'rate', 'what', 'left', 'part'] as const

export function activityText(activity: Activity, pace: Pace, width: number): string {
  const { done, total } = activity
  const { place } = pace
  const parts: Record<'subject' | (typeof DISPENSABLE)[number], string | undefined> = {
    subject: clip(visible(activity.subject), MAX_NAME) + (place === undefined || place.of < 2 ? '' : ` (${place.at}/${place.of})`),
    part: done === undefined || total === undefined ? activity.part : `${activity.part} ${number(done)}/${number(total)}`,
    what: activity.what,
    rate: pace.ms < SETTLED_MS || pace.schedules === 0 ? undefined : `${number(Math.round((pace.schedules * 1000) / pace.ms))} schedules/s`,
    left: leftOf(activity, pace),
    gate: pace.gate === undefined ? undefined : `gate ${pace.gate}`,
  }
  const text = () =>
    Object.values(parts)
      .filter((each) => each !== undefined)
      .join(SEPARATOR)
  for (const name of DISPENSABLE) {
    if (widthOf(text()) <= width) break
    parts[name] = undefined
  }
  return clip(text(), width)
}

/** Each of what is left takes as long as each of what is done: told only where enough is done. */
function leftOf({ done, total }: Activity, { ms }: Pace): string | undefined {
  if (done === undefined || total === undefined || done === 0 || ms < SETTLED_MS) return undefined
  return `${duration(Math.max(0, ((total - done) * ms) / done))} left`
}

/** Follows a run, and says at any time where it is. */
export class LiveStatus {
  #activity: Activity | undefined
  #elapsed = stopwatch()
  #schedules = 0
  #gate: string | undefined

  constructor(readonly subjects: readonly string[]) {}

  doing(next: Activity): void {
    if (next.subject !== this.#activity?.subject || next.part !== this.#activity.part) {
      this.#elapsed = stopwatch()
      this.#schedules = 0
    }
    this.#activity = next
  }

  schedule(): void {
    this.#schedules++
  }

  event({ type }: HistoryEvent): void {
    if (GATE_NAMES.has(type)) this.#gate = type
  }

  line(width: number): string {
    if (this.#activity === undefined) return ''
    const place = { at: this.subjects.indexOf(this.#activity.subject) + 1, of: this.subjects.length }
    return activityText(this.#activity, { place, schedules: this.#schedules, ms: this.#elapsed(), gate: this.#gate }, width)
  }
}
