/** What is done with reports of earlier runs. `tailrace compare`: what changed between two of them. */
import * as v from 'valibot'
import { existsSync } from 'node:fs'
import { UsageError } from './errors.js'
import { writeOutput } from './write-output.js'
import { today } from '../clock/clock.js'
import { baselineText, join, lossesOf, readBaseline } from '../report/baseline.js'
import { compare } from '../report/compare.js'
import { compareMarkdown, compareText } from '../report/formats/comparison.js'
import { decodeResult } from '../report/formats/json.js'
import { readJson } from '../report/report-schema.js'
import { styleFor } from '../report/style.js'
import { count } from '../report/text.js'

export async function compareReports(
  base: string,
  head: string,
  { markdown, html }: { readonly markdown?: string; readonly html?: string },
): Promise<number> {
  const comparison = compare(await resultIn(base), await resultIn(head))
  if (markdown !== undefined) await writeOutput(markdown, compareMarkdown(comparison))
  if (html !== undefined) await writeOutput(html, await (await import('../report/formats/html/index.js')).comparisonToHtml(comparison))
  const look = { style: styleFor(process.stdout), width: process.stdout.columns ?? 80 }
  process.stdout.write(`${compareText(comparison, look)}\n`)
  return comparison.regression ? 1 : 0
}

const resultIn = async (path: string) => decodeResult(await readJson(path), path)

// ── `tailrace baseline`: what a report shows as lost is known from now on, until a day.

export interface BaselineOptions {
  readonly reason: string
  readonly expires: string
  readonly file: string
}

/** 2027-02-31 is read as the third of March. */
const isInCalendar = (text: string) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
const isDate = (text: string) => v.is(v.pipe(v.string(), v.isoDate()), text) && isInCalendar(text)

export async function recordBaseline(path: string, { reason, expires, file }: BaselineOptions): Promise<number> {
  if (reason.trim() === '') throw new UsageError('--reason is empty: whoever finds the loss again wants to know why it was accepted')
  if (!isDate(expires)) throw new UsageError(`--expires ${expires} is not a date: expected one such as 2027-01-31`)
  if (expires < today()) throw new UsageError(`--expires ${expires} is in the past: today is ${today()} (UTC)`)
  const report = await resultIn(path)
  const before = existsSync(file) ? await readBaseline(file) : []
  const { losses, added, renewed, kept } = join(before, lossesOf(report, { reason, expires }), today())
  if (added.length + renewed.length + kept.length === 0) {
    process.stdout.write(`${path} shows no loss: nothing to record\n`)
    return 0
  }
  await writeOutput(file, baselineText(losses))
  const figures = [`${count(added.length, 'loss', 'losses')} recorded`, `${renewed.length} renewed`, `${kept.length} known before`]
  process.stdout.write(`${file}: ${figures.join(', ')}\n`)
  process.stdout.write(`It counts once the configuration says so: knownLosses: '${file}'\n`)
  return 0
}
