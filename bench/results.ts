/** What a run of the benchmarks leaves behind, as `bench/results.json`. The page is made from it and from nothing else. */
import type { Censored, Estimate } from './statistics.js'

export const RESULTS_VERSION = 3

/** The arm that all others are compared with: the test that came with the fix of the original. */
export const ORIGINAL_TEST = 'signal, then append'

/** Reads through a probe that holds nothing, in the profiles. */
export const UNSCHEDULED = 'un-scheduled probe'

export interface Results {
  readonly version: typeof RESULTS_VERSION
  readonly machine: Machine
  readonly seed: number
  readonly quick: boolean
  readonly detection: readonly DetectionRow[]
  readonly repetition: readonly RepetitionRow[]
  readonly depth: DepthResult
  readonly rates: RatesResult
  readonly overhead: OverheadResult
  readonly shrinking: ShrinkingResult
  readonly start: StartResult
}

export interface Machine {
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly redis: string
  /** Of the minute before the benchmarks began: what else the machine was doing. */
  readonly load: number
}

/** The loop under test: at the timing of the system that the bug was found in, or with as small a gap as there can be. */
export type Timing = 'original' | 'bare'

export interface DetectionRow {
  readonly arm: string
  readonly timing: Timing
  readonly runs: number
  readonly found: number
  readonly probability: Estimate
  /** The median run, and its interval. */
  readonly secondsPerRun: Estimate
  /** What the expectation is computed from: run lengths are skewed. Its interval is drawn from turns. */
  readonly meanSeconds: Estimate
  readonly untilFound: Estimate | { readonly above: number }
}

/** One schedule over and over, with every core kept busy by other work. */
export interface RepetitionRow {
  readonly store: string
  readonly consumer: 'literal-dollar' | 'snapshot-cursor'
  readonly runs: number
  readonly accused: number
  readonly unknown: number
  readonly histories: number
}

export interface DepthResult {
  readonly cap: number
  readonly seeds: number
  /** Of a random walk, and of PCT. */
  readonly turns: number
  /** Of bugs up to this depth, each is shown by one schedule in so many at least. */
  readonly pct: { readonly depth: number; readonly oneIn: number }
  readonly mutants: readonly DepthRow[]
}

export interface DepthRow {
  readonly mutant: string
  readonly depth: number
  /** Of all schedules of the random walk: how many show it. */
  readonly walk: Estimate
  readonly strategies: Readonly<Record<string, { readonly schedules: Censored; readonly found: number; readonly searches: number }>>
}

export interface RatesResult {
  readonly steps: number
  /** Schedules per second; and how many it would be if the harness cost nothing. */
  readonly arms: readonly { readonly arm: string; readonly schedules: number; readonly perSecond: Estimate; readonly alone: Estimate }[]
  readonly growth: readonly { readonly of: string; readonly n: number; readonly milliseconds: Estimate }[]
  readonly explorations: readonly Exploration[]
  readonly memory: { readonly schedules: number; readonly heapGrowthMb: number; readonly heapMb: number; readonly rssMb: number }
  /** Where the time of the model goes: functions by their own share of a CPU profile. */
  readonly profile: readonly { readonly store: string; readonly where: string; readonly share: number }[]
}

export interface Exploration {
  readonly appends: number
  readonly cycles: number
  readonly interleavings: number
  readonly schedules: number
  readonly seconds: number
  readonly complete: boolean
  readonly certificate: string
}

export interface OverheadResult {
  /** Nanoseconds a call. */
  readonly probe: readonly { readonly call: string; readonly arm: string; readonly nanoseconds: Estimate }[]
  readonly wire: readonly { readonly arm: string; readonly p50: Estimate; readonly p99: Estimate; readonly perSecond: Estimate }[]
  readonly pipeline: number
}

export interface ShrinkingResult {
  readonly from: number
  readonly rows: readonly { readonly arm: string; readonly to: Estimate; readonly executions: Estimate; readonly milliseconds: Estimate }[]
  readonly replays: readonly { readonly store: string; readonly runs: number; readonly histories: number }[]
}

export interface StartResult {
  readonly command: string
  readonly milliseconds: Estimate
  readonly runs: number
}
