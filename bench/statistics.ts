/**
 * What is said of repeated runs: intervals that hold the truth in 95 of 100 cases, and medians that never hide a run
 * which found nothing.
 *
 *  - A proportion has the interval of Clopper and Pearson: exact, so at least 95 %, also for 0 of n and n of n.
 *  - A time has the percentile bootstrap's, drawn with a seed.
 *  - A run that found nothing within its cap is *censored*: all that is known is that it takes longer. Such runs sort
 *    above all others; where the median falls among them, it is "more than the cap".
 */
import type { Random } from '../src/random/seeded.js'

export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

const ALPHA = 0.05
const RESAMPLES = 1000
/** Halvings of [0, 1]: more than a double can hold apart. */
const HALVINGS = 60

/** The probability behind `found` of `runs`, after Clopper and Pearson. */
export function proportion(found: number, runs: number): Estimate {
  if (runs === 0) return { value: 0, low: 0, high: 1 }
  return {
    value: found / runs,
    low: found === 0 ? 0 : bisect((p) => atLeast(found, runs, p) < ALPHA / 2),
    high: found === runs ? 1 : bisect((p) => 1 - atLeast(found + 1, runs, p) > ALPHA / 2),
  }
}

/** Where `below` turns from true to false. */
function bisect(below: (p: number) => boolean): number {
  let [low, high] = [0, 1]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (below(middle)) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(X ≥ k) for X binomial. */
function atLeast(k: number, n: number, p: number): number {
  if (p === 0) return k === 0 ? 1 : 0
  if (p === 1) return 1
  const logs = logFactorials(n)
  let sum = 0
  for (let i = k; i <= n; i++) sum += Math.exp(logs[n]! - logs[i]! - logs[n - i]! + i * Math.log(p) + (n - i) * Math.log1p(-p))
  return Math.min(1, sum)
}

const factorials: number[] = [0]
function logFactorials(n: number): readonly number[] {
  for (let i = factorials.length; i <= n; i++) factorials.push(factorials[i - 1]! + Math.log(i))
  return factorials
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Linear between the two values that it falls between, as most tools have it. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
  return below + (above - below) * (at - Math.floor(at))
}

/** A statistic of a sample, with the percentile bootstrap's interval. */
export function bootstrap(values: readonly number[], statistic: (values: readonly number[]) => number, random: Random): Estimate {
  const drawn = Array.from({ length: RESAMPLES }, () => statistic(values.map(() => values[Math.floor(random() * values.length)]!)))
  return { value: statistic(values), low: quantile(drawn, ALPHA / 2), high: quantile(drawn, 1 - ALPHA / 2) }
}

/** Of runs that are searched until something is found, or up to a cap. */
export type Censored = { readonly value: number } | { readonly above: number }

/** @param found the runs that found something; undefined stands for one that did not, within `cap`. */
export function censoredMedian(found: readonly (number | undefined)[], cap: number): Censored {
  const middle = median(found.map((value) => value ?? Infinity))
  return Number.isFinite(middle) ? { value: middle } : { above: cap }
}

/** How long until the first find, on average: the length of a run over its probability. Censored where nothing was found. */
export function untilFound(secondsPerRun: Estimate, probability: Estimate): Estimate | { readonly above: number } {
  return probability.value === 0 ? { above: secondsPerRun.value / probability.high } : quotient(secondsPerRun, probability)
}

/** One over the other, from one's low end over the other's high end to the opposite: never too narrow. */
export const quotient = (a: Estimate, b: Estimate): Estimate => ({ value: a.value / b.value, low: a.low / b.high, high: a.high / b.low })
