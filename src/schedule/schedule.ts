/** A schedule: who moves next, as data, and the options that reads are made with. The same one gives the same history. */
import type { Step } from './step.js'

export const SCHEDULE_VERSION = 1

/** What the harness hands to consumers as `read`; a consumer may have its own. */
export interface ScheduleReadOptions {
  readonly timeoutMs: number
  readonly count: number
}

export interface Schedule {
  readonly version: typeof SCHEDULE_VERSION
  readonly steps: readonly Step[]
  readonly read: ScheduleReadOptions
  /** How many consumers take part; 1 unless said. All of them are subscribed to the same topic. */
  readonly consumers?: number
}

/** The values of the system that this generalises: BLOCK 2000 COUNT 10. */
export const DEFAULT_READ: ScheduleReadOptions = { timeoutMs: 2000, count: 10 }

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
