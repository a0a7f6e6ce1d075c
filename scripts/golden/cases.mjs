/** What is run: each subject on every schedule, one outcome for each. */
import { USE } from './checkout.mjs'

export const SEED = 42
export const BURSTS = { memory: 40, redis: 0, wire: 10 }
/** As in the self-test: its correct implementations have the default. */
const WATCHDOG_MS = { memory: 100, redis: 1500 }
/** The definitions of the schedules themselves, beside the subjects. */
export const SCHEDULES = '(schedules)'

/** Several consumers that share a read wait for each other in real time. */
const ALONE = { consumers: 1 }

export const burstsOf = async (internals, runs, alphabet) => (runs > 0 ? USE.bursts(internals, runs, SEED, alphabet) : [])

/**
 * Every mutant and every correct implementation over a repository.
 * Subject name → an async generator of [case, outcome]; the second is { history, verdict }, or { skipped }, or { error }.
 */
export function repositorySubjectsOf(kind, internals) {
  const { mutants, correctImplementations, openStore, scenarios } = internals
  let opened
  const store = () => (opened ??= openStore(kind, {}))
  const subjects = new Map([[SCHEDULES, () => schedulesOf(scenarios)]])
  for (const mutant of mutants) {
    const definition = USE.mutant(internals, mutant, kind)
    subjects.set(definition.name, async () =>
      casesOf(internals, definition, await store(), BURSTS[kind], { watchdogMs: WATCHDOG_MS[kind] }),
    )
  }
  for (const implementation of correctImplementations) {
    const definition = USE.correct(internals, implementation, kind)
    subjects.set(definition.name, async () => casesOf(internals, definition, await store(), BURSTS[kind], {}))
  }
  return { subjects, close: async () => (await opened)?.close() }
}

export async function* schedulesOf(scenarios) {
  for (const scenario of scenarios) yield [scenario.name, { scenario }]
}

async function* casesOf(internals, definition, store, bursts, options) {
  const runner = USE.runner(internals, definition, store, options)
  const undisturbed = await outcomeOf(runner, { schedule: internals.schedule([]) })
  yield ['undisturbed', undisturbed]
  for (const scenario of internals.scenarios) {
    const skipped = undisturbed.run && USE.notApplicable(internals, definition, scenario, undisturbed.run)
    yield [scenario.name, skipped === undefined ? await outcomeOf(runner, scenario) : { skipped }]
  }
  for (const [i, candidate] of (await burstsOf(internals, bursts, ALONE)).entries())
    yield [`burst ${i + 1}`, await outcomeOf(runner, candidate)]
  yield ['close', await closingOf(runner)]
}

export async function outcomeOf(runner, candidate) {
  try {
    return await USE.judge(runner, candidate)
  } catch (error) {
    return { error: String(error?.message ?? error) }
  }
}

export async function closingOf(runner) {
  try {
    await runner.close()
    return { leak: runner.leak ?? null }
  } catch (error) {
    return { error: String(error?.message ?? error) }
  }
}
