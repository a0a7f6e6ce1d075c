/** A schedule: who moves next, as data, and the options that reads are made with. The same one gives the same history. */
import { type Step, ofAnother } from './step.js'

/** The version of the form in which schedules are saved. */
export const SCHEDULE_VERSION = 1

/** The read options of a schedule: consumers get them as `context.read`, and may use their own instead. */
export interface ScheduleReadOptions {
  /** How long a read blocks, in milliseconds. In most runs it takes no time: the schedule says when it is over. */
  readonly timeoutMs: number
  /** At most so many entries a read. */
  readonly count: number
}

/** A schedule: steps, and what the reads are made with. Plain data, as replay files hold it. */
export interface Schedule {
  /** Of this form of a schedule. */
  readonly version: typeof SCHEDULE_VERSION
  /** Performed in order. */
  readonly steps: readonly Step[]
  /** What consumers are handed as `read`. */
  readonly read: ScheduleReadOptions
  /** How many consumers take part; 1 unless said. All of them are subscribed to the same topic. */
  readonly consumers?: number
}

/** The values of the system that this generalises: BLOCK 2000 COUNT 10. */
export const DEFAULT_READ: ScheduleReadOptions = { timeoutMs: 2000, count: 10 }

/**
 * Makes a schedule of steps.
 * @param options `read`: time-out (default 2000 ms) and count (default 10) of the reads. `consumers`: how many take part, default 1.
 */
export function schedule(
  steps: readonly Step[],
  options: { readonly read?: Partial<ScheduleReadOptions>; readonly consumers?: number } = {},
): Schedule {
  const consumers = options.consumers ?? 1
  return {
    version: SCHEDULE_VERSION,
    steps,
    read: { ...DEFAULT_READ, ...options.read },
    ...(consumers === 1 ? {} : { consumers }),
  }
}

/** A schedule of one consumer as one of several: there are `count` of them, and consumer 0 and `consumer` change places. */
export function turnedTo(schedule: Schedule, consumer: number, count: number): Schedule {
  const turned = (index: number) => (index === 0 ? consumer : index === consumer ? 0 : index)
  const steps = schedule.steps.map((step) => ofAnother(step, turned))
  return { ...schedule, steps, consumers: Math.max(count, schedule.consumers ?? 1) }
}
