/**
 * Profiles: how much of the suite a run takes.
 *
 *  - `smoke`: the few scenarios that kill most mutants, for every save: under a second on the model;
 *  - `ci`: every scenario, bursts, and an exploration to a small bound;
 *  - `nightly`: more bursts, and a larger bound.
 */
import type { Scenario } from '../schedule/scenario.js'

export interface Profile {
  readonly bursts: number
  readonly exploration?: { readonly appends: number; readonly cycles: number }
  /** Of these names; undefined: all. */
  readonly scenarios?: readonly string[]
  /** The same over the wire. */
  readonly wireScenarios?: readonly string[]
}

/**
 * A greedy cover of the mutants that scenarios kill on the model: the scenario that kills most, then the one that kills
 * most of the rest, as long as it kills two or more. test/run/profiles.test.ts computes it and says when it has changed.
 */
export const SMOKE: readonly string[] = [
  'burst-at-every-gate',
  'awkward-payloads',
  'done-before-drained',
  'fails-in-mid-batch',
  'beyond-doubles',
  'empty-gap-twice',
  'quiet-again',
  'cut-while-blocked',
  'undecodable-entries',
  'left-in-mid-batch',
  'after-announcement',
  'tail-deleted',
  'equal-payloads',
  'two-consumers',
]

/** Over the wire: one for each gap that an entry can fall into, and a connection that is cut. */
const WIRE_SMOKE: readonly string[] = ['empty-gap-twice', 'wire-batch-gap', 'wire-after-tail', 'wire-cut-while-blocked']

export const PROFILES = {
  smoke: { bursts: 0, scenarios: SMOKE, wireScenarios: WIRE_SMOKE },
  ci: { bursts: 200, exploration: { appends: 2, cycles: 2 } },
  nightly: { bursts: 5000, exploration: { appends: 3, cycles: 3 } },
} as const satisfies Record<string, Profile>

export type ProfileName = keyof typeof PROFILES

/** The scenarios of a profile, in the order in which the profile names them. */
export const scenariosOf = ({ scenarios: names }: Profile, all: readonly Scenario[]): readonly Scenario[] =>
  names === undefined ? all : names.flatMap((name) => all.filter((scenario) => scenario.name === name))

/** What killed each mutant, by name; each scenario once at most. */
export type Kills = ReadonlyMap<string, ReadonlySet<string>>

/** The least that a scenario must add to be taken. */
const WORTH = 2

/** Scenarios, the most useful first; of two that are as useful, the one that comes first. */
export function greedyCover(kills: Kills, candidates: readonly string[]): string[] {
  const left = new Map(kills)
  const chosen: string[] = []
  for (;;) {
    const gain = (name: string) => [...left.values()].filter((by) => by.has(name)).length
    const best = candidates.reduce((a, b) => (gain(b) > gain(a) ? b : a))
    if (gain(best) < WORTH) return chosen
    chosen.push(best)
    for (const [mutant, by] of left) if (by.has(best)) left.delete(mutant)
  }
}
