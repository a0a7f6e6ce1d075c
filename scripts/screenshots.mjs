// `npm run docs:screenshots`: the HTML report of the literal-"$" loop, as docs/ shows it in light and dark. Writes the
// page itself, too, where a file is named: node scripts/screenshots.mjs report.html
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './binary.mjs'
import { launchChromium } from './chromium.mjs'

const dist = (path) => import(pathToFileURL(join(root, 'dist', path)).href)
const { demoSubject } = await dist('src/cli/demo-subjects.js')
const { toHtml } = await dist('src/report/formats/html/index.js')
const { memoryStore } = await dist('src/dialects/memory/memory-store.js')
const { runSuite } = await dist('src/run/run-suite.js')
const { scenarios } = await dist('scenarios/index.js')

const SHOWN = ['empty-gap', 'before-first-read', 'append-while-blocked', 'backfill-to-live']
const WIDTH = 1200
const HEIGHT = 1160

const store = memoryStore()
const folder = mkdtempSync(join(tmpdir(), 'tailrace-report-'))
const suite = await runSuite([demoSubject('memory', 'literal-dollar'), demoSubject('memory', 'snapshot-cursor')], {
  scenarios: SHOWN.map((wanted) => scenarios.find(({ name }) => name === wanted)),
  bursts: 200,
  seed: 42,
  openStore: () => store,
  saveTo: folder,
})
const html = await toHtml(suite)
const file = join(folder, 'report.html')
writeFileSync(file, html)
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], html)

const browser = await launchChromium()
try {
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme, reducedMotion: 'reduce' })
    await page.goto(pathToFileURL(file).href)
    const path = join(root, `docs/images/report-${colorScheme}.png`)
    await page.screenshot({ path })
    await page.close()
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}
