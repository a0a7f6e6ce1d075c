/** Every format that a result can be written in, each loaded when it is asked for. */
import type { SuiteResult } from './result.js'

export interface ReporterContext {
  /** When the run was over, in milliseconds since 1970. */
  readonly stop: number
  /** Of the repository: where the working directory is in it, `packages/events`. Annotations are relative to it. */
  readonly directory?: string
}

interface Reporter {
  readonly extension: string
  readonly render: (suite: SuiteResult, context: ReporterContext) => Promise<string>
}

export const REPORTERS = {
  html: { extension: 'html', render: async (suite) => (await import('./formats/html/index.js')).toHtml(suite) },
  markdown: { extension: 'md', render: async (suite) => (await import('./formats/markdown.js')).toMarkdown(suite) },
  junit: { extension: 'xml', render: async (suite) => (await import('./formats/junit.js')).toJunit(suite) },
  json: { extension: 'json', render: async (suite) => `${(await import('./formats/json.js')).toJson(suite)}\n` },
  github: { extension: 'txt', render: async (suite, context) => (await import('./formats/github.js')).toGithub(suite, context.directory) },
  ctrf: { extension: 'ctrf.json', render: async (suite, context) => (await import('./formats/ctrf.js')).toCtrf(suite, context) },
} as const satisfies Record<string, Reporter>

/** A format that a result can be written in, as `--reporter` names it. */
export type ReporterName = keyof typeof REPORTERS

export const isReporter = (name: string): name is ReporterName => Object.hasOwn(REPORTERS, name)
