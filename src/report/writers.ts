/** Reports that are written to a file, by name. What makes one is loaded on use. */
import type { SuiteResult } from './result.js'

export const WRITERS = {
  json: async (suite: SuiteResult): Promise<string> => `${(await import('./json.js')).toJson(suite)}\n`,
  junit: async (suite: SuiteResult): Promise<string> => (await import('./junit.js')).toJunit(suite),
  html: async (suite: SuiteResult): Promise<string> => (await import('./html/index.js')).toHtml(suite),
} as const satisfies Readonly<Record<string, (suite: SuiteResult) => Promise<string>>>

export type WriterName = keyof typeof WRITERS
