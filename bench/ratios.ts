/**
 * What should come out again on another machine: every ratio between arms that took turns in one process, with its
 * interval; and whatever hangs on the seed alone, exactly.
 *
 * The interval of a ratio goes from the low end of one over the high end of the other to the opposite: wider than 95 %,
 * never narrower. A ratio is reproduced where the two intervals have something in common.
 */
import { type DetectionRow, ORIGINAL_TEST, type Results } from './results.js'
import { type Estimate, quotient } from './statistics.js'

/** Where one arm found nothing, all that is known is a bound. */
export type Multiple = Estimate | { readonly below: number }

export interface Ratio {
  readonly name: string
  readonly ratio: Multiple
}

export interface Again extends Ratio {
  /** Of the other run. */
  readonly other: Multiple
  readonly reproduced: boolean
}

export function ratiosOf({ detection, rates, overhead, shrinking }: Results): readonly Ratio[] {
  const found = detection.flatMap((row) => {
    const ratio = fasterThanOriginal(row, detection)
    return ratio === undefined || row.arm === ORIGINAL_TEST ? [] : [{ name: `finds it faster, ${row.timing} timing: ${row.arm}`, ratio }]
  })
  const [model] = rates.arms
  const speeds = rates.arms.slice(1).map(({ arm, perSecond }) => ({
    name: `schedules per second: model ÷ ${arm}`,
    ratio: quotient(model!.perSecond, perSecond),
  }))
  const probes = overhead.probe
    .filter(({ arm }) => arm !== 'bare')
    .map(({ call, arm, nanoseconds }) => {
      const bare = overhead.probe.find((row) => row.call === call && row.arm === 'bare')!
      return { name: `time of a call, ${call}: ${arm} ÷ bare`, ratio: quotient(nanoseconds, bare.nanoseconds) }
    })
  const [direct, proxied] = overhead.wire
  const wire = (['p50', 'p99', 'perSecond'] as const).map((what) => ({
    name: `wire probe ÷ direct connection: ${what === 'perSecond' ? 'commands per second in pipelines' : what}`,
    ratio: quotient(proxied![what], direct![what]),
  }))
  const [minimise, ...others] = shrinking.rows
  const shrunk = others.map(({ arm, milliseconds }) => ({
    name: `time to shrink: ${arm} ÷ ${minimise!.arm}`,
    ratio: quotient(milliseconds, minimise!.milliseconds),
  }))
  return [...found, ...speeds, ...probes, ...wire, ...shrunk]
}

/** How often faster than the original's test, per find, at the same timing. Undefined where that one found nothing. */
export function fasterThanOriginal({ timing, untilFound }: DetectionRow, detection: readonly DetectionRow[]): Multiple | undefined {
  const original = detection.find((row) => row.arm === ORIGINAL_TEST && row.timing === timing)?.untilFound
  if (original === undefined || !('value' in original)) return undefined
  return 'above' in untilFound ? { below: original.high / untilFound.above } : quotient(original, untilFound)
}

export function compareRatios(results: Results, other: Results): readonly Again[] {
  const others = new Map(ratiosOf(other).map(({ name, ratio }) => [name, ratio]))
  return ratiosOf(results).flatMap(({ name, ratio }) => {
    const again = others.get(name)
    return again === undefined ? [] : [{ name, ratio, other: again, reproduced: overlap(interval(ratio), interval(again)) }]
  })
}

type Interval = Pick<Estimate, 'low' | 'high'>

const interval = (ratio: Multiple): Interval => ('below' in ratio ? { low: 0, high: ratio.below } : ratio)

const overlap = (a: Interval, b: Interval): boolean => a.low <= b.high && b.low <= a.high

/** What hangs on the seed alone, and is not what it was. */
export function differences(results: Results, other: Results): readonly string[] {
  const [before, after] = [exactly(results), exactly(other)]
  return Object.keys(before).filter((name) => before[name] !== after[name])
}

const exactly = ({ depth, rates, repetition, shrinking }: Results): Readonly<Record<string, string>> => ({
  'schedules to the first find': JSON.stringify(depth),
  explorations: JSON.stringify(rates.explorations.map((row) => ({ ...row, seconds: undefined }))),
  'accusations, and histories': JSON.stringify(repetition),
  'steps and executions of shrinking': JSON.stringify(shrinking.rows.map(({ arm, to, executions }) => ({ arm, to, executions }))),
  replays: JSON.stringify(shrinking.replays),
})
