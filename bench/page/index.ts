/** The page of the benchmarks: a function of the results alone, so the same results give the same files. */
import type { Results } from '../results.js'
import { markdown } from './markdown.js'
import { plots } from './plots.js'

/** Paths from the root of the repository, and what is in each. */
export function filesOf(results: Results): readonly (readonly [path: string, text: string])[] {
  return [['docs/benchmarks.md', markdown(results)], ...plots(results).map(({ file, svg }) => [`docs/images/${file}`, svg] as const)]
}
