/** What is on record: its files, recording them, and comparing a checkout with them. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { SEED } from './cases.mjs'
import { describe, digestOf, kindOf } from './outcomes.mjs'
import { runAll } from './workers.mjs'

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0)

const fileOf = (outdir, kind, subject) => join(outdir, kind, `${subject.replaceAll(/[^\w().-]+/g, '_')}.jsonl.gz`)
const digestsFile = (outdir, kind) => join(outdir, `digests-${kind}.json`)
const unstableFile = (outdir, kind) => join(outdir, `unstable-${kind}.json`)
const readJson = (file, otherwise) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise)

/** Subject → Map of case → digest. */
function readDigests(outdir, kind) {
  const { cases, subjects } = readJson(digestsFile(outdir, kind), { cases: [], subjects: {} })
  return new Map(
    Object.entries(subjects).map(([subject, text]) => [
      subject,
      new Map(text.split(' ').flatMap((digest, i) => (digest === '-' ? [] : [[cases[i], digest]]))),
    ]),
  )
}

/** A line for each subject, with the digests in the order of the cases; `-` where there is none. */
function writeDigests(outdir, kind, digests) {
  const cases = [...new Set([...digests.values()].flatMap((each) => [...each.keys()]))]
  const subjects = {}
  for (const subject of [...digests.keys()].toSorted(byText))
    subjects[subject] = cases
      .map((name) => digests.get(subject).get(name) ?? '-')
      .join(' ')
      .replace(/( -)+$/, '')
  writeFileSync(digestsFile(outdir, kind), `${JSON.stringify({ seed: SEED, cases, subjects }, null, 2)}\n`)
}

function readLines(outdir, kind, subject) {
  const file = fileOf(outdir, kind, subject)
  if (!existsSync(file)) return undefined
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean)
  return new Map(lines.map((line) => [JSON.parse(line).case, line]))
}

const matches = (only, subject, name) => only === undefined || `${subject} / ${name}`.includes(only)

export async function record(kind, checkout, outdir, options) {
  const results = await runAll(kind, checkout, options)
  if (options.only === undefined) rmSync(join(outdir, kind), { recursive: true, force: true })
  mkdirSync(join(outdir, kind), { recursive: true })
  const digests = options.only === undefined ? new Map() : readDigests(outdir, kind)
  let pairs = 0
  for (const [subject, lines] of results) {
    if (![...lines.keys()].some((name) => matches(options.only, subject, name))) continue
    writeFileSync(fileOf(outdir, kind, subject), gzipSync([...lines.values(), ''].join('\n'), { level: 9 }))
    digests.set(subject, new Map([...lines].map(([name, line]) => [name, digestOf(line)])))
    pairs += lines.size
  }
  writeDigests(outdir, kind, digests)
  return { pairs }
}

/** How often what differs is tried again: on a server, a few pairs hang on its clock, or on who was quicker. */
const RETRIES = { memory: 2, redis: 3, wire: 2 }
/** Where more differs than this, it is no matter of timing, and nothing is tried again. */
const TRIED_AGAIN = 200

export async function compare(kind, checkout, outdir, options) {
  const before = readDigests(outdir, kind)
  if (before.size === 0) throw new Error(`${digestsFile(outdir, kind)} is not there: record it first`)
  const unstable = new Set(readJson(unstableFile(outdir, kind), []))
  const results = await runAll(kind, checkout, options)
  let different = []
  let pairs = 0
  let ignored = 0
  for (const subject of new Set([...before.keys(), ...results.keys()])) {
    const [was, now] = [before.get(subject) ?? new Map(), results.get(subject)]
    // Of a subject that was not asked for nothing is known.
    if (now === undefined && options.only !== undefined) continue
    let recorded
    for (const name of new Set([...was.keys(), ...(now?.keys() ?? [])])) {
      if (!matches(options.only, subject, name)) continue
      const pair = `${subject} / ${name}`
      const line = now?.get(name)
      if (unstable.has(pair) || unstable.has(`${subject} / *`)) {
        ignored++
        recorded ??= readLines(outdir, kind, subject) ?? new Map()
        // That there is a history at all holds of these, too.
        if (!recorded.has(name) || (line !== undefined && kindOf(line) === kindOf(recorded.get(name)))) continue
      } else pairs++
      if (line !== undefined && digestOf(line) === was.get(name)) continue
      recorded ??= readLines(outdir, kind, subject) ?? new Map()
      different.push({ pair, subject, name, digest: was.get(name), text: describe(was.has(name), recorded.get(name), line) })
    }
  }
  if (options.markUnstable) {
    const all = [...unstable, ...different.map(({ pair }) => pair)].toSorted(byText)
    writeFileSync(unstableFile(outdir, kind), `${JSON.stringify(all, null, 2)}\n`)
  }
  const unsteady = []
  const retries = options.markUnstable || different.length > TRIED_AGAIN ? 0 : (options.retries ?? RETRIES[kind])
  for (let attempt = 2; attempt <= retries + 1 && different.length > 0; attempt++) {
    const again = await runAll(kind, checkout, { ...options, subjects: new Set(different.map(({ subject }) => subject)) })
    const came = ({ subject, name, digest }) => {
      const line = again.get(subject)?.get(name)
      return line !== undefined && digestOf(line) === digest
    }
    unsteady.push(...different.filter(came).map(({ pair }) => `${pair} (at try ${attempt})`))
    different = different.filter((each) => !came(each))
  }
  for (const { pair, text } of different.slice(0, options.limit)) process.stdout.write(`${pair}\n${text}\n`)
  if (different.length > options.limit) process.stdout.write(`… and ${different.length - options.limit} more (--limit)\n`)
  if (different.length > 1) {
    process.stdout.write(`${kind}: by case: ${countBy(different.map(({ name }) => name))}\n`)
    process.stdout.write(`${kind}: by subject: ${countBy(different.map(({ subject }) => subject))}\n`)
  }
  if (unsteady.length > 0) process.stdout.write(`${kind}: as recorded only when tried again: ${unsteady.join(', ')}\n`)
  return { pairs, different: different.length, ignored }
}

const countBy = (names) => {
  const counts = new Map()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 12)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
