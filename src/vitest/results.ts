/** How a result gets from the process that runs a test to the one that reports it: with the metadata of its suite, as JSON. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { toJson } from '../report/formats/json.js'
import type { SuiteResult } from '../report/result.js'
import type { Certificate } from '../search/certificate.js'

const KEY = 'tailrace'

/** Suites are nested: each `describe` has one result at most. */
export function attachResult(task: { readonly meta: object }, suite: SuiteResult): void {
  Object.assign(task.meta, { [KEY]: JSON.parse(toJson(suite)) as unknown })
}

/** None, or one. */
export const resultsOf = (meta: object): readonly unknown[] => (KEY in meta ? [meta[KEY]] : [])

// ── What a test file found, saved for `tailrace merge`: under `vitest --shard` each file runs on one machine only, and the
// results of all of them belong together.

/** Names taken by this test file. */
const taken = new Map<string, number>()

/**
 * A name of its own for each `describeStreamRepository`, whatever the subject is called, and the same one in each run: told
 * apart by the test file and, within it, by their order.
 */
export function nameOfResults(subject: string, testFile: string, root: string): string {
  const key = `${relative(root, testFile)}\n${subject}`
  const nth = taken.get(key) ?? 0
  taken.set(key, nth + 1)
  const hash = createHash('sha256').update(`${key}\n${nth}`).digest('hex').slice(0, 8)
  const readable = subject.replace(/[^\w.-]+/g, '-').slice(0, 60)
  return `${readable}-${hash}`
}

/** Where results are to go: what the option says, else the environment; undefined for nowhere. */
export const resultsDirectory = (option: string | undefined): string | undefined => option ?? (process.env['TAILRACE_RESULTS'] || undefined)

export async function saveResults(
  directory: string,
  name: string,
  suite: SuiteResult,
  certificate: Certificate | undefined,
): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, `${name}.json`), `${toJson(suite)}\n`)
  if (certificate === undefined) return
  const [shard = ''] = certificate.shards
  const file = `${name}.shard-${shard.replace('/', '-of-')}.json`
  await writeFile(join(directory, file), `${JSON.stringify(certificate, null, 2)}\n`)
}
