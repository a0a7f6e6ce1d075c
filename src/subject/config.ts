/** The configuration: which subjects there are, and what a run of them is. */
import type { Scenario } from '../schedule/scenario.js'
import type { WireSubject } from './wire-subject.js'
import type { KnownLoss } from './known-loss.js'
import type { SubjectDefinition } from './subject.js'

/** What `tailrace.config.ts` exports as its default. */
export interface Config {
  /** What `tailrace run`, `explore` and `replay` test. */
  readonly subjects: readonly SubjectDefinition[]
  /** Consumers behind the wire probe, for `tailrace wire`. */
  readonly wire?: readonly WireSubject[]
  /**
   * Scenarios of your own, beside those of tailrace: `scenario` makes one. They are run on every subject, also on those under `wire`, where
   * they apply.
   */
  readonly scenarios?: readonly Scenario[]
  /** How many bursts are run for each subject. Default 200; `--runs` and `--time` go before it. */
  readonly bursts?: number
  /**
   * How long `tailrace run` goes on with bursts, in milliseconds: until so much time is over since it began, for all subjects together.
   * Where there is a number of bursts as well, they end at whichever comes first. Default: until the number is run. `--time` and `--runs`
   * go before both.
   */
  readonly timeMs?: number
  /** What bursts are generated from: the same seed gives the same ones. Default 42; `--seed` goes before it. */
  readonly seed?: number
  /** How long one step may take, in milliseconds, on top of the read's time-out; `open` and `close` may take four times that. Default 5000. */
  readonly watchdogMs?: number
  /**
   * Losses that are accepted until a day: they are shown, and only new ones fail the run. A list, or the file that
   * `tailrace baseline` wrote, relative to the configuration.
   */
  readonly knownLosses?: string | readonly KnownLoss[]
}

/**
 * The configuration, with its types: what `tailrace.config.ts` exports as its default. `subjects` may be left out where there is `wire`.
 *
 * Nothing is checked here. The command line checks it when it loads the file, and exits with 2 where something is wrong.
 */
export const defineConfig = (config: Omit<Config, 'subjects'> & Partial<Pick<Config, 'subjects'>>): Config => ({ subjects: [], ...config })
