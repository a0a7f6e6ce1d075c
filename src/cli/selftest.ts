/** `tailrace selftest`: the kit against its mutants and the correct implementations, and the matrix of what came of it. */
import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { correctImplementations } from '../kit/correct/correct.js'
import { mutants } from '../kit/mutants/index.js'
import type { Mutant } from '../kit/mutants/mutant.js'
import { createProgress } from '../report/formats/live.js'
import { EXIT } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { rules } from '../oracle/rules.js'
import type { DialectName } from '../subject/subject.js'
import { STRATEGIES } from '../kit/selftest.js'
import { type MutantRow, type SelftestResult, isPassed, resultOf, selftest } from '../kit/selftest.js'
import { scenarios } from '../../scenarios/index.js'
import { ConfigError, importUserFile } from './config-file.js'
import { withStores } from './stores.js'

export interface SelftestCommandOptions {
  readonly config?: string
  readonly store?: DialectName
  readonly quick?: boolean
  readonly seed: number
  readonly redis?: string
  readonly json?: string | true
}

/** Over all correct implementations together. */
const SCHEDULES = { full: { memory: 200_000, redis: 5000, own: 2000 }, quick: { memory: 5000, redis: 500, own: 200 } }

export async function runSelftest(options: SelftestCommandOptions): Promise<number> {
  const foreign = options.config === undefined ? undefined : await loadMutants(options.config)
  const progress = createProgress(process.stderr)
  const result = await withStores(options.redis, (stores) =>
    selftest({
      stores: options.store === undefined ? ['memory', 'redis'] : [options.store],
      mutants: foreign ?? mutants,
      correct: foreign === undefined ? correctImplementations : [],
      rules: foreign === undefined ? rules : rules.filter(({ id }) => foreign.some(({ breaks }) => breaks === id)),
      scenarios,
      seed: options.seed,
      bursts: 500,
      lastResort: { memory: 10_000, redis: 10_000, own: 200 },
      bound: { appends: 3, cycles: 2 },
      correctSchedules: options.quick ? SCHEDULES.quick : SCHEDULES.full,
      openStore: stores.get,
      onProgress: (what) => progress.update(what),
    }),
  ).finally(() => progress.stop())
  const json = `${JSON.stringify({ version: 1, passed: isPassed(result), summary: summaryOf(result), ...result }, null, 2)}\n`
  if (options.json === true) process.stdout.write(json)
  else print(result)
  if (typeof options.json === 'string') await writeFile(options.json, json)
  return EXIT[resultOf(result)]
}

function summaryOf({ mutants: rows, correct }: SelftestResult) {
  const stores = [...new Set(rows.map(({ store }) => store))]
  return stores.map((store) => {
    const mine = rows.filter((row) => row.store === store)
    const score = (rate: readonly MutantRow[]) => `${rate.length}/${mine.length}`
    return {
      store,
      killed: score(mine.filter(({ killed }) => killed)),
      byStrategy: Object.fromEntries(STRATEGIES.map((strategy) => [strategy, score(mine.filter(({ by }) => by[strategy] !== undefined))])),
      correctSchedules: correct.filter((row) => row.store === store).reduce((sum, { schedules }) => sum + schedules, 0),
      falsePositives: correct.filter((row) => row.store === store).reduce((sum, { accusations }) => sum + accusations.length, 0),
    }
  })
}

const unfinished = (error: string): string => `not run to the end: ${error}`

function print(result: SelftestResult): void {
  const style = styleFor(process.stdout)
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const width = Math.max(...result.mutants.map(({ name }) => name.length))
  for (const { name, breaks, trips, depth, store, killed, by, otherwise, misnamed, error } of result.mutants) {
    const kills = STRATEGIES.flatMap((strategy) =>
      by[strategy] === undefined
        ? []
        : [`${strategy} ${by[strategy].after} (${by[strategy].by}${by[strategy].window === undefined ? '' : ` @${by[strategy].window}`})`],
    )
    const survived = style.bad(`SURVIVED${otherwise.length > 0 ? `; found instead: ${otherwise.join(', ')}` : ''}`)
    const wrong = misnamed.length === 0 ? '' : style.bad(`MISNAMED as ${misnamed.join(', ')}`)
    const how = [wrong, killed ? kills.join(' · ') : error === undefined ? survived : '', error === undefined ? '' : unfinished(error)]
    const mark = error !== undefined ? style.unsure('?') : killed && misnamed.length === 0 ? style.good('✓') : style.bad('✗')
    say(
      `${mark} ${store.padEnd(6)} ${name.padEnd(width)}  ${breaks.padEnd(4)} ${trips.padEnd(20)} depth ${depth}  ${how.filter((each) => each !== '').join(' · ')}`,
    )
  }
  say('')
  for (const { name, store, schedules, owed, accusations, error } of result.correct) {
    const mark = accusations.length > 0 ? style.bad('✗') : error !== undefined ? style.unsure('?') : style.good('✓')
    const figures = `${schedules} schedules, ${owed} owed, ${accusations.length} accusations`
    say(`${mark} ${store.padEnd(6)} ${name.padEnd(width)}  ${figures}${error === undefined ? '' : ` · ${unfinished(error)}`}`)
    for (const { by, anomaly } of accusations) say(`    ${by}: ${anomaly.code}: ${anomaly.evidence}`)
  }
  if (result.unowned.length > 0) say(style.bad(`\nrequired rules that no mutant breaks: ${result.unowned.join(', ')}`))
  for (const { store, killed, byStrategy, correctSchedules, falsePositives } of summaryOf(result)) {
    say(
      `\n${store}: ${killed} mutants killed for the declared reason (${Object.entries(byStrategy)
        .map(([strategy, score]) => `${strategy} ${score}`)
        .join(', ')}); ${falsePositives} false positives over ${correctSchedules.toLocaleString('en-US')} schedules`,
    )
  }
}

/** A file whose default export is `{ mutants: [...] }`, in the shape of src/kit/mutants/mutant.ts. */
async function loadMutants(path: string): Promise<readonly Mutant[]> {
  const file = resolve(process.cwd(), path)
  const module = await importUserFile(pathToFileURL(file).href, path)
  const found = (module as { default?: { mutants?: readonly Mutant[] } }).default?.mutants
  if (!Array.isArray(found)) throw new ConfigError(`${path} has no mutants: expected export default { mutants: [mutant({ … })] }`)
  for (const { name, breaks } of found as readonly Mutant[]) {
    if (!rules.some(({ id }) => id === breaks))
      throw new ConfigError(`${path}: mutant "${name}" breaks "${breaks}", and there is no such rule (tailrace rules lists them)`)
  }
  return found as readonly Mutant[]
}
