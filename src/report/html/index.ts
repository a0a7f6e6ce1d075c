/** The report as one HTML page that needs nothing else: no network, no other file. What makes it is loaded on use. */
import type { Comparison } from '../compare/compare.js'
import type { SuiteResult } from '../result.js'

export async function toHtml(suite: SuiteResult): Promise<string> {
  const { documentOf } = await import('./document.js')
  return documentOf(suite)
}

export async function comparisonToHtml(comparison: Comparison): Promise<string> {
  const { comparisonPage } = await import('./comparison.js')
  return comparisonPage(comparison)
}
