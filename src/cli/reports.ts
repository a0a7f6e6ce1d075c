/**
 * `--reporter json=report.json,markdown,github`: which reports to write, and where. One without a path goes below
 * `.tailrace/`, but for `github`: its annotations go to the standard output, where the runner looks for them, and its
 * summary is appended to the file that the runner names.
 */
import { appendFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { wallTime } from '../clock/clock.js'
import { REPORTERS, type ReporterName, isReporter } from '../report/reporters.js'
import type { SuiteResult } from '../report/result.js'
import { REPLAY_DIRECTORY } from '../run/replay-file.js'
import { UsageError } from './errors.js'
import { writeOutput } from './write-output.js'

export interface Report {
  readonly format: ReporterName
  /** Undefined: the standard output. */
  readonly file?: string
}

export interface ReportOptions {
  readonly reporter?: readonly string[]
  readonly json?: string
  readonly junit?: string
}

/** @throws UsageError where one is not known, or two would write the same file. */
export function chooseReports({ reporter = [], json, junit }: ReportOptions): readonly Report[] {
  const reports = [
    ...reporter.map(parse),
    ...(json === undefined ? [] : [{ format: 'json', file: json } as const]),
    ...(junit === undefined ? [] : [{ format: 'junit', file: junit } as const]),
  ]
  const files = reports.flatMap(({ file }) => (file === undefined ? [] : [file]))
  const twice = files.find((file, at) => files.indexOf(file) !== at)
  if (twice !== undefined) throw new UsageError(`two reports would be written to ${twice}: give each a path of its own (json=a.json)`)
  return reports
}

function parse(text: string): Report {
  const [, format = '', file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? []
  if (!isReporter(format))
    throw new UsageError(
      `there is no reporter "${format}". There are: ${Object.keys(REPORTERS).join(', ')} (--reporter json=report.json,github)`,
    )
  if (file === '') throw new UsageError(`--reporter ${format}= names no path: leave out the "=" for the usual one`)
  if (file !== undefined) return { format, file }
  return format === 'github' ? { format } : { format, file: join(REPLAY_DIRECTORY, `report.${REPORTERS[format].extension}`) }
}

type Environment = Readonly<Record<string, string | undefined>>

export async function writeReports(suite: SuiteResult, reports: readonly Report[], environment: Environment = process.env): Promise<void> {
  const stop = wallTime()
  for (const { format, file } of reports) {
    const text = await REPORTERS[format].render(suite, { stop, ...directoryIn(environment['GITHUB_WORKSPACE']) })
    if (file === undefined) process.stdout.write(text)
    else await writeOutput(file, text)
    const summary = environment['GITHUB_STEP_SUMMARY']
    if (format === 'github' && summary !== undefined && summary !== '') await append(summary, await REPORTERS.markdown.render(suite))
  }
}

/** The runner takes the paths of annotations from the top of the repository, wherever the step works. */
function directoryIn(workspace: string | undefined) {
  if (workspace === undefined || workspace === '') return {}
  const directory = relative(workspace, process.cwd())
  return directory === '' || directory.startsWith('..') || isAbsolute(directory) ? {} : { directory: directory.replaceAll('\\', '/') }
}

async function append(file: string, text: string): Promise<void> {
  try {
    await appendFile(file, text)
  } catch (error) {
    throw new UsageError(`${file} cannot be appended to (${(error as NodeJS.ErrnoException).code ?? String(error)}; GITHUB_STEP_SUMMARY)`)
  }
}
