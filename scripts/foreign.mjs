/**
 * Runs the correct programs of test/foreign over many schedules: the scenarios that apply, an exploration, and bursts. None of them may
 * be accused, and what says nothing is counted, reason by reason. It runs the compiled code of dist/: build it first.
 *
 *   npm run foreign -- [--store memory|redis|wire] [--schedules n] [--seed n] [--only text]
 *
 * Exits 1 where one was accused, and 2 where nothing was owed to one in all of its schedules, or it could not be run.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { scenarios } from '../dist/scenarios/index.js'
import { openStore } from '../dist/src/dialects/open-store.js'
import { tryCorrect } from '../dist/src/kit/selftest.js'
import { foreign } from '../test/foreign/all.mjs'
import { programsOnWire, tryOverWire } from './foreign/over-wire.mjs'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'memory' },
    schedules: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '42' },
    only: { type: 'string', default: '' },
  },
})
const seed = Number(values.seed)
const chosen = (values.store === 'wire' ? await programsOnWire() : foreign).filter(({ name }) => name.includes(values.only))
const schedules = Math.ceil(Number(values.schedules) / chosen.length)

/** A row for each program, as soon as it is there. */
async function* rows() {
  if (values.store === 'wire') {
    for (const program of chosen) {
      if (program.missing === undefined) yield await tryOverWire(program, { schedules, seed })
      else yield { name: program.name, schedules: 0, owed: 0, unknown: {}, accusations: [], error: program.missing }
    }
    return
  }
  const store = await openStore(values.store, {})
  const options = { correct: [{}], scenarios, seed, bound: { appends: 3, cycles: 2 }, correctSchedules: { [values.store]: schedules } }
  try {
    for (const implementation of chosen) yield await tryCorrect(implementation, values.store, store, options)
  } finally {
    await store.close()
  }
}

/** Reasons that differ only in their numbers and in which program it was are the same. */
const kindOf = (reason) => reason.replaceAll(/\d+/g, 'n').slice(0, 160)
const sum = (counts) => Object.values(counts).reduce((total, n) => total + n, 0)
const say = (line) => process.stdout.write(`${line}\n`)

const load = () => loadavg()[0].toFixed(1)
const [began, loadBefore] = [performance.now(), load()]
const reasons = {}
const total = { schedules: 0, accusations: 0 }
let hollow = false
for await (const { name, schedules, owed, unknown, accusations, error } of rows()) {
  total.schedules += schedules
  total.accusations += accusations.length
  hollow ||= owed === 0 || error !== undefined
  say(`${name}: ${schedules} schedules, ${owed} owed, ${sum(unknown)} unknown, ${accusations.length} accusations`)
  for (const { by, anomaly } of accusations) say(`  ${by}: ${anomaly.code} (${anomaly.rule}) ${anomaly.evidence}`)
  if (error !== undefined) say(`  not run to the end: ${error}`)
  for (const [reason, n] of Object.entries(unknown)) reasons[kindOf(reason)] = (reasons[kindOf(reason)] ?? 0) + n
}
const seconds = Math.round((performance.now() - began) / 1000)
say(
  `\n${chosen.length} programs, ${total.schedules} schedules on ${values.store}: ${total.accusations} accusations, ${sum(reasons)} unknown`,
)
for (const [reason, n] of Object.entries(reasons).sort(([, a], [, b]) => b - a)) say(`  ${n} × ${reason}`)
say(`seed ${seed}, ${seconds} s; the load of the machine was ${loadBefore}, and ${load()} in the end`)
process.exitCode = total.accusations > 0 ? 1 : hollow ? 2 : 0
