/**
 * What a terminal shows while something runs.
 *
 * What a run is doing, as one line: which subject, which part of the suite, how much of it, how fast, and until when. Where
 * a terminal is narrow, what can be missed most easily is left out first.
 */
import { stopwatch, heartbeat } from '../../clock/clock.js'
import type { HistoryEvent } from '../../history/event.js'
import { GATES } from '../../schedule/gate.js'
import { clip, visible, widthOf, duration, number } from '../text.js'
import type { Writable } from 'node:stream'

export interface Activity {
  readonly subject: string
  /** `scenarios`, `bursts` … */
  readonly part: string
  /** The scenario's name. */
  readonly what?: string
  /** How many of the part are behind it. */
  readonly done?: number
  /** Missing where only the time tells. */
  readonly total?: number
  /** What is left of its time, where it has one. */
  readonly leftMs?: number
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
    part: [activity.part, ...(done === undefined ? [] : [`${number(done)}${total === undefined ? '' : `/${number(total)}`}`])].join(' '),
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

/** Each of what is left takes as long as each of what is done: told only where enough is done. A time ends it before that. */
function leftOf({ done, total, leftMs = Number.POSITIVE_INFINITY }: Activity, { ms }: Pace): string | undefined {
  const isGuess = done === undefined || total === undefined || done === 0 || ms < SETTLED_MS
  const left = Math.min(leftMs, isGuess ? Number.POSITIVE_INFINITY : Math.max(0, ((total - done) * ms) / done))
  return Number.isFinite(left) ? `${duration(left)} left` : undefined
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

// ── Progress ──
//
// A sign of life on stderr, for whatever takes longer than two seconds. On a terminal it is a spinner; in CI, where a
// job without output is killed, a line now and then; anywhere else nothing.

export type ProgressText = string | ((width: number) => string)

export interface Progress {
  /**
   * Shows the text, or will as soon as it has taken long enough. After `stop` it begins anew.
   * @param text that changes as time goes on is asked for again and again, with the cells that there are.
   */
  update(text: ProgressText): void
  /** Takes the line away, so that something else can be written. */
  stop(): void
}

export type ProgressStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }

const PATIENCE_MS = 2_000
const CI_LINE_MS = 30_000
const REFRESH_MS = 100
const CI_WIDTH = 160
export const SILENT: Progress = { update: () => undefined, stop: () => undefined }

type Environment = Readonly<Record<string, string | undefined>>

export function createProgress(stream: ProgressStream, environment: Environment = process.env): Progress {
  if (environment['CI'] !== undefined) return inLines(stream)
  return stream.isTTY === true && environment['TERM'] !== 'dumb' ? onTerminal(stream) : SILENT
}

function inLines(stream: ProgressStream): Progress {
  const elapsed = stopwatch()
  let text: ProgressText = ''
  let stopBeat: (() => void) | undefined
  return {
    update: (next) => {
      text = next
      stopBeat ??= heartbeat(CI_LINE_MS, () => stream.write(`${textOf(text, CI_WIDTH)} (${Math.round(elapsed() / 1000)} s)\n`))
    },
    stop: () => {
      stopBeat?.()
      stopBeat = undefined
    },
  }
}

function onTerminal(stream: ProgressStream): Progress {
  let current: Spin | undefined
  return {
    update: (text) => {
      current ??= new Spin(stream)
      current.say(text)
    },
    stop: () => {
      current?.stop()
      current = undefined
    },
  }
}

/** One spinner, from the time that it is wanted until it is taken away. */
class Spin {
  readonly #stream: ProgressStream
  #stopBeat: () => void
  #text: ProgressText = ''
  #stopped = false
  #spinner: { text: string; stop(): unknown } | undefined

  constructor(stream: ProgressStream) {
    this.#stream = stream
    this.#stopBeat = heartbeat(PATIENCE_MS, () => {
      this.#stopBeat()
      // Without its spinner a run is as good.
      this.#show().catch(() => undefined)
    })
  }

  say(text: ProgressText): void {
    this.#text = text
  }

  /** What there is to say fits on one line, the spinner in front of it. */
  #line(): string {
    const width = (this.#stream.columns ?? 80) - 4
    return clip(textOf(this.#text, width), width)
  }

  readonly stop = (): void => {
    this.#stopped = true
    this.#stopBeat()
    this.#spinner?.stop()
    process.off('exit', this.stop)
  }

  async #show(): Promise<void> {
    const { default: yoctoSpinner } = await import('yocto-spinner')
    // Signals are the command line's to handle: the spinner's own handler would exit before the store is shut down.
    if (this.#stopped) return
    const spinner = yoctoSpinner({ text: this.#line(), stream: this.#stream, handleSignals: false }).start()
    this.#spinner = spinner
    // Whatever ends the process, the terminal gets its cursor back.
    process.once('exit', this.stop)
    this.#stopBeat = heartbeat(REFRESH_MS, () => {
      spinner.text = this.#line()
    })
  }
}

const textOf = (text: ProgressText, width: number): string => visible(typeof text === 'string' ? text : text(width))

// ── Events ──
//
// One event of a history as one line, for `--verbose`: whom it concerns, what it is, and what it carries.

const TYPE = 16

export function eventText(event: HistoryEvent): string {
  const { type, ...rest } = event
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  return visible(`${type.padEnd(TYPE)} ${fields.join(' ')}`).trimEnd()
}
