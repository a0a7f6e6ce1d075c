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
  /** So many on the model, where they cost next to nothing; behind as many, half of the others do on a server. Default: as many as elsewhere. */
  readonly burstsOnModel?: number
  readonly exploration?: { readonly appends: number; readonly cycles: number }
  /** Only those few that the list of scenarios says. Default: all. */
  readonly smoke?: true
}

export const PROFILES = {
  smoke: { bursts: 0, smoke: true },
  ci: { bursts: 200, burstsOnModel: 400, exploration: { appends: 2, cycles: 2 } },
  nightly: { bursts: 5000, exploration: { appends: 3, cycles: 3 } },
} as const satisfies Record<string, Profile>

export type ProfileName = keyof typeof PROFILES

/** The scenarios of a profile. `few`: in place of all of them, where it takes only those. */
export const scenariosOf = ({ smoke }: Profile, all: readonly Scenario[], few: readonly Scenario[]): readonly Scenario[] =>
  smoke === true ? few : all

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
