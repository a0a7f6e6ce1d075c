/**
 * Runs one schedule against one subject, and gives the history.
 *
 *  1. Steps, strictly: exactly one actor moves at a time, so the store's state is fixed while it moves, and what it
 *     comes to next is a function of that state.
 *  2. Drain: every consumer goes on until an empty read, *called* after the last append, has come back and it waits
 *     again. Only then is an entry that is missing lost, and not merely on its way.
 *  3. Fence: one more entry while they wait. A consumer that does not deliver it is dead, not idle.
 *  4. Witness: the harness scans the stream through a connection of its own.
 *
 * After that nothing is recorded, and the sessions are torn down.
 */
import { Awake, SHARED_BEAT_MS, sharedHeartbeat } from '../clock/clock.js'
import type { RawEntry, Store } from '../dialects/store.js'
import type { History, HistoryEvent, WitnessEntry } from '../history/event.js'
import { Recorder, normalise } from '../history/recorder.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Source } from '../sources/source.js'
import { textOf } from './actor.js'
import type { Chooser } from './chooser.js'
import { Director, diverged } from './director.js'
import { drain } from './drain.js'
import { Divergence, type Ending, Stall } from './endings.js'
import type { Patience } from './hand-over.js'
import type { Hang } from './hang.js'
import { Rest, untilCaughtUp } from './rest.js'
import type { Making } from './values.js'

export interface RunOptions {
  readonly store: Store
  readonly source: Source
  readonly schedule: Schedule
  /** Chooses what comes behind the steps of the schedule. Default: nothing does. */
  readonly chooser?: Chooser | undefined
  /** Where a session starts. Default `tail`. */
  readonly startsAt?: 'tail' | 'beginning' | undefined
  /** What to append, and to whom it is owed. Default: `{ sentinel: token, body }`, to everybody. */
  readonly making?: Making | undefined
  /** How long one step may take, on a real server on top of the schedule's own time-out. Default 5000 ms. */
  readonly watchdogMs?: number | undefined
  /** How long timers of the consumer's own take to get back what it has missed, in milliseconds. Default: nobody knows, or all are seen. */
  readonly catchUpWithinMs?: number | undefined
  /** With a consumer that hands out in its own time. Default: none. */
  readonly patience?: Patience
  /** With a consumer that has nothing under way: it may wait for another, or come to something by itself. Default: none. */
  readonly idling?: Patience
  /** With one of which only silence tells that it is at rest. Default: nothing is known of it yet. */
  readonly rest?: Rest
  /** With a consumer that may hang. Default: each hang is waited for as long as the first. */
  readonly hang?: Hang | undefined
  /** Does this consumer still owe something, as this history and the log say? Default: nobody knows, so it does not. */
  readonly owes?: (history: History, consumer: number) => boolean
  /** Sees each event as it happens; the history that is given in the end may name ids otherwise. */
  readonly onEvent?: ((event: HistoryEvent) => void) | undefined
}

export interface Run {
  /** With the steps that were chosen as it went. */
  readonly schedule: Schedule
  readonly history: History
  readonly ending: Ending
  /** Why blocking reads could not be told, where real time-outs were waited for. */
  readonly blind?: string
  /** Why something that the schedule says was not tried after all. */
  readonly untried?: string
  /** Why nothing can be said of any of its consumers. */
  readonly confused?: string
  /** A program asked for several things at once, on several connections: their order is its own. */
  readonly sideBySide?: true
  /** False where a consumer did not end after it was told to; the repository is then not fit for another run. */
  readonly clean: boolean
}

/** How long one may hang that is known to, and how much longer a server may take for an answer. */
const HUNG_MS = 600
const ANSWER_MS = 1000

/** How long a step may take, where nobody says. */
export const DEFAULT_WATCHDOG_MS = 5000

export async function runSchedule(options: RunOptions): Promise<Run> {
  const {
    store,
    source,
    schedule,
    chooser,
    startsAt = 'tail',
    making,
    watchdogMs = DEFAULT_WATCHDOG_MS,
    patience,
    idling,
    hang,
    catchUpWithinMs,
    rest = new Rest(watchdogMs, catchUpWithinMs),
  } = options
  const recorder = new Recorder(options.onEvent)
  const patienceMs = watchdogMs + (store.virtual ? 0 : schedule.read.timeoutMs)
  const watchdog = new Watchdog(
    Math.max(patienceMs, catchUpWithinMs === undefined ? 0 : untilCaughtUp(catchUpWithinMs)),
    // On a server, most moves are round trips.
    store.virtual ? undefined : new Awake(),
    hang && { soonMs: HUNG_MS + (store.virtual ? 0 : schedule.read.timeoutMs + ANSWER_MS), hang },
  )
  let fail!: (error: unknown) => void
  const failure = new Promise<never>((_, reject) => (fail = reject))
  const owes = async (consumer: number) =>
    options.owes?.([...recorder.soFar, { type: 'witness', entries: logged(director, await store.scan(director.topic)) }], consumer) ?? false
  const director: Director = new Director({
    store,
    source,
    schedule,
    chooser,
    startsAt,
    making,
    patience,
    idling,
    rest,
    owes,
    recorder,
    watchdog,
    fail,
  })
  watchdog.start(() => {
    if (director.keepsBack) return false
    hang?.learn()
    director.stallNow().then(fail, fail)
    return true
  })

  const ending = await endingOf(Promise.race([perform(director), failure]), director)
  if (ending.kind === 'stalled') recorder.record({ type: 'stalled', what: ending.what })
  const unwitnessed = await witness(director)
  const history = normalise(recorder.seal(), store.dialect.ids)
  watchdog.touch()
  const clean = await Promise.race([director.tearDown(), failure]).catch(() => false)
  watchdog.stop()
  const { blind, confused } = source
  const { untried } = director.values
  return {
    schedule: chooser === undefined ? schedule : { ...schedule, steps: director.performed },
    history,
    ending: ending.kind === 'completed' && unwitnessed !== undefined ? { kind: 'broken', message: unwitnessed } : ending,
    clean: clean && ending.kind !== 'stalled' && ending.kind !== 'broken',
    ...(blind === undefined ? {} : { blind }),
    ...(untried === undefined ? {} : { untried }),
    ...(confused === undefined ? {} : { confused }),
    ...(source.asksSideBySide ? { sideBySide: true } : {}),
  }
}

/** @throws Divergence, after the drain. */
async function perform(director: Director): Promise<void> {
  const divergence = await director.steps()
  director.options.recorder.record({ type: 'drain' })
  await drain(director)
  if (divergence !== undefined) throw divergence
  diverged(director.options.source.unmet())
}

async function endingOf(performance: Promise<void>, director: Director): Promise<Ending> {
  try {
    await performance
    return { kind: 'completed' }
  } catch (error) {
    if (error instanceof Divergence) return { kind: 'diverged', step: director.stepIndex + 1, expected: error.expected, came: error.came }
    if (error instanceof Stall) return { kind: 'stalled', what: error.what }
    return { kind: 'broken', message: textOf(error) }
  }
}

/** Scans the stream. Gives why that cannot be done, or undefined. */
async function witness(director: Director): Promise<string | undefined> {
  try {
    director.options.recorder.record({ type: 'witness', entries: logged(director, await director.scan()) })
    return undefined
  } catch (error) {
    return textOf(error)
  }
}

/** What the log holds, with the values that can be told. */
const logged = ({ values }: Director, entries: readonly RawEntry[]): readonly WitnessEntry[] =>
  entries.map(({ id, fields }) => {
    const value = values.inFields(id, fields)
    return value === undefined ? { id } : { id, value }
  })

/**
 * The one use of wall time in a run: a step that never returns ends it. Only where a read does not come back, or a consumer does not end
 * when it is told to, is that `stalled`; everything else is unknown.
 *
 * It counts heartbeats, not seconds: each is a turn of the event loop, so a machine that is too busy to run us does not
 * run the watchdog either, and slowness alone is not mistaken for a hang.
 */
export class Watchdog {
  readonly #patience: number
  /** So many beats before the end of its patience it looks whether this is a hang that is known. */
  readonly #early: number
  #left: number
  #isEarly = false
  #stop: (() => void) | undefined

  /**
   * @param longestMs how long a step may take before it counts as stalled, in milliseconds.
   * @param awake stirred by all that moves.
   * @param known what is no more waited for than `soonMs`.
   */
  constructor(
    readonly longestMs: number,
    readonly awake?: Awake,
    readonly known?: { readonly soonMs: number; readonly hang: Pick<Hang, 'isAlike'> },
  ) {
    this.#patience = beatsIn(longestMs)
    this.#early = known === undefined ? 0 : this.#patience - beatsIn(known.soonMs)
    this.#left = this.#patience
  }

  /** How long it waits, or has waited: less for a hang that is known. */
  get patienceMs(): number {
    return this.#isEarly ? this.known!.soonMs : this.longestMs
  }

  /** From now on calls `onStall` if `touch` does not come in time, until that says that this is a stall. */
  start(onStall: () => boolean): void {
    this.#stop = sharedHeartbeat(() => {
      const left = --this.#left
      this.#isEarly = left > 0 && left <= this.#early && this.known?.hang.isAlike === true
      if (left > 0 && !this.#isEarly) return
      if (onStall()) this.stop()
      else this.touch()
    })
  }

  /** Something moved. @param patienceMs how long the next thing may take, where that is less. */
  touch(patienceMs = Number.POSITIVE_INFINITY): void {
    this.#left = Math.min(this.#patience, beatsIn(patienceMs))
    this.awake?.stir()
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
  }
}

const beatsIn = (ms: number): number => Math.ceil(ms / SHARED_BEAT_MS) + 1
