/**
 * Counting and listing interleavings of one consumer with a producer of `appends` entries.
 *
 * A bound is a number of consumer moves m and of appends a. Without any reduction the appends are distinct, so there are
 * (m + a)! / m! interleavings; as the appends of one burst are interchangeable, C(m + a, a) are left to tell apart.
 */
import type { Step } from '../schedule/step.js'

export interface Bound {
  readonly moves: number
  readonly appends: number
}

/** (m + a)! / m!: every order of the moves and of distinct appends. */
export function unreduced({ moves, appends }: Bound): bigint {
  let product = 1n
  for (let i = 1; i <= appends; i++) product *= BigInt(moves + i)
  return product
}

/** n choose k. */
export function choose(n: number, k: number): bigint {
  let result = 1n
  for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i)
  return result
}

export function factorial(n: number): bigint {
  return n <= 1 ? 1n : BigInt(n) * factorial(n - 1)
}

/** Where the appends stand: after how many moves of the consumer, each; not descending. */
export type Placement = readonly number[]

/** The schedule of a placement. */
export function stepsOf(placement: Placement, moves: number): Step[] {
  const steps: Step[] = []
  for (let move = 0; move <= moves; move++) {
    const here = placement.filter((at) => at === move).length
    if (here > 0) steps.push({ append: here })
    if (move < moves) steps.push({ advance: 0 })
  }
  return steps
}

/** Every placement, for checking a reduction against: C(m + a, a) of them. */
export function* placements({ moves, appends }: Bound, from = 0): Generator<Placement> {
  if (appends === 0) {
    yield []
    return
  }
  for (let at = from; at <= moves; at++) {
    for (const rest of placements({ moves, appends: appends - 1 }, at)) yield [at, ...rest]
  }
}
