/** How many bursts are part of a test file: so many, or as many as there is time for. */
import { duration } from '../report/text.js'
import { PROFILES, type Profile } from '../run/profiles.js'
import type { TargetOptions } from '../run/run-target.js'
import type { DialectName } from '../subject/subject.js'

const { bursts, burstsOnModel } = PROFILES.ci
/** As many as `tailrace run` has, and no exploration. */
export const BURSTS_ALONE: Profile = { bursts, burstsOnModel }

export interface BurstsOptions {
  readonly bursts?: number | undefined
  readonly timeMs?: number | undefined
}

/** @throws RangeError where it has no length. */
export function checkTime(timeMs: number | undefined): void {
  if (timeMs !== undefined && !(timeMs > 0)) throw new RangeError(`timeMs is ${timeMs}: expected milliseconds, more than 0`)
}

export type Bursts = Pick<TargetOptions, 'bursts' | 'burstsOnModel'>

/** As said, or as many as there is time for, or as many as usual. */
export const burstsIn = ({ bursts, timeMs }: BurstsOptions, usual: Profile): Bursts =>
  bursts === undefined && timeMs === undefined
    ? { bursts: usual.bursts, burstsOnModel: usual.burstsOnModel }
    : { bursts: bursts ?? Number.POSITIVE_INFINITY }

/** The same in every run. */
export function burstsTitle(
  { bursts, burstsOnModel = bursts }: Bursts,
  store: DialectName,
  seed: number,
  timeMs: number | undefined,
): string {
  const number = store === 'memory' ? burstsOnModel : bursts
  const amount = [
    ...(Number.isFinite(number) ? [`${number} bursts`] : ['bursts']),
    ...(timeMs === undefined ? [] : [`for ${duration(timeMs)}`]),
  ]
  return `${amount.join(' ')}, seed ${seed}`
}
