/**
 * The HTML report in a real browser: what can be clicked, heard and copied, in light and dark, and what happens to texts
 * that mean harm. Whatever the page says on its console, throws or asks the network for fails the test.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { HOW_TO_GET_IT, hasChromium, launchChromium } from '../../scripts/chromium.mjs'
import { toHtml } from '../../src/report/formats/html/index.js'
import type { SuiteResult } from '../../src/report/result.js'
import { HALF, MARKUP, MEGABYTE, RIGHT_TO_LEFT, everything, hostile, many } from '../report/formats/html/pages.js'

const REQUIRED = process.env.TAILRACE_REQUIRE_CHROMIUM === '1'
if (!hasChromium() && !REQUIRED)
  console.warn(`tailrace: NO CHROMIUM: THE TESTS OF THE HTML REPORT IN A BROWSER ARE SKIPPED. To run them, ${HOW_TO_GET_IT}`)

describe.skipIf(!hasChromium() && !REQUIRED)('the HTML report in a browser', () => {
  let browser: Browser
  let folder: string
  let axe: string
  const complaints: string[] = []
  const requests: string[] = []

  beforeAll(async () => {
    browser = await launchChromium()
    folder = await mkdtemp(join(tmpdir(), 'tailrace-html-'))
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    expect(complaints.splice(0)).toEqual([])
    // The one is the page itself.
    expect(new Set(requests.splice(0))).toEqual(new Set([pathToFileURL(join(folder, 'report.html')).href]))
  })

  async function open(suite: SuiteResult, options: BrowserContextOptions = {}): Promise<Page> {
    const file = join(folder, 'report.html')
    await writeFile(file, await toHtml(suite))
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('dialog', (dialog) => {
      complaints.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(file).href)
    return page
  }

  const firstPlayer = (page: Page) => page.locator('.player').first()

  it('steps through a timeline with the keys, and says each row', async () => {
    const page = await open(await everything())
    const player = firstPlayer(page)
    const say = player.getByRole('status')
    const current = player.locator('tr[aria-current="step"]')
    await expect.poll(() => say.textContent()).toContain('9 rows.')
    expect(await current.count()).toBe(0)

    await player.getByRole('group').focus()
    const press = async (key: string, expected: string) => {
      await page.keyboard.press(key)
      expect(await say.textContent()).toMatch(new RegExp(`^${expected} of 9\\. `))
      expect(await current.count()).toBe(1)
      expect(await current.getAttribute('data-say')).toBe((await say.textContent())!.replace(/^\d+ of 9\. /, ''))
    }
    await press('ArrowDown', '1')
    await press('ArrowRight', '2')
    await press('ArrowDown', '3')
    await press('ArrowDown', '4')
    expect(await say.textContent()).toContain('append s1; store: 1-0. The empty gap is open. This entry is never delivered.')
    expect(await player.locator('tr.ahead').count()).toBe(5)
    await press('ArrowUp', '3')
    await press('ArrowLeft', '2')
    await press('End', '9')
    await press('ArrowDown', '9')
    await press('Home', '1')
    await press('ArrowUp', '1')
    await page.keyboard.press('Escape')
    expect(await current.count()).toBe(0)
    expect(await player.locator('tr.ahead').count()).toBe(0)
  })

  it('steps with buttons and clicks, in that timeline alone', async () => {
    const page = await open(await everything())
    const player = firstPlayer(page)
    const say = player.getByRole('status')
    const steps = [
      ['Next', 1],
      ['Next', 2],
      ['Last', 9],
      ['Previous', 8],
      ['First', 1],
    ] as const
    for (const [name, at] of steps) {
      await player.getByRole('button', { name }).click()
      expect(await say.textContent()).toMatch(new RegExp(`^${at} of 9`))
    }
    await player.getByText('append s1').click()
    expect(await say.textContent()).toMatch(/^4 of 9/)
    expect(await page.locator('tr[aria-current]').count()).toBe(1)
    await player.getByRole('button', { name: 'All' }).click()
    expect(await page.locator('tr[aria-current]').count()).toBe(0)
  })

  it('copies the replay command and the schedule', async () => {
    const suite = await everything()
    const page = await open(suite, { permissions: ['clipboard-read', 'clipboard-write'] })
    const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
    const failure = page.locator('.failure').first()
    await failure.getByRole('button', { name: 'Copy the replay command' }).first().click()
    await expect.poll(copied).toBe('npx tailrace replay .tailrace/empty-gap-3f9a.json')
    expect(await failure.getByRole('button', { name: 'Copied: replay command' }).textContent()).toBe('Copied')
    await failure.getByText('The smallest schedule as JSON').click()
    await failure.getByRole('button', { name: 'Copy the schedule as JSON' }).click()
    await expect.poll(async () => JSON.parse(await copied())).toEqual(suite.subjects[0]!.scenarios[0]!.schedule)
  })

  it('copies all of what it shows a part of', async () => {
    const suite = await hostile(MEGABYTE)
    const page = await open(suite, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByText('The smallest schedule as JSON').click()
    await page.getByRole('button', { name: 'Copy the schedule as JSON' }).click()
    const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
    await expect.poll(async () => JSON.parse(await copied())).toEqual(suite.subjects[0]!.scenarios[0]!.schedule)
  })

  it('is dark or light as the reader has it, or as the button says, until it is loaded again', async () => {
    const page = await open(await everything(), { colorScheme: 'dark' })
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const dark = await paper()
    const button = page.getByRole('button', { name: 'Dark' })
    expect(await button.getAttribute('aria-pressed')).toBe('true')
    await button.click()
    expect(await button.getAttribute('aria-pressed')).toBe('false')
    const light = await paper()
    expect(light).not.toBe(dark)
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await paper()).toBe(light)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.reload()
    expect(await paper()).toBe(dark)
  })

  /** Of all of it: what is out of sight, and not laid out, would not be looked at. */
  async function violations(page: Page): Promise<string[]> {
    await page.evaluate("for (const each of document.querySelectorAll('.failure')) each.scrollIntoView()")
    await page.evaluate(axe)
    const results = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations", "incomplete"] })')
    expect(results.passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'aria-roles', 'heading-order']))
    // Signs and drawn text are beyond axe: test/report/formats/html/palette.test.ts has the contrast of every pair.
    expect(results.incomplete.map(({ id }) => id)).toEqual(['color-contrast'])
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary ?? ''}`),
    )
  }

  it.each(['light', 'dark'] as const)('has nothing that axe objects to in %s: roles, names, contrast', async (colorScheme) => {
    const page = await open(await everything(), { colorScheme, viewport: { width: 1280, height: 4000 } })
    await page.locator('summary').first().click()
    expect(await violations(page)).toEqual([])
    await firstPlayer(page).getByText('append s1').click()
    expect(await violations(page)).toEqual([])
  })

  it.each([
    ['markup', MARKUP],
    ['a megabyte', MEGABYTE],
    ['right to left', RIGHT_TO_LEFT],
    ['half a character', HALF],
  ])('shows %s as text, and stays as wide as its window', async (_, text) => {
    const page = await open(await hostile(text))
    expect(await page.locator('img').count()).toBe(0)
    await firstPlayer(page).getByRole('button', { name: 'Last' }).click()
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    const shown = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')
    expect(shown).toContain(text.length > 300 ? 'characters in all)' : text.replace('\u202e', '\\u202e').replace('\ud800', '\\ud800'))
    // The sentence around it still runs from left to right.
    expect(await page.evaluate("getComputedStyle(document.querySelector('h3')).direction")).toBe('ltr')
  })

  it('prints all of it, and nothing to click', async () => {
    // An A4 page with margins of a centimetre.
    const page = await open(await everything(), { viewport: { width: 718, height: 1047 } })
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(await page.getByRole('button').count()).toBe(0)
    const heights = "[...document.querySelectorAll('.failure pre')].map((each) => each.getBoundingClientRect().height)"
    const shown = await page.evaluate<number[]>(heights)
    expect(shown.length).toBeGreaterThan(1)
    expect(shown.filter((height) => height === 0)).toEqual([])
  })

  it('can be read without its script', async () => {
    const page = await open(await everything(), { javaScriptEnabled: false })
    expect(await page.getByRole('button').count()).toBe(0)
    expect(await page.locator('main').innerText()).toContain('"$" is 1-0; waits')
  })

  it('opens with five hundred failures, and lays out those in sight', { timeout: 60_000 }, async () => {
    const page = await open(await many(500))
    expect(await page.locator('.failure').count()).toBe(500)
    const laidOut = () =>
      page.evaluate("[...document.querySelectorAll('.failure h3')].at(-1).checkVisibility({ contentVisibilityAuto: true })")
    expect(await laidOut()).toBe(false)
    await page.locator('.failure').last().scrollIntoViewIfNeeded()
    await expect.poll(laidOut).toBe(true)
  })
})
