/** What a schedule costs on the model as it grows: in appends, in consumers, in read cycles. */
import { stopwatch } from '../../src/clock/clock.js'
import { demoSubject } from '../../src/cli/demo-subjects.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { Runner } from '../../src/run/runner.js'
import type { Options } from '../options.js'
import { seeded } from '../../src/random/seeded.js'
import type { RatesResult } from '../results.js'
import { bootstrap, median } from '../statistics.js'

const RUNS_OF_A_TURN = 3

/** A cycle that comes back empty: called, blocked, returned, paused. */
const MOVES_OF_A_CYCLE = 4

const SERIES: Readonly<Record<string, { readonly sizes: readonly number[]; readonly schedule: (n: number) => Schedule }>> = {
  appends: { sizes: [1, 10, 100, 1000], schedule: (n) => schedule([{ advance: 0, to: 'blocked' }, { append: n }]) },
  consumers: {
    sizes: [1, 2, 4, 8, 16],
    schedule: (n) => {
      const each = Array.from({ length: n }, (_, consumer): Step => ({ advance: consumer, to: 'blocked' }))
      return schedule([...each, { append: 1 }], { consumers: n })
    },
  },
  'read cycles': {
    sizes: [1, 4, 16, 64],
    schedule: (n) => schedule([...Array.from({ length: n * MOVES_OF_A_CYCLE }, (): Step => ({ advance: 0 })), { append: 1 }]),
  },
}

export async function growth({ seed, quick, say }: Options): Promise<RatesResult['growth']> {
  const runner = new Runner(demoSubject('memory', 'snapshot-cursor'), memoryStore())
  const points = Object.entries(SERIES).flatMap(([of, { sizes, schedule: make }]) =>
    sizes.map((n) => ({ of, n, plan: make(n), milliseconds: [] as number[] })),
  )
  const rounds = quick ? 5 : 15
  say('growth')
  for (let round = 0; round <= rounds; round++) {
    for (const { of, n, plan, milliseconds } of points) {
      // The first of a turn clears up after the one before, which may have left a thousand entries to the collector.
      for (let run = 0; run <= RUNS_OF_A_TURN; run++) {
        const elapsed = stopwatch()
        const { verdict } = await runner.judge(plan)
        if (round > 0 && run > 0) milliseconds.push(elapsed())
        if (verdict.result !== 'valid') throw new Error(`${n} ${of}: ${verdict.result}, ${verdict.reasons.join(', ')}`)
      }
    }
  }
  await runner.close()
  return points.map(({ of, n, milliseconds }) => ({
    of,
    n,
    milliseconds: bootstrap(milliseconds, median, seeded(seed, `growth ${of} ${n}`)),
  }))
}
