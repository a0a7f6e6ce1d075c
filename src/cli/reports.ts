/**
 * `--reporter json=report.json,markdown,github`: which reports to write, and where. One without a path goes where its
 * record says (see report/reporters.ts): below `.tailrace/`, or to the standard output.
 */
import { appendFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { wallTime } from '../clock/clock.js'
import { REPORTERS, REPORTER_NAMES, REPORTER_OPTIONS, type ReporterName, type ReporterOptions, isReporter } from '../report/reporters.js'
import type { SuiteResult } from '../report/result.js'
import { REPLAY_DIRECTORY } from '../run/replay-file.js'
import { UsageError } from './errors.js'
import { writeOutput } from './write-output.js'

/** A report that is asked for. */
export interface RequestedReport {
  readonly format: ReporterName
  /** Undefined: the standard output. */
  readonly file?: string
}

/** @throws UsageError where one is not known, or two would write the same file. */
export function chooseReports(options: ReporterOptions): readonly RequestedReport[] {
  const reports = [
    ...(options.reporter ?? []).map(parse),
    ...REPORTER_OPTIONS.flatMap((format) => {
      const file = options[format]
      return file === undefined ? [] : [{ format, file }]
    }),
  ]
  const files = reports.flatMap(({ file }) => (file === undefined ? [] : [file]))
  const twice = files.find((file, at) => files.indexOf(file) !== at)
  if (twice !== undefined) throw new UsageError(`two reports would be written to ${twice}: give each a path of its own (json=a.json)`)
  return reports
}

function parse(text: string): RequestedReport {
  const [, format = '', file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? []
  if (!isReporter(format))
    throw new UsageError(`there is no reporter "${format}". There are: ${REPORTER_NAMES.join(', ')} (--reporter json=report.json,github)`)
  if (file === '') throw new UsageError(`--reporter ${format}= names no path: leave out the "=" for the usual one`)
  if (file !== undefined) return { format, file }
  const { usual } = REPORTERS[format]
  return usual === 'stdout' ? { format } : { format, file: join(REPLAY_DIRECTORY, usual.file) }
}

type Environment = Readonly<Record<string, string | undefined>>

export async function writeReports(
  suite: SuiteResult,
  reports: readonly RequestedReport[],
  environment: Environment = process.env,
): Promise<void> {
  const context = { stop: wallTime(), ...directoryIn(environment['GITHUB_WORKSPACE']) }
  for (const { format, file } of reports) {
    const { render, along } = REPORTERS[format]
    const text = await render(suite, context)
    if (file === undefined) process.stdout.write(text)
    else await writeOutput(file, text)
    const other = along && environment[along.variable]
    if (along !== undefined && other) await append(other, await along.render(suite, context), along.variable)
  }
}

/** The runner takes the paths of annotations from the top of the repository, wherever the step works. */
function directoryIn(workspace: string | undefined) {
  if (workspace === undefined || workspace === '') return {}
  const directory = relative(workspace, process.cwd())
  return directory === '' || directory.startsWith('..') || isAbsolute(directory) ? {} : { directory: directory.replaceAll('\\', '/') }
}

async function append(file: string, text: string, variable: string): Promise<void> {
  try {
    await appendFile(file, text)
  } catch (error) {
    throw new UsageError(`${file} cannot be appended to (${(error as NodeJS.ErrnoException).code ?? String(error)}; ${variable})`)
  }
}
