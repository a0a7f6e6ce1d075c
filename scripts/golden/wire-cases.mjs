/**
 * What is run over the wire: the programs of the checkout's examples/wire, and the consumers of the tests beside this script.
 * All three languages are needed.
 */
import { createJiti } from 'jiti'
import { BURSTS, SCHEDULES, SEED, burstsOf, closingOf, outcomeOf, schedulesOf } from './cases.mjs'
import { USE } from './checkout.mjs'

const jiti = createJiti(import.meta.url)

/** A module of test/support: TypeScript. */
const ofTests = (name) => jiti.import(`../../test/support/${name}.ts`)

/** Those that are also run with modelled time-outs. */
const FAST = new Set(['snapshot', 'literal-dollar', 'group-reads-pending', 'for-ever'])

/** @param progress told now and then that it goes on. */
export async function wireSubjectsOf(internals, checkout, progress) {
  const { wireScenarios, findRedis, wire, wireTarget, schedule, commandSubject } = internals
  const subjects = new Map([[SCHEDULES, () => schedulesOf(wireScenarios)]])

  async function* cases(subject, { fast = false, watchdogMs } = {}) {
    const wired = await wire(subject, await findRedis({}), { fast })
    try {
      const options = { scenarios: wireScenarios, bursts: 0, seed: SEED, onProgress: progress }
      const result = await USE.runWire(internals, wired, { ...options, ...(watchdogMs === undefined ? {} : { watchdogMs }) })
      for (const { name, schedule: told, history, verdict, notes } of result.scenarios)
        yield [name === 'undisturbed' ? 'survey' : name, { schedule: told, history, verdict, notes }]
      for (const { name, reason } of result.skipped) yield [name, { skipped: reason }]
      if (result.error !== undefined) yield ['suite', { error: result.error }]

      const runner = USE.wireRunner(internals, wired, watchdogMs)
      yield ['undisturbed', await outcomeOf(runner, { schedule: schedule([]) })]
      const { alphabet } = wireTarget(wired)
      if (alphabet !== undefined)
        for (const [i, candidate] of (await burstsOf(internals, BURSTS.wire, alphabet)).entries())
          yield [`burst ${i + 1}`, await outcomeOf(runner, candidate)]
      yield ['close', await closingOf(runner)]
    } finally {
      await wired.store.close()
    }
  }

  const { languagesOf, LOOPS } = await ofTests('wire-programs')
  for (const { name, missing, subject } of languagesOf(checkout, commandSubject)) {
    if (missing !== undefined) throw new Error(`${name} has no Redis client: ${missing}`)
    for (const loop of LOOPS) subjects.set(`${name} ${loop}`, async () => cases(await subject(loop)))
  }
  const { WIRE_CONSUMERS } = await ofTests('wire-consumers')
  for (const subject of WIRE_CONSUMERS) subjects.set(`node/${subject.name}`, () => cases(subject, { watchdogMs: 1500 }))
  for (const subject of WIRE_CONSUMERS.filter(({ name }) => FAST.has(name)))
    subjects.set(`node, fast/${subject.name}`, () => cases(subject, { watchdogMs: 1500, fast: true }))
  return { subjects, close: async () => {} }
}
