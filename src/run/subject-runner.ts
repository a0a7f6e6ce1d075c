/**
 * Runs schedules against one subject, and judges them. The repository is opened once and used again as long as every run
 * leaves it clean; after one that does not, it is opened anew.
 */
import type { AnomalyKind } from '../oracle/anomaly.js'
import { check } from '../oracle/check.js'
import { runSchedule } from '../stage/run.js'
import type { Ending } from '../stage/endings.js'
import { Patience } from '../stage/hand-over.js'
import type { HistoryEvent } from '../history/event.js'
import type { ReferenceConsumer } from '../schedule/scenario.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Opened, Store } from '../dialects/store.js'
import type { Capabilities, Subject, SubjectDefinition } from '../subject/subject.js'
import { breather, stopwatch } from '../clock/clock.js'
import type { Judged } from '../search/strategy.js'
import { resolve } from './resolve.js'

/** Who looks on while schedules run. What it does changes nothing. */
export interface Observer {
  /** A schedule begins. */
  schedule(schedule: Schedule): void
  event(event: HistoryEvent): void
}

export interface RunnerOptions {
  readonly watchdogMs?: number
  /** Default: all of them. */
  readonly checks?: readonly AnomalyKind[]
  readonly observer?: Observer | undefined
}

/** Between schedules, where nothing is held that a turn of the loop could move. */
const breathe = breather(50)

export class SubjectRunner {
  #opened: Opened | undefined
  #busy = false
  readonly #patience: Patience
  readonly #resolved = new Map<ReferenceConsumer | undefined, Subject>()
  /** What a repository left open when it was closed, in words. */
  leak: string | undefined

  constructor(
    readonly definition: SubjectDefinition,
    readonly store: Store,
    readonly options: RunnerOptions = {},
  ) {
    this.#patience = new Patience(options.watchdogMs)
  }

  /**
   * One at a time.
   * @param capabilities judged beside those that the subject declares.
   * @throws what `open` throws.
   */
  async judge(schedule: Schedule, reference?: ReferenceConsumer, capabilities: Capabilities = {}): Promise<Judged> {
    if (this.#busy) throw new Error('one schedule at a time runs on a repository: await the one before')
    this.#busy = true
    try {
      await breathe()
      return await this.#judge(schedule, reference, capabilities)
    } finally {
      this.#busy = false
    }
  }

  async #judge(schedule: Schedule, reference: ReferenceConsumer | undefined, capabilities: Capabilities): Promise<Judged> {
    const subject = this.#subject(reference)
    this.#opened ??= await this.store.open((context) => this.definition.open(context))
    const elapsed = stopwatch()
    const { checks, observer, ...options } = this.options
    observer?.schedule(schedule)
    const watched = observer === undefined ? {} : { onEvent: (event: HistoryEvent) => observer.event(event) }
    const patience = this.#patience
    const run = await runSchedule({ store: this.store, opened: this.#opened, subject, schedule, patience, ...watched, ...options })
    const ms = elapsed()
    if (!run.clean) await this.close()
    const cutShort = describeEnding(run.ending)
    const verdict = check(run.history, {
      delivery: this.definition.delivery ?? 'exactly-once',
      capabilities: { ...this.definition.capabilities, ...capabilities },
      ...(cutShort === undefined ? {} : { cutShort }),
      ...(checks === undefined ? {} : { checks }),
    })
    return { run, verdict, ms }
  }

  #subject(reference: ReferenceConsumer | undefined): Subject {
    const resolved = this.#resolved.get(reference) ?? resolve(this.definition, reference)
    this.#resolved.set(reference, resolved)
    return resolved
  }

  /** Lets go of the repository; the next run opens it anew. */
  async close(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    this.leak ??= await opened?.close()
  }
}

/** Why the schedule could not be followed to its end, if it could not. A stall is an anomaly of its own. */
function describeEnding(ending: Ending): string | undefined {
  if (ending.kind === 'diverged') return `step ${ending.step} could not be followed: expected ${ending.expected}, but ${ending.came}`
  return ending.kind === 'broken' ? `it could not be run to the end: ${ending.message}` : undefined
}
