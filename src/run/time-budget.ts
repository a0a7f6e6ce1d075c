/**
 * How long a run goes on, where that is given as a time.
 *
 * The clock only says when nothing more is begun. Which schedules there are, and their order, is the seed's alone: in the same time a slower
 * machine runs fewer of them, and never others. What has begun is finished: a scenario, a schedule, a failure that is being made small.
 */
import { stopwatch } from '../clock/clock.js'

export interface TimeBudget {
  /** What the whole run was given, in milliseconds. */
  readonly ms: number
  /** What is left of it, or of a part of it. Never below 0. */
  leftMs(): number
}

/** Begins now. */
export const timeBudget = (ms: number, elapsed: () => number = stopwatch()): TimeBudget => ({
  ms,
  leftMs: () => Math.max(0, ms - elapsed()),
})

/** Of what is left now, one of so many equal parts. What it does not use is there for those that come after it. */
export function partOf(whole: TimeBudget, parts: number): TimeBudget {
  const left = whole.leftMs()
  return { ms: whole.ms, leftMs: () => Math.max(0, left / parts - (left - whole.leftMs())) }
}

export const isOver = (time: TimeBudget | undefined): boolean => time !== undefined && time.leftMs() <= 0

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** A time as it is asked for, `30s`, in milliseconds. Undefined where it has no unit, or no length. */
export function msFrom(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(amount) * (UNIT_MS[unit] ?? Number.NaN)
  return ms > 0 && Number.isFinite(ms) ? ms : undefined
}
