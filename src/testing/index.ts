/**
 * `tailrace/testing`: for tests of your own, with any test runner. `instrument` holds a consumer at a gate by hand; `reproduce` runs one
 * schedule, on the model or on a Redis, and judges it; `suiteFor` gives the whole suite as data.
 */
import type { Verdict } from '../oracle/check.js'
import type { Ending } from '../stage/endings.js'
import type { History } from '../history/event.js'
import type { Schedule } from '../schedule/schedule.js'
import { openStore } from '../dialects/open-store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { Runner } from '../run/runner.js'

export {
  type Delivered,
  type Instrumented,
  type ProbeGate,
  type ProbeSignal,
  type SignalOptions,
  expectNothingLost,
  instrument,
} from './instrument.js'
export { type Suite, type SuiteOptions, type SuiteOutcome, type SuiteRun, type SuiteTest, suiteFor } from './suite.js'
export type { ExplorationOptions } from './exploration.js'
export type { Mismatch } from '../sources/source.js'
export type { Ending } from '../stage/endings.js'

/** Options of `reproduce`. */
export interface ReproduceOptions {
  /**
   * The Redis of a subject with `store: 'redis'`, as a URL: `redis://`, `rediss://` or `unix://`. Default `REDIS_URL`, else a server program
   * on the `PATH`, else a container. Name one where you call `reproduce` often: a server that it has to find is started for each call.
   */
  readonly redis?: string
  /** How long one step may take, in milliseconds, on top of the read's time-out; `open` and `close` may take four times that. Default 5000. */
  readonly watchdogMs?: number
}

/** What came of one schedule: what `reproduce` resolves with. */
export interface Reproduction {
  /** What happened, event by event. The same for the same schedule, byte for byte. */
  readonly history: History
  /** What the checks say of it. */
  readonly verdict: Verdict
  /** Whether the schedule could be followed to its end. */
  readonly ending: Ending
}

/**
 * Runs one schedule on one subject, on the store that the subject names, and judges what happened. An invalid verdict is returned, not
 * thrown: assert on it.
 *
 * Rejects with what the subject's `open` throws, and with an error named `StoreError` where the subject wants a Redis and there is none.
 */
export async function reproduce(
  subject: SubjectDefinition,
  schedule: Schedule,
  { redis, watchdogMs }: ReproduceOptions = {},
): Promise<Reproduction> {
  const store = await openStore(subject.store, redis === undefined ? {} : { url: redis })
  try {
    const runner = new Runner(subject, store, watchdogMs === undefined ? {} : { watchdogMs })
    try {
      const { run, verdict } = await runner.judge(schedule)
      return { history: run.history, verdict, ending: run.ending }
    } finally {
      await runner.close()
    }
  } finally {
    await store.close()
  }
}
