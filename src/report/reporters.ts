/**
 * The reporters: one record for each format that a result can be written in. The command line takes its options, help and
 * usual files from here, `tailrace/reporter` its options, and a test holds the table of docs/ci.md to it. Whoever adds a
 * format adds a record; what renders it is loaded when it is asked for.
 */
import type { SuiteResult } from './result.js'

export interface ReporterContext {
  /** When the run was over, in milliseconds since 1970. */
  readonly stop: number
  /** Of the repository: where the working directory is in it, `packages/events`. Annotations are relative to it. */
  readonly directory?: string
}

export interface Reporter {
  /** What it is for, in Markdown: a cell of the table in docs/ci.md. */
  readonly for: string
  /** Where it goes if no path is given: below `.tailrace/`, or to the standard output. */
  readonly usual: { readonly file: string } | 'stdout'
  /** There is an option with its name: `--json <file>`. */
  readonly option?: true
  readonly render: (suite: SuiteResult, context: ReporterContext) => Promise<string>
  /** What is written along with it, at the end of the file that this variable names, if it names one. */
  readonly along?: { readonly variable: string; readonly render: Reporter['render'] }
}

const markdown: Reporter['render'] = async (suite) => (await import('./formats/markdown.js')).toMarkdown(suite)

const records = {
  html: {
    for: 'people: one page without network, each failure a timeline to step through; see [Reading a report](reading-a-report.md)',
    usual: { file: 'report.html' },
    render: async (suite) => (await import('./formats/html/index.js')).toHtml(suite),
  },
  markdown: {
    for: 'a comment on a pull request: verdict, table, and each failure with its explanation and its timeline as a diagram',
    usual: { file: 'report.md' },
    render: markdown,
  },
  junit: {
    for: 'whatever reads JUnit: a suite for each subject, a case for each scenario; unknown is an error, known is skipped',
    usual: { file: 'report.xml' },
    option: true,
    render: async (suite) => (await import('./formats/junit.js')).toJunit(suite),
  },
  json: {
    for: 'other programs, `compare` and `baseline`; its shape is below',
    usual: { file: 'report.json' },
    option: true,
    render: async (suite) => `${(await import('./formats/json.js')).toJson(suite)}\n`,
  },
  github: {
    for: 'annotations on the standard output, and the Markdown appended to the file that `GITHUB_STEP_SUMMARY` names',
    usual: 'stdout',
    render: async (suite, { directory }) => (await import('./formats/github.js')).toGithub(suite, directory),
    along: { variable: 'GITHUB_STEP_SUMMARY', render: markdown },
  },
  ctrf: {
    for: 'readers of the [Common Test Report Format](https://ctrf.io); unknown is `other`',
    usual: { file: 'report.ctrf.json' },
    render: async (suite, context) => (await import('./formats/ctrf.js')).toCtrf(suite, context),
  },
} as const satisfies Record<string, Reporter>

/** A format that a result can be written in, as `--reporter` names it. */
export type ReporterName = keyof typeof records

export const REPORTERS: Readonly<Record<ReporterName, Reporter>> = records

export const REPORTER_NAMES = Object.keys(records) as readonly ReporterName[]

type OptionName = { [Name in ReporterName]: (typeof records)[Name] extends { readonly option: true } ? Name : never }[ReporterName]

/** Those that have an option of their own, by name. */
export const REPORTER_OPTIONS = REPORTER_NAMES.filter((name): name is OptionName => REPORTERS[name].option === true).sort()

export const isReporter = (name: string): name is ReporterName => Object.hasOwn(REPORTERS, name)

/** What was given for the options `--reporter` and `--json`, `--junit` …: formats with or without a path, and paths. */
export interface ReporterOptions extends Partial<Readonly<Record<OptionName, string>>> {
  readonly reporter?: readonly string[]
}
