/** The contrast of every pair of colours that text is set in, light and dark: WCAG 2.2, 1.4.3 asks for 4.5. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const style = readFileSync(new URL('../../../../src/report/formats/html/page/page.css', import.meta.url), 'utf8')
const colours = new Map(
  [...style.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [
    name!,
    { light: light!, dark: dark! },
  ]),
)

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other)
  return (light! + 0.05) / (dark! + 0.05)
}

const PAIRS: Readonly<Record<string, readonly string[]>> = {
  paper: ['ink', 'faint', 'good', 'bad', 'unsure', 'link'],
  surface: ['ink', 'faint', 'good', 'bad', 'unsure', 'link', 'cursor', 'tail'],
  current: ['ink', 'faint', 'bad'],
  'bad-paper': ['bad'],
  'good-paper': ['good'],
  'heat-1': ['ink'],
  'heat-2': ['ink'],
  'heat-3': ['ink'],
  'heat-4': ['ink'],
}

/** Shapes that say something: WCAG 2.2, 1.4.11 asks for 3. */
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  surface: ['wire', 'cursor', 'tail', 'good', 'bad', 'unsure'],
  current: ['wire', 'cursor', 'tail', 'good', 'bad', 'unsure'],
}

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  const low = (pairs: typeof PAIRS, least: number) =>
    Object.entries(pairs).flatMap(([below, above]) =>
      above.flatMap((name) => {
        const ratio = contrast(colours.get(below)![scheme], colours.get(name)![scheme])
        return ratio < least ? [`${name} on ${below}: ${ratio.toFixed(2)}`] : []
      }),
    )

  it('text can be read', () => expect(low(PAIRS, 4.5)).toEqual([]))

  it('shapes can be told from what is below them', () => expect(low(SHAPES, 3)).toEqual([]))
})

it('sees what is too faint', () => {
  expect(contrast('#ffffff', '#000000')).toBe(21)
  expect(contrast('#ffffff', '#777777')).toBeCloseTo(4.48, 2)
})
