/** Correct programs in the styles of other people's code: none is accused, and each is tried. `npm run foreign` runs them over many more schedules. */
import { afterAll, describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import type { Store } from '../../src/dialects/store.js'
import { openStore } from '../../src/dialects/open-store.js'
import { tryCorrect } from '../../src/kit/selftest.js'
import { foreign } from './all.mjs'

/** For each program. */
const SCHEDULES = { memory: 160, redis: 40, own: 0 }

describe.each(['memory', 'redis'] as const)('on %s', (dialect) => {
  let store: Store | undefined
  afterAll(() => store?.close())

  it.each(foreign)('$name: $summary', async (implementation) => {
    store ??= await openStore(dialect, {})
    const row = await tryCorrect(implementation, dialect, store, {
      correct: [implementation],
      scenarios,
      seed: 7,
      bound: { appends: 2, cycles: 2 },
      correctSchedules: SCHEDULES,
    })
    expect(row.accusations).toEqual([])
    expect(row.owed).toBeGreaterThan(SCHEDULES[dialect] / 2)
    const unknown = Object.values(row.unknown).reduce((sum, each) => sum + each, 0)
    expect(unknown).toBeLessThan(row.schedules)
  })
})
