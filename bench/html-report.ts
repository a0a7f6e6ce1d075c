/**
 * How long the HTML report takes to open, by the browser's own account: many failures of a usual size, and few of a
 * large one. Prints a line for each load, and the worst of each kind.
 *
 *   npx jiti bench/html-report.ts [--failures 500] [--loads 5]
 *
 * Exit 0 only where each was on the screen, and ready to be used, within a second.
 */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../scripts/chromium.mjs'
import { stopwatch } from '../src/clock/clock.js'
import { snapshotCursor } from '../src/consumers/loops.js'
import type { toHtml as ToHtml } from '../src/report/formats/html/index.js'
import type { SuiteResult } from '../src/report/result.js'
import { advanceTo, append } from '../src/schedule/scenario.js'
import { emptyGap, runCase, subjectResult, suiteResult } from '../test/report/runs.js'

const { values } = parseArgs({ options: { failures: { type: 'string', default: '500' }, loads: { type: 'string', default: '5' } } })
const LIMIT_MS = 1000

// Built, because jiti finds no .tsx: npm run build.
const built = new URL('../dist/src/report/formats/html/index.js', import.meta.url)
const { toHtml } = (await import(built.href)) as { readonly toHtml: typeof ToHtml }

interface Timing {
  readonly domInteractive: number
  readonly loaded: number
  readonly firstPaint: number
}

/** What the page says of itself, in milliseconds from the start of the navigation. */
const TIMING = `(() => {
  const [navigation] = performance.getEntriesByType('navigation')
  const paint = performance.getEntriesByName('first-contentful-paint')[0]
  return { domInteractive: navigation.domInteractive, loaded: navigation.loadEventEnd, firstPaint: paint?.startTime }
})()`

async function measure(browser: Browser, folder: string, name: string, suite: SuiteResult): Promise<boolean> {
  const elapsed = stopwatch()
  const html = await toHtml(suite)
  const rendered = elapsed()
  const file = join(folder, `${name}.html`)
  await writeFile(file, html)
  console.log(`${name}: ${((await stat(file)).size / 1e6).toFixed(1)} MB, rendered in ${Math.round(rendered)} ms`)
  let worst = 0
  for (let load = 0; load < Number(values.loads); load++) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(pathToFileURL(file).href)
    await page.waitForFunction(`performance.getEntriesByName('first-contentful-paint').length > 0`)
    const { domInteractive, loaded, firstPaint } = await page.evaluate<Timing>(TIMING)
    console.log(
      `  DOM interactive ${Math.round(domInteractive)} ms, loaded ${Math.round(loaded)} ms, first paint ${Math.round(firstPaint)} ms`,
    )
    worst = Math.max(worst, domInteractive, loaded, firstPaint)
    await page.close()
  }
  console.log(`  worst: ${Math.round(worst)} ms`)
  return worst < LIMIT_MS
}

const usual = await emptyGap()
const many = Array.from({ length: Number(values.failures) }, (_, at) => ({ ...usual, name: `empty-gap-${at}` }))
const steps = Array.from({ length: 60 }, () => [advanceTo('delivered'), append(2)]).flat()
const long = await runCase([advanceTo('blocked'), append(1), ...steps], { consume: snapshotCursor })
const large = Array.from({ length: 100 }, (_, at) => ({ ...usual, ...long, verdict: { ...usual.verdict }, name: `long-${at}` }))

const folder = await mkdtemp(join(tmpdir(), 'tailrace-html-'))
const browser = await launchChromium()
try {
  const first = await measure(browser, folder, 'many', suiteResult([subjectResult(many)]))
  const second = await measure(browser, folder, 'long', suiteResult([subjectResult(large)]))
  process.exitCode = first && second ? 0 : 1
} finally {
  await browser.close()
  await rm(folder, { recursive: true, force: true })
}
