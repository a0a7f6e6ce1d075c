/** Arms that are compared with each other take turns in one process, so that whatever else the machine does falls on all alike. */
import { stopwatch } from '../src/clock/clock.js'
import { mean } from './statistics.js'

export interface Arm {
  readonly name: string
  /** Runs in a turn. The first turn warms up, and is dropped. */
  readonly turn: number
  /** Runs at a time: more than one only where a run is almost all waiting. */
  readonly parallel?: number
  /** One run. True where it showed what is looked for. */
  run(): Promise<boolean>
  close(): Promise<unknown>
}

export interface Tally {
  readonly arm: Arm
  found: number
  readonly seconds: number[]
  /** The average run of each turn. Runs of one turn are more like each other than like those of another. */
  readonly turns: number[]
}

export async function takeTurns(
  arms: readonly Arm[],
  rounds: number,
  onRound: (round: number) => void = () => {},
): Promise<readonly Tally[]> {
  const tallies: Tally[] = arms.map((arm) => ({ arm, found: 0, seconds: [], turns: [] }))
  try {
    for (let round = 0; round <= rounds; round++) {
      onRound(round)
      for (const tally of round % 2 === 0 ? tallies : tallies.toReversed()) await takeTurn(tally, round > 0)
    }
  } finally {
    for (const { close } of arms) await close()
  }
  return tallies
}

async function takeTurn(tally: Tally, counts: boolean): Promise<void> {
  const { turn, parallel = 1 } = tally.arm
  // Warming up takes no more than a part of it.
  let left = counts ? turn : Math.ceil(turn / 4)
  const lane = async () => {
    while (left-- > 0) {
      const elapsed = stopwatch()
      const found = await tally.arm.run()
      if (!counts) continue
      tally.seconds.push(elapsed() / 1000)
      if (found) tally.found++
    }
  }
  await Promise.all(Array.from({ length: parallel }, lane))
  if (counts) tally.turns.push(mean(tally.seconds.slice(-turn)))
}
