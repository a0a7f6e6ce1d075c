/**
 * `tailrace merge`: the parts of one run as one. Certificates are of the shards of an exploration; results are of runs of
 * the suite, such as the test files that a shard of vitest ran. Where both are given, an exploration joins its subject.
 */
import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dialectOf } from '../dialects/dialect.js'
import { decodeResult } from '../report/formats/json.js'
import { ReportError } from '../report/report-schema.js'
import { failureText } from '../report/formats/failure.js'
import { subjectText, summaryText } from '../report/formats/summary.js'
import { mergeResults } from '../report/merge.js'
import { storiesOf } from '../report/findings.js'
import { type SubjectResult, type SuiteResult, exitOf } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { type Certificate, certificateText, decodeCertificate, merge } from '../search/certificate.js'
import { explorationResult } from '../run/explore-target.js'
import { UsageError } from './errors.js'
import type { ReporterOptions } from '../report/reporters.js'
import { chooseReports, writeReports } from './reports.js'
import { exitCode } from './explore.js'

interface Parts {
  readonly results: readonly SuiteResult[]
  readonly certificates: readonly Certificate[]
}

export async function mergeFiles(paths: readonly string[], options: ReporterOptions): Promise<number> {
  const { json } = options
  const reports = chooseReports(options)
  const { results, certificates } = await read(paths)
  if (results.length === 0) {
    if (options.reporter !== undefined)
      throw new UsageError('--reporter is for results, and these are certificates: --json writes what they give together')
    return mergeCertificates(certificates, json)
  }
  const suite = withExplorations(mergeResults(results), certificates)
  const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
  for (const subject of suite.subjects) {
    // What is valid was saved without its history, and needs none.
    for (const { result, also } of storiesOf(subject)) process.stdout.write(`${failureText(result, subject, { ...look, also })}\n\n`)
    process.stdout.write(`${subjectText(subject, { ...look, seed: suite.seed })}\n\n`)
  }
  process.stdout.write(`${summaryText(suite, look)}\n`)
  await writeReports(suite, reports)
  return exitOf(suite)
}

async function mergeCertificates(certificates: readonly Certificate[], json: string | undefined): Promise<number> {
  const certificate = merge(certificates)
  process.stdout.write(`${certificate.subject} × ${certificate.consumer}   ${certificate.store}\n${certificateText(certificate)}\n`)
  if (json !== undefined) await write(json, JSON.stringify(certificate, null, 2))
  return exitCode(certificate, false)
}

/** The certificates of each exploration joined, and put into the results of its subject. */
function withExplorations(suite: SuiteResult, certificates: readonly Certificate[]): SuiteResult {
  const byHash = new Map<string, Certificate[]>()
  for (const each of certificates) byHash.set(each.hash, [...(byHash.get(each.hash) ?? []), each])
  return [...byHash.values()].map(merge).reduce((joined, certificate) => {
    const { subject: name, consumer, store, ms } = certificate
    const known = joined.subjects.find((each) => each.name === name)
    if (known?.exploration !== undefined)
      throw new ReportError(`"${name}" has two explorations, ${known.exploration.certificate} and ${certificate.hash}: merge one of them`)
    // A certificate does not say what is spoken on its store, and has no failure to tell of.
    const dialect = dialectOf('unknown')
    const subject: SubjectResult = known ?? { name, consumer, store, dialect, scenarios: [], skipped: [], ms }
    const explored = { ...subject, exploration: explorationResult({ certificate, stopped: false }) }
    const subjects =
      known === undefined ? [...joined.subjects, explored] : joined.subjects.map((each) => (each === known ? explored : each))
    return { ...joined, subjects }
  }, suite)
}

/** A directory stands for the JSON files in it. */
async function filesOf(path: string): Promise<readonly string[]> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isDirectory) return [path]
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort()
  if (names.length === 0) throw new UsageError(`${path} has no JSON files in it: nothing to merge`)
  return names.map((name) => join(path, name))
}

async function read(paths: readonly string[]): Promise<Parts> {
  const files = (await Promise.all(paths.map(filesOf))).flat()
  const results: SuiteResult[] = []
  const certificates: Certificate[] = []
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`${file} cannot be read (${error.code ?? error.message})`)
    })
    const data = parsed(text, file)
    const has = (key: string) => typeof data === 'object' && data !== null && key in data
    if (has('subjects')) results.push(decodeResult(data, file))
    else if (has('bound')) certificates.push(decodeCertificate(text, file))
    else
      throw new UsageError(
        `${file} is neither a result (run --json, or TAILRACE_RESULTS with vitest) nor a certificate (explore --json) of tailrace`,
      )
  }
  return { results, certificates }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file} is not JSON, or not all of it: ${(error as Error).message}`)
  }
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, `${text}\n`).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be written (${error.code ?? error.message})`)
  })
}
