/** Scenarios: hand-written schedules for one known race each. The functions that they are written with are those of step.ts. */
import type { Capabilities } from '../contract/capabilities.js'
import { type Schedule, type ScheduleReadOptions, schedule } from './schedule.js'
import type { Step } from './step.js'

export * from './step.js'

/** The reference loop that a scenario runs on where the subject is a repository without a consumer of its own. */
export type ReferenceConsumer = 'snapshot-cursor' | 'sse-task-events'

/** What a subject must offer for a scenario to mean anything on it. */
export type Need =
  /** A capability. */
  | keyof Capabilities
  /** It announces readiness: `isAnnouncement` is given. */
  | 'announcement'
  /** It says what it owes, and makes entries of others: `owes` and `foreign` are given. */
  | 'foreign'
  /** It has a frame that tells its client of a gap, or of a topic made anew: `isTruncation` is given. */
  | 'tellsGaps'
  /** Its session starts at the beginning of the stream. */
  | 'fromBeginning'
  /** Its client asks again by itself when an answer does not come. */
  | 'givesUp'
  /** It reads several streams at once. */
  | 'severalStreams'
  /** It acknowledges entries to a group. */
  | 'acknowledges'
  /** It appends through the probe, too. */
  | 'appendsThroughProbe'
  /** Its publisher tells a channel of each entry. */
  | 'notifies'

/** A schedule for one known race or rule, with what it tries and what a subject needs for it: what `scenario` makes. */
export interface Scenario {
  /** The file's name, kebab-case: what `--scenario` takes. */
  readonly name: string
  /** One sentence: what happens. */
  readonly summary: string
  /** The entry of the catalogue of races, `R1` … Missing where it tries a rule that no race was named after. */
  readonly race?: string
  /** The rule that it tries first, `4.2` … */
  readonly rule: string
  /** Rules that it tries on the way: a violator of one of them fails it too. */
  readonly also: readonly string[]
  /** Where a subject does not offer all of these, the scenario is skipped, with the reason. */
  readonly needs: readonly Need[]
  /** What consumes where the subject is a repository alone. */
  readonly consumer: ReferenceConsumer
  /** What is performed. */
  readonly schedule: Schedule
}

/** What `scenario` takes beside the name. */
export interface ScenarioOptions {
  /** One sentence: what happens. */
  readonly summary: string
  /** The entry of the catalogue of races, `R1` … */
  readonly race?: string
  /** The rule that it tries first, `4.2` … */
  readonly rule: string
  /** Rules that it tries on the way. */
  readonly also?: readonly string[]
  /** Performed in order. */
  readonly steps: readonly Step[]
  /** What reads are made with. Default 2000 ms, 10 entries. */
  readonly read?: Partial<ScheduleReadOptions>
  /** How many consumers take part. Default 1. */
  readonly consumers?: number
  /** What a subject must offer for it. Default nothing. */
  readonly needs?: readonly Need[]
  /** What consumes where the subject is a repository alone. Default `snapshot-cursor`. */
  readonly consumer?: ReferenceConsumer
}

/** A scenario: a schedule under a name. `reproduce` of `tailrace/testing` runs its `schedule`. */
export function scenario(name: string, options: ScenarioOptions): Scenario {
  const { summary, race, rule, also = [], steps, needs = [], consumer = 'snapshot-cursor', ...rest } = options
  return { name, summary, ...(race === undefined ? {} : { race }), rule, also, needs, consumer, schedule: schedule(steps, rest) }
}
