/** Scenarios: hand-written schedules for one known race each. The functions that they are written with are those of step.ts. */
import { CAPABILITY_NAMES, type Capabilities } from '../contract/capabilities.js'
import { type Schedule, type ScheduleReadOptions, schedule } from './schedule.js'
import type { Step } from './step.js'

export * from './step.js'

/** The reference loop that a scenario runs on where the subject is a repository without a consumer of its own. */
export type ReferenceConsumer = (typeof REFERENCE_CONSUMERS)[number]

export const REFERENCE_CONSUMERS = ['snapshot-cursor', 'sse-task-events'] as const

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

const OTHER_NEEDS: Readonly<Record<Exclude<Need, keyof Capabilities>, true>> = {
  announcement: true,
  foreign: true,
  tellsGaps: true,
  fromBeginning: true,
  givesUp: true,
  severalStreams: true,
  acknowledges: true,
  appendsThroughProbe: true,
  notifies: true,
}

export const NEEDS: readonly Need[] = [...CAPABILITY_NAMES, ...(Object.keys(OTHER_NEEDS) as (keyof typeof OTHER_NEEDS)[])]

/** A schedule for one known race or rule, with what it tries and what a subject needs for it: what `scenario` makes. */
export interface Scenario {
  /** In kebab-case: what `--scenario` takes. Of those of tailrace, the file's name, too. */
  readonly name: string
  /** One sentence: what happens. */
  readonly summary: string
  /** The entry of the catalogue of races, `R1` … Missing where it tries a rule that no race was named after. */
  readonly race?: string
  /** The rule that it tries first, `4.2` … Missing where nobody has named one. */
  readonly rule?: string
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
  readonly rule?: string
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

/**
 * A scenario: a schedule under a name. One of your own goes into `scenarios` of a configuration, or is the default export of a module for
 * `--schedule`. `reproduce` of `tailrace/testing` runs its `schedule`.
 *
 * Nothing is checked here. Whoever runs it checks it first, and says what is wrong with it and where.
 * @param name in kebab-case, and no other scenario's: what `--scenario` takes.
 */
export function scenario(name: string, options: ScenarioOptions): Scenario {
  const { summary, race, rule, also = [], steps, needs = [], consumer = 'snapshot-cursor', ...rest } = options
  return {
    name,
    summary,
    ...(race === undefined ? {} : { race }),
    ...(rule === undefined ? {} : { rule }),
    also,
    needs,
    consumer,
    schedule: schedule(steps, rest),
  }
}

/** What a subject must offer for it: what it says, and what its steps ask for. */
export const needsOf = ({ needs, schedule: { steps } }: Pick<Scenario, 'needs' | 'schedule'>): readonly Need[] => [
  ...new Set([...needs, ...steps.flatMap(neededBy)]),
]

/** Who does not offer it is not held to what comes of this step. */
function neededBy(step: Step): readonly Need[] {
  if ('restart' in step) return step.from === 'tail' ? [] : ['resumes']
  if ('disconnect' in step || ('fail' in step && step.fail !== 'append')) return ['retries']
  if ('append' in step) return [...(step.foreign ? (['foreign'] as const) : []), ...(step.notify ? (['notifies'] as const) : [])]
  if ('notify' in step) return ['notifies']
  return 'acknowledgement' in step ? ['appendsThroughProbe'] : []
}
