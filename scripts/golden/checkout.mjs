/** What is used of a checkout: where its dist/ has it, and how it is called. Old checkouts go on working. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Logical name → where it may be, relative to dist/, and what it may be called there; the first that is there is taken.
 * When code moves, add its new place to the list: old checkouts go on working. What is at none of these places is looked
 * for by its name in all of dist/, and taken if exactly one module exports it.
 */
const INTERNALS = {
  scenarios: [['scenarios/index.js'], ['scenarios']],
  wireScenarios: [['scenarios/wire/index.js'], ['wireScenarios']],
  mutants: [['src/kit/mutants/index.js', 'src/mutants/index.js'], ['mutants']],
  mutantSubject: [['src/kit/mutants/index.js', 'src/mutants/index.js'], ['mutantSubject']],
  correctImplementations: [['src/kit/correct/correct.js', 'src/mutants/correct.js'], ['correctImplementations']],
  Runner: [
    ['src/run/runner.js', 'src/suite/subject-runner.js'],
    ['Runner', 'SubjectRunner'],
  ],
  gatesOf: [['src/suite/subject-runner.js'], ['gatesOf']],
  notApplicable: [['src/suite/resolve.js'], ['notApplicable']],
  bursts: [['src/search/bursts.js'], ['bursts']],
  schedule: [['src/schedule/schedule.js'], ['schedule']],
  openStore: [['src/store/open-store.js'], ['openStore']],
  findRedis: [['src/store/find-redis.js'], ['findRedis']],
  wire: [['src/wire/definition.js'], ['wire']],
  commandSubject: [['src/wire/command.js'], ['commandSubject']],
  wireRunner: [
    ['src/suite/run-wire.js', 'src/run/target.js'],
    ['wireRunner', 'runnerOf'],
  ],
  runWire: [
    ['src/suite/run-wire.js', 'src/run/run-target.js'],
    ['runWire', 'runTarget'],
  ],
  /** Since there is one pipeline: makes of what `wire` gives what it runs. */
  wireTarget: [['src/run/wire-target.js'], ['wireTarget'], 'optional'],
}

/** How they are called. When a signature changes, this is the place. */
export const USE = {
  runner: ({ Runner }, definition, store, options) => new Runner(definition, store, options),
  judge: async (runner, { schedule, consumer, chooser }) => {
    const { run, verdict } = await runner.judge(schedule, { consumer, chooser })
    return { run, verdict, history: run.history }
  },
  mutant: ({ mutantSubject }, mutant, kind) => mutantSubject(mutant, kind),
  correct: (_, implementation, kind) => implementation.subject(kind),
  /** The first so many bursts of the seed that begin anew: who chooses their steps is there for one run. */
  bursts: async ({ bursts }, runs, seed, alphabet) => {
    const candidates = []
    const from = bursts({ runs, seed, shrink: false, ...(alphabet && { alphabet }) })
    const judged = ({ schedule }) => ({
      run: { schedule, ending: { kind: 'completed' }, history: [] },
      verdict: { result: 'valid', anomalies: [], counts: {} },
    })
    for (let next = await from.next(); next !== undefined; next = await from.next()) {
      candidates.push(next)
      from.told(judged(next))
    }
    return candidates
  },
  wireRunner: ({ wireRunner, wireTarget }, wired, watchdogMs) =>
    wireTarget === undefined
      ? wireRunner(wired, watchdogMs)
      : wireRunner(wireTarget(wired), watchdogMs === undefined ? {} : { watchdogMs }),
  runWire: ({ runWire, wireTarget }, wired, options) => runWire(wireTarget === undefined ? wired : wireTarget(wired), options),
  /** Why this scenario says nothing about the subject, or undefined. */
  notApplicable: ({ notApplicable, gatesOf }, definition, scenario, undisturbed) =>
    notApplicable(definition, scenario, gatesOf(undisturbed)),
}

export async function loadInternals(checkout) {
  const dist = join(checkout, 'dist')
  if (!existsSync(dist)) throw new Error(`${dist} is not there: npm run build`)
  const loaded = {}
  let files
  for (const [name, [paths, exports, optional]] of Object.entries(INTERNALS)) {
    for (const path of paths.filter((each) => existsSync(join(dist, each)))) {
      const module = await import(pathToFileURL(join(dist, path)).href)
      const known = exports.find((each) => each in module)
      if (known !== undefined) loaded[name] ??= module[known]
    }
    if (loaded[name] !== undefined) continue
    files ??= filesBelow(dist).map((file) => [file, readFileSync(file, 'utf8')])
    const declaring = (each) => {
      const declares = new RegExp(`^export (?:async )?(?:function\\*?|class|const|let) ${each}\\b`, 'm')
      return files.filter(([, text]) => declares.test(text)).map(([file]) => file)
    }
    const found = exports.map(declaring).find((each) => each.length > 0) ?? []
    if (found.length === 0 && optional) continue
    if (found.length !== 1) {
      const where = found.map((file) => relative(dist, file)).join(', ')
      throw new Error(
        `"${name}" is ${found.length === 0 ? 'nowhere' : `at several places (${where})`} in ${dist}: see INTERNALS in scripts/golden/checkout.mjs`,
      )
    }
    const module = await import(pathToFileURL(found[0]).href)
    loaded[name] = module[exports.find((each) => each in module)]
  }
  return loaded
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name))
