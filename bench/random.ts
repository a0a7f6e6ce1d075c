/** Seeded chance: what a benchmark draws is a function of the seed that its page names. */
import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Uniform over [0, 1). */
export type Random = () => number

/** A stream of its own for each name, so that one arm more does not change what the others draw. */
export function seeded(seed: number, name: string): Random {
  const generator = xoroshiro128plus(seedOf(seed, name))
  return () => uniformFloat64(generator)
}

/** For those that take a seed themselves. */
export const seedOf = (seed: number, name: string): number => createHash('sha256').update(`${seed} ${name}`).digest().readInt32BE()
