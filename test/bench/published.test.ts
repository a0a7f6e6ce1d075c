/** What is published is what was measured: the page, its plots and the README hold the figures of bench/results.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { filesOf } from '../../bench/page/index.js'
import { withFigures } from '../../bench/page/readme.js'
import type { Results } from '../../bench/results.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const results = JSON.parse(read('bench/results.json')) as Results

describe('what is published (npm run bench -- --page makes it anew)', () => {
  it('comes from a full run', () => {
    expect(results.quick).toBe(false)
  })

  it.each(filesOf(results).map(([path, text]) => ({ path, text })))('$path', ({ path, text }) => {
    expect(read(path)).toBe(text)
  })

  it('README.md', () => {
    const readme = read('README.md')
    expect(readme).toBe(withFigures(readme, results))
  })
})
