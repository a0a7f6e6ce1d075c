/** Schedules per second, the arms taking turns; and a CPU profile of each. */
import { stopwatch } from '../../src/clock/clock.js'
import type { Options } from '../options.js'
import { probedReads } from '../overhead/probe.js'
import { seeded } from '../../src/random/seeded.js'
import { type RatesResult, UNSCHEDULED } from '../results.js'
import { bootstrap, median } from '../statistics.js'
import { aloneOnModel, aloneOnRedis, aloneOnWire } from './alone.js'
import { type Lanes, fifteen, onModel, onRedis, onWire } from './lanes.js'
import { hottest } from './profile.js'

export const STEPS = fifteen.steps.length

/** Schedules in a turn. */
const TURN: Readonly<Record<string, number>> = {
  model: 1000,
  'real Redis, 1 in flight': 150,
  'real Redis, 8 in flight': 300,
  'over the wire': 60,
}

const open = async (): Promise<readonly Lanes[]> => [await onModel(), await onRedis(1), await onRedis(8), await onWire()]

const openAlone = async (): Promise<readonly Lanes[]> => [
  await aloneOnModel(),
  await aloneOnRedis(1),
  await aloneOnRedis(8),
  await aloneOnWire(),
]

export async function perSecond({ seed, quick, say }: Options): Promise<RatesResult['arms']> {
  const rounds = quick ? 3 : 10
  const measured = (lanes: Lanes) => ({ lanes, turn: TURN[lanes.name]! / (quick ? 5 : 1), rates: [] as number[] })
  const judged = (await open()).map(measured)
  const alone = (await openAlone()).map(measured)
  const arms = [...judged, ...alone]
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    say(`rates, round ${round} of ${rounds}`)
    for (const { lanes, turn, rates } of round % 2 === 0 ? arms : arms.toReversed()) {
      const elapsed = stopwatch()
      await lanes.run(turn)
      if (round > 0) rates.push(turn / (elapsed() / 1000))
    }
  }
  for (const { lanes } of arms) await lanes.close()
  return judged.map(({ lanes: { name }, turn, rates }, at) => ({
    arm: name,
    schedules: turn * rounds,
    perSecond: bootstrap(rates, median, seeded(seed, `rates ${name}`)),
    alone: bootstrap(alone[at]!.rates, median, seeded(seed, `rates ${name}, alone`)),
  }))
}

export async function profiles({ quick, say }: Options): Promise<RatesResult['profile']> {
  const rows: RatesResult['profile'][number][] = []
  for (const lanes of await open()) {
    say(`profile, ${lanes.name}`)
    const turn = TURN[lanes.name]! / (quick ? 5 : 1)
    await lanes.run(turn)
    const shares = await hottest(() => lanes.run(2 * turn))
    rows.push(...shares.map((share) => ({ store: lanes.name, ...share })))
    await lanes.close()
  }
  const shares = await hottest(() => probedReads(quick ? 20_000 : 200_000))
  rows.push(...shares.map((share) => ({ store: UNSCHEDULED, ...share })))
  return rows
}
