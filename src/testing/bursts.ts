/** How many bursts are part of a test file: so many, or as many as there is time for. */
import { duration } from '../report/text.js'

export const DEFAULT_BURSTS = 200

export interface BurstsOptions {
  readonly bursts?: number | undefined
  readonly timeMs?: number | undefined
}

/** @throws RangeError where it has no length. */
export function checkTime(timeMs: number | undefined): void {
  if (timeMs !== undefined && !(timeMs > 0)) throw new RangeError(`timeMs is ${timeMs}: expected milliseconds, more than 0`)
}

/** As said, or as many as there is time for, or the usual number. */
export const burstsIn = ({ bursts, timeMs }: BurstsOptions, usual: number): number =>
  bursts ?? (timeMs === undefined ? usual : Number.POSITIVE_INFINITY)

/** The same in every run. */
export function burstsTitle(bursts: number, seed: number, timeMs: number | undefined): string {
  const amount = [
    ...(Number.isFinite(bursts) ? [`${bursts} bursts`] : ['bursts']),
    ...(timeMs === undefined ? [] : [`for ${duration(timeMs)}`]),
  ]
  return `${amount.join(' ')}, seed ${seed}`
}
