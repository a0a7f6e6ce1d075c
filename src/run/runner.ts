/**
 * Runs schedules against one subject, and judges them. The repository is opened once and used again as long as every run
 * leaves it clean; after one that does not, it is opened anew.
 */
import type { AnomalyKind } from '../oracle/anomaly.js'
import { type CheckOptions, owes } from '../oracle/analysis.js'
import { type JudgeOptions, check } from '../oracle/check.js'
import { DEFAULT_WATCHDOG_MS, type Run, runSchedule } from '../stage/stage.js'
import type { Ending } from '../stage/endings.js'
import { Patience } from '../stage/hand-over.js'
import { Hang } from '../stage/hang.js'
import { Rest } from '../stage/rest.js'
import { type Making, Values } from '../stage/values.js'
import type { HistoryEvent } from '../history/event.js'
import type { ReferenceConsumer } from '../schedule/scenario.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Step } from '../schedule/step.js'
import type { Chooser } from '../stage/chooser.js'
import type { Dialect } from '../dialects/dialect.js'
import type { OpenedRepository, Store } from '../dialects/store.js'
import { repositorySource } from '../sources/repository/source.js'
import type { Source } from '../sources/source.js'
import type { Subject, SubjectDefinition } from '../subject/subject.js'
import { breather, stopwatch } from '../clock/clock.js'
import type { Candidate, Judged } from '../search/strategy.js'
import { resolve } from './resolve.js'

/** Who looks on while schedules run. What it does changes nothing. */
export interface Observer {
  /** A schedule begins, on a store where this is spoken. One whose steps are chosen as it runs has none yet. */
  schedule(schedule: Schedule, dialect: Dialect, isChosen: boolean): void
  /** The next steps of one that is chosen as it runs. */
  chosen?(steps: readonly Step[], dialect: Dialect): void
  event(event: HistoryEvent): void
}

/** A subject that is open. */
export interface OpenSubject {
  /** Its calls, for one run. `reference`: the loop of the harness's own, for a subject without one. */
  source(reference: ReferenceConsumer | undefined): Source
  /** The store with its topics where this subject has them. Default: the store that it was opened on. */
  readonly store?: Store | undefined
  /** Resolves with what it left open, in words, or undefined. */
  close(): Promise<string | undefined>
}

export interface RunnerOptions {
  /** How it is opened. Default: its repository, on the store. @throws what `open` of the subject throws. */
  readonly open?: (() => Promise<OpenSubject>) | undefined
  readonly watchdogMs?: number
  /** Default: all of them. */
  readonly checks?: readonly AnomalyKind[]
  /** Default: as the subject declares. */
  readonly delivery?: CheckOptions['delivery']
  /** How long timers of the subject's own take, in milliseconds. Default: nobody knows, or all of them are seen. */
  readonly catchUpWithinMs?: number
  readonly observer?: Observer | undefined
}

/**
 * How long `open` and `close` of a subject may take, in milliseconds: longer than a step, since they may start a server, create a schema
 * or hand over what is under way.
 */
const settlesIn = (watchdogMs = DEFAULT_WATCHDOG_MS): number => Math.max(4 * watchdogMs, 2000)

/** See `Candidate`. */
export type HowToRun = { readonly [Key in 'consumer' | 'capabilities' | 'chooser']?: Candidate[Key] | undefined }

/** Between schedules, where nothing is held that a turn of the loop could move. */
const breathe = breather(50)

export class Runner {
  #opened: OpenSubject | undefined
  #busy = false
  /** Its `close` has never settled: nothing more can be run on it. */
  #unsettled: { readonly error: unknown } | undefined
  readonly #patience: Patience
  readonly #idling: Patience
  readonly #rest: Rest
  /** Of a consumer in this process: of another nobody sees what is under way. */
  readonly #hang: Hang | undefined
  /** What a repository left open when it was closed, in words. */
  leak: string | undefined

  constructor(
    readonly definition: SubjectDefinition,
    readonly store: Store,
    readonly options: RunnerOptions = {},
  ) {
    this.#patience = new Patience(options.watchdogMs)
    this.#idling = new Patience(options.watchdogMs)
    this.#rest = new Rest(options.watchdogMs, options.catchUpWithinMs)
    this.#hang = options.open === undefined ? new Hang([this.#patience, this.#idling]) : undefined
  }

  /**
   * One at a time.
   * @param how the harness's loop to run it with, where the subject has none; capabilities that are judged beside those that it declares;
   * and who chooses what comes behind its steps.
   * @throws what `open` throws, and where an earlier `close` has not settled.
   */
  async judge(schedule: Schedule, how: HowToRun = {}): Promise<Judged> {
    if (this.#busy) throw new Error('one schedule at a time runs on a repository: await the one before')
    this.#busy = true
    try {
      await breathe()
      return await this.#judge(schedule, how)
    } finally {
      this.#busy = false
    }
  }

  async #judge(schedule: Schedule, { consumer: reference, capabilities, chooser }: HowToRun): Promise<Judged> {
    const { definition, store } = this
    const { checks, observer, watchdogMs, catchUpWithinMs, open = () => openRepository(definition, store, watchdogMs) } = this.options
    if (this.#unsettled !== undefined) throw this.#unsettled.error
    this.#opened ??= await open()
    const located = this.#opened.store ?? store
    const delivery = this.options.delivery ?? definition.delivery ?? 'exactly-once'
    const declared = { ...definition.capabilities, ...capabilities }
    const judging = (run?: Run): JudgeOptions => ({
      delivery,
      capabilities: declared,
      // Of a store that learns its ids as it runs, only the run itself tells the order.
      ids: located.dialect.ids,
      witness: located.witness,
      catchUpWithinMs,
      checks,
      cutShort: run && describeEnding(run.ending),
      untried: run?.untried,
      prompt: this.options.open === undefined,
      confused: run?.confused,
    })
    const elapsed = stopwatch()
    observer?.schedule(schedule, store.dialect, chooser !== undefined)
    const run = await runSchedule({
      store: located,
      source: this.#opened.source(reference),
      schedule,
      chooser: chooser && observer ? overheard(chooser, (steps) => observer.chosen?.(steps, store.dialect)) : chooser,
      startsAt: definition.startsAt,
      making: makingOf(definition),
      patience: this.#patience,
      idling: this.#idling,
      rest: this.#rest,
      hang: this.#hang,
      owes: (history, consumer) => owes(history, consumer, judging()),
      watchdogMs,
      catchUpWithinMs,
      onEvent: observer && ((event) => observer.event(event)),
    })
    const ms = elapsed()
    const verdict = check(run.history, judging(run))
    // What came of this run stands, also where nothing comes of the next.
    if (!run.clean) await this.close().catch(() => undefined)
    return { run, verdict, ms }
  }

  /** Lets go of the repository; the next run opens it anew. @throws where its `close` does not settle, now or before. */
  async close(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    if (this.#unsettled !== undefined) throw this.#unsettled.error
    try {
      this.leak ??= await opened?.close()
    } catch (error) {
      this.#unsettled = { error }
      throw error
    }
  }
}

/** A subject may be of a class. */
const makingOf = (definition: SubjectDefinition): Making => ({
  payload: definition.payload?.bind(definition),
  foreign: definition.foreign?.bind(definition),
  owes: definition.owes?.bind(definition),
})

async function openRepository(definition: SubjectDefinition, store: Store, watchdogMs: number | undefined): Promise<OpenSubject> {
  const opened = await store.open((context) => definition.open(context), settlesIn(watchdogMs))
  const located = await locate(definition, opened, Math.max(watchdogMs ?? 0, DEFAULT_WATCHDOG_MS))
  const resolved = new Map<ReferenceConsumer | undefined, Subject>()
  return {
    source: (reference) => {
      const subject = resolved.get(reference) ?? resolve(definition, reference)
      resolved.set(reference, subject)
      return repositorySource(opened, subject)
    },
    store: located,
    close: () => opened.close(),
  }
}

/** Before the first run: where the adapter writes is its own business, and a fault of the set-up is none of the subject's. */
async function locate(definition: SubjectDefinition, opened: OpenedRepository, patienceMs: number): Promise<Store | undefined> {
  if (opened.locate === undefined) return undefined
  try {
    const values = new Values({ payload: definition.payload?.bind(definition) })
    return await opened.locate({
      payload: (name) => values.create(name),
      key: definition.key?.bind(definition),
      patienceMs,
      compareIds: definition.compareIds?.bind(definition),
    })
  } catch (error) {
    await opened.close().catch(() => undefined)
    throw error
  }
}

/** Why the schedule could not be followed to its end, if it could not. A stall is an anomaly of its own. */
function describeEnding(ending: Ending): string | undefined {
  if (ending.kind === 'diverged') return `step ${ending.step} could not be followed: expected ${ending.expected}, but ${ending.came}`
  return ending.kind === 'broken' ? `it could not be run to the end: ${ending.message}` : undefined
}

const overheard = (chooser: Chooser, tell: (steps: readonly Step[]) => void): Chooser => ({
  next(scene) {
    const steps = chooser.next(scene)
    tell(steps)
    return steps
  },
  lingers: (consumer) => chooser.lingers(consumer),
})
