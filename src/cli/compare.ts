/** `tailrace compare`: what changed between two reports. */
import { compare } from '../report/compare.js'
import { compareMarkdown, compareText } from '../report/formats/comparison.js'
import { readReport } from '../report/report-schema.js'
import { styleFor } from '../report/style.js'
import { writeOutput } from './write-output.js'

export async function compareReports(
  base: string,
  head: string,
  { markdown, html }: { readonly markdown?: string; readonly html?: string },
): Promise<number> {
  const comparison = compare(await readReport(base), await readReport(head))
  if (markdown !== undefined) await writeOutput(markdown, compareMarkdown(comparison))
  if (html !== undefined) await writeOutput(html, await (await import('../report/formats/html/index.js')).comparisonToHtml(comparison))
  const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
  process.stdout.write(`${compareText(comparison, look)}\n`)
  return comparison.regression ? 1 : 0
}
