/** Races as pictures: a scenario, run on the model, on an implementation that is broken on purpose and fails there. */
import type { Verdict } from '../oracle/check.js'
import type { History } from '../history/event.js'
import { mutantSubject, mutants } from './mutants/index.js'
import type { Mutant } from './mutants/mutant.js'
import type { Scenario } from '../schedule/scenario.js'
import { memoryStore } from '../dialects/memory/memory-store.js'
import { Runner } from '../run/runner.js'

export interface Illustration {
  readonly scenario: Scenario
  readonly mutant: Mutant
  readonly history: History
  readonly verdict: Verdict
}

/** Enough for the model, whose runs hang in no timer. */
const WATCHDOG_MS = 100

/** @throws where the mutant is not found by the scenario: it would show nothing. */
export async function illustrate(scenario: Scenario, mutantName: string | undefined): Promise<Illustration> {
  const where = `scenarios/races.ts, ${scenario.race}, "${scenario.name}"`
  const mutant = mutants.find(({ name }) => name === mutantName)
  if (mutant === undefined) throw new Error(`${where}: expected the name of a mutant (src/mutants), got ${String(mutantName)}`)
  const runner = new Runner(mutantSubject(mutant, 'memory'), memoryStore(), { watchdogMs: WATCHDOG_MS })
  const { run, verdict } = await runner.judge(scenario.schedule, scenario.consumer)
  await runner.close()
  if (verdict.result !== 'invalid') throw new Error(`${where}: "${mutant.name}" is not found there: name another mutant`)
  return { scenario, mutant, history: run.history, verdict }
}
