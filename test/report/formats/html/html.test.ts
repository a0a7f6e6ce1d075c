/** The HTML report as a text: one file, the same every time, well formed, and harmless whatever is in it. */
import { createHash } from 'node:crypto'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../../../src/dialects/redis/dialect.js'
import { explain } from '../../../../src/report/explain.js'
import { toHtml } from '../../../../src/report/formats/html/index.js'
import { emptyGap, subjectResult, suiteResult } from '../../runs.js'
import { HALF, MARKUP, MEGABYTE, RIGHT_TO_LEFT, everything, green, hostile } from './pages.js'

type Element = DefaultTreeAdapterTypes.Element

function parsed(html: string) {
  const errors: string[] = []
  const document = parse(html, { onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`) })
  return { errors, elements: elementsOf(document) }
}

const elementsOf = (node: DefaultTreeAdapterTypes.ParentNode): Element[] =>
  node.childNodes.flatMap((child) => ('tagName' in child ? [child, ...elementsOf(child)] : []))

const attribute = ({ attrs }: Element, wanted: string) => attrs.find(({ name }) => name === wanted)?.value
const textOf = (node: DefaultTreeAdapterTypes.ParentNode): string =>
  node.childNodes.map((child) => ('value' in child ? child.value : 'childNodes' in child ? textOf(child) : '')).join('')

/** Of what is set between the tags: not the style sheet, not the script. */
const words = (html: string) =>
  textOf({ childNodes: parsed(html).elements.filter(({ tagName }) => tagName === 'body') } as unknown as Element).replaceAll(/\s+/g, ' ')

describe('the page', () => {
  it('is the same for the same result', async () => {
    expect(await toHtml(await everything())).toBe(await toHtml(await everything()))
  })

  it('is well formed: the parser mends nothing', async () => {
    for (const suite of [await everything(), await hostile(MARKUP), suiteResult([])]) {
      const html = await toHtml(suite)
      const { errors, elements } = parsed(html)
      expect(errors).toEqual([])
      // What is implied or moved would be an element more or in another place.
      const tags = html.replaceAll(/<(script|style)\b([^>]*)>[\s\S]*?<\/\1>/g, '<$1>').matchAll(/<([a-z][a-z0-9]*)\b/gi)
      expect(elements.map(({ tagName }) => tagName)).toEqual([...tags].map(([, tag]) => tag))
    }
  })

  it('needs nothing else: all it refers to is in it, the rules included', async () => {
    const { elements } = parsed(await toHtml(await everything()))
    const ids = elements.flatMap((each) => attribute(each, 'id') ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    const links = elements.flatMap((each) => attribute(each, 'href') ?? [])
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) expect(ids.map((id) => `#${id}`)).toContain(link)
    expect(links.filter((link) => link.startsWith('#rule-')).length).toBeGreaterThan(1)
    expect(elements.flatMap((each) => attribute(each, 'src') ?? attribute(each, 'style') ?? [])).toEqual([])
    for (const name of ['aria-labelledby', 'aria-controls']) {
      const targets = elements.flatMap((each) => attribute(each, name) ?? [])
      expect(targets.length).toBeGreaterThan(0)
      expect(ids).toEqual(expect.arrayContaining(targets))
    }
  })

  it('lets run its own script and style by their hashes, and nothing else', async () => {
    const { elements } = parsed(await toHtml(await everything()))
    const policy = attribute(elements.find((each) => attribute(each, 'http-equiv') === 'Content-Security-Policy')!, 'content')!
    const hash = (tag: string) => {
      const [only, ...others] = elements.filter(({ tagName, attrs }) => tagName === tag && attrs.length === 0)
      expect(others).toEqual([])
      return `'sha256-${createHash('sha256').update(textOf(only!)).digest('base64')}'`
    }
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash('script')}`,
      `style-src ${hash('style')}`,
      "base-uri 'none'",
      "form-action 'none'",
    ])
  })

  it('has headings in order, and table headers that say what they head', async () => {
    const { elements } = parsed(await toHtml(await everything()))
    const levels = elements.flatMap(({ tagName }) => /^h(\d)$/.exec(tagName)?.[1] ?? []).map(Number)
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    for (const [at, level] of levels.entries()) expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1)
    const headers = elements.filter(({ tagName }) => tagName === 'th')
    expect(headers.length).toBeGreaterThan(10)
    expect(headers.filter((each) => !/^(?:row|col)$/.test(attribute(each, 'scope') ?? ''))).toEqual([])
  })
})

describe('what it says', () => {
  it('is the verdict with its figures, and what it was run with', async () => {
    const text = words(await toHtml(await everything()))
    expect(text).toContain('✗ 1 of 3 subjects failed')
    expect(text).toContain('Exit 1: at least one anomaly.')
    expect(text).toMatch(/Seed ?42 ?Version ?0\.1\.0/)
    expect(words(await toHtml(suiteResult([subjectResult([await green()])])))).toContain('✓ Passed')
  })

  it('is every scenario on every subject, with what was skipped or could not be run', async () => {
    const text = words(await toHtml(await everything()))
    expect(text).toMatch(/empty-gap ?4\.2 ?R1 ?✗ 1 of 1 owed entries lost ?unseen @empty-gap ?✓ 1 of 1 owed entries delivered ?not run/)
    expect(text).toMatch(/resumed ?not run ?– skipped: it does not resume/)
    expect(text).toMatch(/Bursts ?✗ 1 of 1 owed entries lost ?unseen @empty-gap ?✓ 1,200 schedules, 1,500 of 1,500 delivered/)
    expect(text).toContain('✓ 9,007,199,254,740,993 of 9,007,199,254,740,993 interleavings')
    expect(text).toMatch(/Run to its end ?✓ yes ?✓ yes ?\? no: it did not open/)
    expect(text).toMatch(/resumes ?no ?unsupported, confirmed/)
  })

  it('is what was tried where, as a table that needs no colour to be read', async () => {
    const html = await toHtml(await everything())
    const text = words(html)
    expect(text).toContain('Tried 5 of 10 combinations of gate, window and disturbance, in 1,300 schedules')
    expect(text).toMatch(/What came in between on correct, and where\. A number is how often it fell there; 0: it could have/)
    expect(text).toMatch(/Held at ?Steps there ?Append ?Undecodable entry ?Failing tail ?Failing read/)
    expect(text).toMatch(/tail-called @connect-gap ?1,400 ?31 ?2 ?0 ?– ?cannot be/)
    expect(text).toMatch(/closed ?9 ?4 ?0 ?– ?cannot be ?– ?cannot be ?No consumer came to tail-returned/)
    const { elements } = parsed(html)
    const classes = elements.flatMap((each) => (each.tagName === 'td' ? (attribute(each, 'class') ?? []) : []))
    for (const heat of ['untried', 'heat-1', 'heat-2', 'heat-4']) expect(classes).toContain(heat)
    expect(elements.filter(({ tagName }) => tagName === 'details').map((each) => attribute(each, 'class'))).toContain('coverage')
  })

  it('is of a failure what the text report says', async () => {
    const failed = await emptyGap()
    const text = words(await toHtml(await everything()))
    for (const paragraph of explain(failed.history, failed.verdict, redisDialect)) expect(text).toContain(paragraph)
    expect(text).toContain('npx tailrace replay .tailrace/empty-gap-3f9a.json')
    expect(text).toContain('npx tailrace run --subject RedisStreamRepository --seed 7 --path 0:1')
    expect(text).toMatch(/s1 at 1-0 never delivered ?unseen @empty-gap · rule 4\.2 · race R1/)
    expect(text).toContain('take the cursor once, as the id of the tail')
    expect(text).toContain('a remark')
    expect(text).toContain('Nothing can be concluded: nothing was owed')
  })

  it('is each row of the timeline, with the gap, the gate, the cursor and the tail', async () => {
    const { elements } = parsed(await toHtml(suiteResult([subjectResult([await emptyGap()])])))
    const rows = elements.filter(({ tagName, attrs }) => tagName === 'tr' && attrs.some(({ name }) => name === 'data-say'))
    const told = rows.map((row) => elementsOf(row).flatMap((each) => (/^t[hd]$/.test(each.tagName) ? [textOf(each)] : [])))
    // The last column is the drawing.
    expect(told.map((cells) => cells.slice(0, 6))).toEqual([
      ['1', 'announces: ready', '', '', '', '0-0'],
      ['2', 'read #1 after "$"', '"$" is 0-0; waits, BLOCK 2000', '', '"$" = 0-0', '0-0'],
      ['3', 'empty', 'times out', '', '"$"', '0-0'],
      ['4', 'empty gapheld at read-returned', '1-0', 'append s1', '"$"', '1-0'],
      ['┊note', '', 'the schedule is over: drain'],
      ['┊pause', 'pauses 100 ms', '', '', '"$"', '1-0'],
      ['5', 'read #2 after "$"', '"$" is 1-0; waits, BLOCK 2000', '', '"$" = 1-0', '1-0'],
      ['6', 'empty', 'times out', '', '"$"', '1-0'],
      ['┊note', '', '… read #3 delivers 2-0, the fence that the harness appends last'],
    ])
    expect(attribute(rows[3]!, 'data-say')).toBe(
      'Producer: append s1; store: 1-0. The empty gap is open. This entry is never delivered. Cursor "$", for the next read to resolve. Tail 1-0.',
    )
  })

  it('is the smallest schedule as JSON that gives it back, however odd its payloads', async () => {
    for (const payload of [MARKUP, RIGHT_TO_LEFT, HALF, 'a\u0085b\nc']) {
      const suite = await hostile(payload)
      const { elements } = parsed(await toHtml(suite))
      const [json] = elements.filter(({ tagName }) => tagName === 'pre').map(textOf)
      expect(JSON.parse(json!)).toEqual(suite.subjects[0]!.scenarios[0]!.schedule)
    }
  })
})

describe('texts from outside', () => {
  it('are never markup', async () => {
    const { elements } = parsed(await toHtml(await hostile(MARKUP)))
    expect(elements.filter(({ tagName }) => tagName === 'img')).toEqual([])
    expect(words(await toHtml(await hostile(MARKUP)))).toContain(MARKUP)
  })

  it('are cut where they are long, with their length said; what is copied is whole', async () => {
    const suite = await hostile(MEGABYTE + MARKUP)
    const html = await toHtml(suite)
    expect(words(html)).toMatch(/x{300}… \(1,048,\d{3} characters in all\)/)
    const { elements, errors } = parsed(html)
    expect(errors).toEqual([])
    const data = elements.filter((each) => attribute(each, 'type') === 'application/json').map((each) => JSON.parse(textOf(each)) as string)
    expect(JSON.parse(data.at(-1)!)).toEqual(suite.subjects[0]!.scenarios[0]!.schedule)
    // Of each copy that there must be, one, and no others.
    expect(html.length).toBeLessThan((data.length + 1) * MEGABYTE.length)
  })

  it('turn nothing around, and show what is not a character', async () => {
    const html = await toHtml(await hostile(RIGHT_TO_LEFT + HALF))
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
    expect(Buffer.from(html).toString()).toBe(html)
    expect(html).toContain('<bdi dir="ltr">שלום עולם \\u202egnp.exehalf \\ud800 a character</bdi>')
  })
})
