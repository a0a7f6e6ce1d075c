/** The configuration: which subjects there are, and what a run of them is. */
import type { SubjectDefinition } from './subject.js'

export interface Config {
  readonly subjects: readonly SubjectDefinition[]
  /** Schedules in a burst. Default 200. */
  readonly bursts?: number
  /** Default 42. */
  readonly seed?: number
  /** How long one step may take before it counts as stalled, in milliseconds, on top of the read's time-out. Default 5000. */
  readonly watchdogMs?: number
}

/** Gives a configuration its types. */
export const defineConfig = (config: Config): Config => config
