/**
 * Runs the correct programs of test/foreign over many schedules: the scenarios that apply, an exploration, and bursts. None of them may
 * be accused, and what says nothing is counted. It runs the compiled code of dist/: build it first.
 *
 *   npm run foreign -- [--store memory|redis] [--schedules n] [--seed n] [--only text]
 *
 * Exits 1 where one was accused, and 2 where nothing was owed to one in all of its schedules.
 */
import { parseArgs } from 'node:util'
import { scenarios } from '../dist/scenarios/index.js'
import { openStore } from '../dist/src/dialects/open-store.js'
import { tryCorrect } from '../dist/src/kit/selftest.js'
import { foreign } from '../test/foreign/all.mjs'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'memory' },
    schedules: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '42' },
    only: { type: 'string', default: '' },
  },
})
const chosen = foreign.filter(({ name }) => name.includes(values.only))
const store = await openStore(values.store, {})
let [schedules, accusations, unknown] = [0, 0, 0]
let hollow = false
try {
  for (const implementation of chosen) {
    const row = await tryCorrect(implementation, values.store, store, {
      correct: chosen,
      scenarios,
      seed: Number(values.seed),
      bound: { appends: 3, cycles: 2 },
      correctSchedules: { [values.store]: Number(values.schedules) },
    })
    schedules += row.schedules
    accusations += row.accusations.length
    unknown += row.unknown
    hollow ||= row.owed === 0
    console.log(`${row.name}: ${row.schedules} schedules, ${row.owed} owed, ${row.unknown} unknown, ${row.accusations.length} accusations`)
    for (const { by, anomaly } of row.accusations) console.log(`  ${by}: ${anomaly.code} (${anomaly.rule}) ${anomaly.detail ?? ''}`)
  }
} finally {
  await store.close()
}
console.log(`${chosen.length} programs, ${schedules} schedules on ${values.store}: ${accusations} accusations, ${unknown} unknown`)
process.exitCode = accusations > 0 ? 1 : hollow ? 2 : 0
