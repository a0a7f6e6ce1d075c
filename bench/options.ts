/** What every part of the benchmarks is told. */
export interface Options {
  readonly seed: number
  /** Fewer runs: to see that all of it works, not for figures to quote. */
  readonly quick: boolean
  /** Progress, for people. */
  readonly say: (what: string) => void
}
