import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { filesOf } from '../../bench/page/index.js'
import { withFigures } from '../../bench/page/readme.js'
import { censored, number, seconds } from '../../bench/page/words.js'
import { againText } from '../../bench/page/ratios-section.js'
import { compareRatios, differences } from '../../bench/ratios.js'
import type { Results } from '../../bench/results.js'
import { targetsOf } from '../../bench/targets.js'
import { tiny } from './results.js'

const files = new Map(filesOf(tiny))
/** Without what pads the columns of a table. */
const page = files.get('docs/benchmarks.md')!.replaceAll(/ +\|/g, ' |')
const row = (begins: string) => page.split('\n').find((line) => line.startsWith(`| ${begins} |`))

describe('figures', () => {
  it('are short, and have a unit that fits', () => {
    expect([0, 0.01234, 2, 12.345, 12_345].map(number)).toEqual(['0', '0.0123', '2', '12.3', '12,345'])
    expect([0.00001234, 0.0123, 1.5, 600].map(seconds)).toEqual(['12.3 µs', '12.3 ms', '1.5 s', '10 min'])
  })

  it('say of what is censored that it is more', () => {
    expect(censored({ above: 60 })).toBe('> 60')
    expect(censored({ value: 60 })).toBe('60')
  })
})

describe('the page', () => {
  it('is the same for the same results', () => {
    expect(filesOf(tiny)).toEqual([...files])
  })

  it('shows an arm that found nothing as a bound, and its ratio as one', () => {
    expect(row('random producer')).toBe('| random producer | 0 of 10 | 0 % (0 %–30.8 %) | 1 s (1 s–1 s) | > 3.24 s | < 0.892× |')
  })

  it('compares with the test of the original', () => {
    expect(row('tailrace, real Redis')).toMatch(/\| 2,000× \([\d,]+×–[\d,]+×\) \|$/)
  })

  it('shows how many searches found a mutant, where not all did', () => {
    expect(row('shallow')).toMatch(/\| 2 \| > 60 \(1\/3\) \|$/)
  })

  it('says of a target that is not reached how far off it is, and what bounds it', () => {
    const [, , , verdict] = row('schedules per second, real Redis, 1 in flight')!.split('|').slice(1, -1)
    expect(verdict!.trim()).toBe(
      '**not reached**; 2× off; at most 6,000 schedules per second with a harness that costs nothing; most time in `src/dialects/redis/client-list.ts parse` 25 %',
    )
    expect(row('schedules per second, model')).toMatch(/\| reached \|$/)
  })

  it('counts an exploration only if it is complete', () => {
    expect(row('explore a million interleavings, model')).toMatch(/not within the time limit \| \*\*not reached\*\*/)
  })

  it('does not hide an accusation of the fix', () => {
    expect(row('accusations of the fix, model')).toMatch(/\| 1 of 10 \| \*\*not reached\*\*/)
    expect(row('model')).toBeDefined()
  })

  it('says where other work took the cores, and where a run was a quick one', () => {
    const text = (results: typeof tiny) => new Map(filesOf(results)).get('docs/benchmarks.md')!
    expect(page).not.toMatch(/other work|quick run/)
    expect(text({ ...tiny, machine: { ...tiny.machine, load: 7 } })).toMatch(/other work took the cores/)
    expect(text({ ...tiny, quick: true })).toMatch(/These are from a quick run/)
  })

  it('has every plot that it shows, and shows every plot that there is', () => {
    const shown = [...page.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path]) => `docs/${path}`)
    expect(shown.toSorted()).toEqual([...files.keys()].filter((path) => path.endsWith('.svg')).toSorted())
  })

  it('has plots that are well-formed, small, and draw their points', () => {
    const svgs = [...files].filter(([path]) => path.endsWith('.svg'))
    expect(svgs).toHaveLength(4)
    for (const [path, svg] of svgs) {
      expect(XMLValidator.validate(svg), path).toBe(true)
      expect(svg.length).toBeLessThan(60_000)
      expect(svg).toContain('<circle')
      const { svg: root } = new XMLParser({ ignoreAttributes: false }).parse(svg) as { svg: Record<string, string> }
      expect(root['@_xmlns']).toBe('http://www.w3.org/2000/svg')
    }
  })
})

describe('targets', () => {
  it('have a factor only where they are not reached', () => {
    for (const { reached, off } of targetsOf(tiny)) if (reached) expect(off).toBeUndefined()
    expect(targetsOf(tiny).find(({ what }) => what === 'wire probe, added at p99')).toMatchObject({
      measured: '0.6 ms',
      reached: false,
    })
  })
})

describe('another run', () => {
  const slower = structuredClone(tiny) as { -readonly [K in keyof Results]: Results[K] }
  slower.detection = slower.detection.map((row) =>
    row.arm === 'tailrace, model' ? { ...row, untilFound: { value: 4, low: 3, high: 5 } } : row,
  )

  it('reproduces each ratio where it is the same', () => {
    const ratios = compareRatios(tiny, tiny)
    expect(ratios.length).toBeGreaterThan(5)
    expect(ratios.every(({ reproduced }) => reproduced)).toBe(true)
    expect(differences(tiny, tiny)).toEqual([])
    expect(againText(ratios, [])).toContain(
      `${ratios.length} of ${ratios.length} ratios are reproduced. What hangs on the seed alone is the same.`,
    )
  })

  it('does not where the intervals have nothing in common', () => {
    const failed = compareRatios(tiny, slower).filter(({ reproduced }) => !reproduced)
    expect(failed.map(({ name }) => name)).toEqual(
      ['original', 'bare'].map((timing) => `finds it faster, ${timing} timing: tailrace, model`),
    )
    expect(againText(failed, [])).toMatch(/\| 20,000× \([^)]+\) \| 0.5× \([^)]+\) +\| \*\*not reproduced\*\* \|/)
  })

  it('has the same histories, accusations and searches, whatever time they took', () => {
    const [first, ...rest] = tiny.repetition
    expect(differences(tiny, { ...tiny, repetition: [{ ...first!, histories: 3 }, ...rest] })).toEqual(['accusations, and histories'])
    const explorations = tiny.rates.explorations.map((row) => ({ ...row, seconds: 7 }))
    expect(differences(tiny, { ...tiny, rates: { ...tiny.rates, explorations } })).toEqual([])
  })
})

describe('the figures of the README', () => {
  const readme = 'before\n<!-- bench: figures -->\nold\n<!-- bench: end -->\nafter\n'

  it('stand between their marks', () => {
    const once = withFigures(readme, tiny)
    expect(once).toMatch(/^before\n<!-- bench: figures -->\n\| +\| measured +\|[\s\S]*<!-- bench: end -->\nafter\n$/)
    expect(once).not.toContain('old')
    expect(withFigures(once, tiny)).toBe(once)
    expect(once).toContain('10 of 10 on the model')
  })

  it('need a place', () => {
    expect(() => withFigures('# no marks', tiny)).toThrow(/README\.md has no place/)
  })
})
