/** How fast schedules run, what makes them slower, and where the time goes. */
import type { Options } from '../options.js'
import type { RatesResult } from '../results.js'
import { explorations } from './explorations.js'
import { growth } from './growth.js'
import { memory } from './memory.js'
import { STEPS, perSecond, profiles } from './per-second.js'

export async function rates(options: Options): Promise<RatesResult> {
  return {
    steps: STEPS,
    arms: await perSecond(options),
    growth: await growth(options),
    explorations: await explorations(options),
    memory: await memory(options),
    profile: await profiles(options),
  }
}
