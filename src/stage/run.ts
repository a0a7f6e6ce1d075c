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
import { Awake } from '../clock/clock.js'
import type { History, HistoryEvent } from '../history/event.js'
import { normalise } from '../history/normalise.js'
import { Recorder } from '../history/recorder.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Opened, Store } from '../dialects/store.js'
import type { Subject } from '../subject/subject.js'
import { Conductor } from './conductor.js'
import { Divergence, type Ending, Stall } from './endings.js'
import type { Patience } from './hand-over.js'
import { messageOf } from './session-events.js'
import { Watchdog } from './watchdog.js'

export interface RunOptions {
  readonly store: Store
  readonly opened: Opened
  readonly subject: Subject
  readonly schedule: Schedule
  /** How long one step may take, on a real server on top of the schedule's own time-out. Default 5000 ms. */
  readonly watchdogMs?: number
  /** With a consumer that hands out in its own time. Default: none. */
  readonly patience?: Patience
  /** Sees each event as it happens; the history that is given in the end may name ids otherwise. */
  readonly onEvent?: (event: HistoryEvent) => void
}

export interface Run {
  readonly history: History
  readonly ending: Ending
  /** Why blocking reads could not be told, where real time-outs were waited for. */
  readonly blind?: string
  /** False where a consumer did not end after it was told to; the repository is then not fit for another run. */
  readonly clean: boolean
}

const DEFAULT_WATCHDOG_MS = 5000

export async function runSchedule(options: RunOptions): Promise<Run> {
  const recorder = new Recorder(watching(options))
  // On the model time is virtual, and no time-out takes any.
  const waits = options.store.kind === 'memory' ? 0 : options.schedule.read.timeoutMs
  const watchdog = new Watchdog((options.watchdogMs ?? DEFAULT_WATCHDOG_MS) + waits)
  let failNow!: (error: unknown) => void
  const failure = new Promise<never>((_, reject) => (failNow = reject))
  const conductor = new Conductor(options, recorder, watchdog, failNow)
  watchdog.start(() => failNow(conductor.stallNow()))

  const ending = await endingOf(Promise.race([conductor.perform(), failure]), conductor)
  if (ending.kind === 'stalled') recorder.record({ type: 'stalled', what: ending.what })
  const witness = await witnessOf(conductor)
  const history = normalise(recorder.seal())
  watchdog.touch()
  const clean = await Promise.race([conductor.tearDown(), failure]).catch(() => false)
  watchdog.stop()
  const blind = options.opened.blind
  return {
    history,
    ending: ending.kind === 'completed' && witness !== undefined ? { kind: 'broken', message: witness } : ending,
    clean: clean && ending.kind !== 'stalled' && ending.kind !== 'broken',
    ...(blind === undefined ? {} : { blind }),
  }
}

/** On a server, most events are followed by a round trip. */
function watching({ store, onEvent }: RunOptions): RunOptions['onEvent'] {
  if (store.kind === 'memory') return onEvent
  const awake = new Awake()
  return (event) => {
    awake.stir()
    onEvent?.(event)
  }
}

async function endingOf(performance: Promise<void>, conductor: Conductor): Promise<Ending> {
  try {
    await performance
    return { kind: 'completed' }
  } catch (error) {
    if (error instanceof Divergence) return { kind: 'diverged', step: conductor.stepIndex + 1, expected: error.expected, came: error.came }
    if (error instanceof Stall) return { kind: 'stalled', what: error.what }
    return { kind: 'broken', message: messageOf(error) }
  }
}

/** Why there is no witness, or undefined. */
async function witnessOf(conductor: Conductor): Promise<string | undefined> {
  try {
    await conductor.witness()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
