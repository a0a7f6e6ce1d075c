/**
 * What should come out again on another machine: every ratio between arms that took turns in one process, with its
 * interval; and whatever hangs on the seed alone, exactly.
 *
 * The interval of a ratio goes from the low end of one over the high end of the other to the opposite: wider than 95 %,
 * never narrower. A ratio is reproduced where the two intervals have something in common.
 */
import { type DetectionRow, ORIGINAL_TEST, type Results } from './results.js'
import { type Estimate, quotient } from './statistics.js'

export interface Ratio {
  readonly name: string
  readonly ratio: Estimate
}

export interface Again extends Ratio {
  /** Of the other run. */
  readonly other: Estimate
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

/** How often faster than the original's test, per find, at the same timing. Undefined where one of them found nothing. */
export function fasterThanOriginal(row: DetectionRow, detection: readonly DetectionRow[]): Estimate | undefined {
  const original = detection.find(({ arm, timing }) => arm === ORIGINAL_TEST && timing === row.timing)
  if (original === undefined || !('value' in original.untilFound) || !('value' in row.untilFound)) return undefined
  return quotient(original.untilFound, row.untilFound)
}

export function compareRatios(results: Results, other: Results): readonly Again[] {
  const others = new Map(ratiosOf(other).map(({ name, ratio }) => [name, ratio]))
  return ratiosOf(results).flatMap(({ name, ratio }) => {
    const again = others.get(name)
    return again === undefined ? [] : [{ name, ratio, other: again, reproduced: ratio.low <= again.high && again.low <= ratio.high }]
  })
}

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
