/** The configuration: which subjects there are, and what a run of them is. */
import type { WireSubject } from './wire-subject.js'
import type { KnownLoss } from './known-loss.js'
import type { SubjectDefinition } from './subject.js'

export interface Config {
  readonly subjects: readonly SubjectDefinition[]
  /** Consumers behind the wire probe, for `tailrace wire`. */
  readonly wire?: readonly WireSubject[]
  /** Schedules in a burst. Default 200. */
  readonly bursts?: number
  /** Default 42. */
  readonly seed?: number
  /** How long one step may take before it counts as stalled, in milliseconds, on top of the read's time-out. Default 5000. */
  readonly watchdogMs?: number
  /**
   * Losses that are accepted until a day: they are shown, and only new ones fail the run. A list, or the file that
   * `tailrace baseline` wrote, relative to the configuration.
   */
  readonly knownLosses?: string | readonly KnownLoss[]
}

/** Gives a configuration its types. With `wire` there need not be other subjects. */
export const defineConfig = (config: Omit<Config, 'subjects'> & Partial<Pick<Config, 'subjects'>>): Config => ({ subjects: [], ...config })
