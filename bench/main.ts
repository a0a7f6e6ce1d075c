/**
 * Runs the benchmarks, writes `bench/results.json`, and makes docs/benchmarks.md with its plots from it, and the figures
 * of the README.
 *
 *   npm run bench                        all of it, in under 15 minutes
 *   npm run bench -- --quick             to see that all of it works, in under 2; writes to .bench/ and not to docs/
 *   npm run bench -- --only rates,start  these parts anew, the others as they are in results.json; with --quick, of the last quick run if any
 *   npm run bench -- --page              the page anew, from results.json as it is
 *   npm run bench -- --against FILE      all of it, into .bench/again/, and which ratios of those results come out again;
 *                                        exit 1 where one does not
 */
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findRedis } from '../src/dialects/redis/find-redis.js'
import { depth } from './depth.js'
import { detection } from './detection/index.js'
import type { Options } from './options.js'
import { overhead } from './overhead/index.js'
import { filesOf } from './page/index.js'
import { againText } from './page/ratios-section.js'
import { withFigures } from './page/readme.js'
import { compareRatios, differences } from './ratios.js'
import { rates } from './rates/index.js'
import { repetition } from './repetition.js'
import { type Machine, RESULTS_VERSION, type Results } from './results.js'
import { shrinking } from './shrinking.js'
import { start } from './start.js'

/** In this order: what needs a quiet process comes before what loads it. */
const PARTS = { start, overhead, rates, shrinking, depth, detection, repetition } as const

type Part = keyof typeof PARTS

/** Of the repository: this file runs as .bench/bench/main.js. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    page: { type: 'boolean', default: false },
    against: { type: 'string' },
    seed: { type: 'string' },
  },
})
const target = values.quick ? join(ROOT, '.bench/quick') : values.against === undefined ? ROOT : join(ROOT, '.bench/again')
const earlier = values.against === undefined ? undefined : await read(values.against)
const file = join(target, 'bench/results.json')
const before = values.only !== undefined || values.page ? await read(await lastResults()) : undefined
const parts = values.page ? [] : (values.only?.split(',') ?? Object.keys(PARTS)).map(partOf)

// Servers are stopped when the process exits, and a signal alone does not make it do so.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143))

const options: Options = {
  seed: Number(values.seed ?? (earlier ?? before)?.seed ?? 42),
  quick: values.quick,
  say: (what) => console.error(what),
}
console.error(`seed ${options.seed}`)
const measured: Partial<Record<Part, unknown>> = {}
const machine = before === undefined || parts.length > 0 ? await describeMachine() : before.machine
for (const part of parts) measured[part] = await PARTS[part](options)
const { seed, quick } = options
const results = { ...before, version: RESULTS_VERSION, machine, seed, quick, ...measured } as Results
await write(file, `${JSON.stringify(rounded(results), null, 1)}\n`)
// Made from what was written, as anybody can who has the file.
const written = JSON.parse(await readFile(file, 'utf8')) as Results
for (const [path, text] of filesOf(written)) await write(join(target, path), text)
if (target === ROOT) {
  const readme = join(ROOT, 'README.md')
  await write(readme, withFigures(await readFile(readme, 'utf8'), written))
}
console.error(`${file}, and docs/benchmarks.md beside it`)
if (earlier === undefined) process.exit(0)
const [ratios, different] = [compareRatios(earlier, written), differences(earlier, written)]
console.log(againText(ratios, different))
process.exit(different.length === 0 && ratios.every(({ reproduced }) => reproduced) ? 0 : 1)

function partOf(name: string): Part {
  return Object.hasOwn(PARTS, name) ? (name as Part) : fail(`no part is called "${name}". There are: ${Object.keys(PARTS).join(', ')}`)
}

/** Those that this run adds to. Before the first quick run there are only the full ones. */
async function lastResults(): Promise<string> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  return isThere ? file : join(ROOT, 'bench/results.json')
}

async function read(path: string): Promise<Results> {
  const text = await readFile(path, 'utf8').catch((error: Error) => fail(error.message))
  const { version, ...rest } = JSON.parse(text) as Omit<Results, 'version'> & { readonly version: number }
  return version === RESULTS_VERSION
    ? { ...rest, version }
    : fail(`${path} is of version ${version}, not ${RESULTS_VERSION}: npm run bench`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}

async function describeMachine(): Promise<Machine> {
  const redis = await findRedis()
  await redis.close()
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    redis: redis.description,
    // Of all parts, where some are older.
    load: Math.max(loadavg()[0]!, before?.machine.load ?? 0),
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** Four digits: more say nothing. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(4))
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)]))
  return value
}
