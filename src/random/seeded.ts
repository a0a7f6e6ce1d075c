/** Seeded chance: what is drawn is a function of a seed and a name, on every machine and for good. */
import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Uniform over [0, 1). */
export type Random = () => number

/** A stream of its own for each name, so that one more of them does not change what the others draw. */
export function seeded(seed: number, name: string): Random {
  const generator = xoroshiro128plus(seedOf(seed, name))
  return () => uniformFloat64(generator)
}

/** For those that take a seed themselves. */
export const seedOf = (seed: number, name: string): number => createHash('sha256').update(`${seed} ${name}`).digest().readInt32BE()

/** From 0 up to, and without, `below`. */
export const integer = (random: Random, below: number): number => Math.floor(random() * below)

export const oneOf = <T>(random: Random, all: readonly [T, ...T[]] | readonly T[]): T => all[integer(random, all.length)]!

/** One of them, each as likely as its weight says; undefined where there is none. */
export function weighted<T extends { readonly weight: number }>(random: Random, all: readonly T[]): T | undefined {
  let left = random() * all.reduce((sum, { weight }) => sum + weight, 0)
  for (const each of all) if ((left -= each.weight) < 0) return each
  return undefined
}
