/** Every ratio with its interval, for another machine to be held against; and what came of holding it. */
import { type Again, ratiosOf } from '../ratios.js'
import type { Results } from '../results.js'
import { multiple, table } from './words.js'

export const ratiosSection = (results: Results): string => `## Every ratio

Between arms that took turns in one process. The interval of a ratio goes from the low end of one over the high end of the other to the
opposite. \`npm run bench -- --against bench/results.json\` measures everything anew, elsewhere or later, and says which of these come out
again: those whose two intervals have something in common. What hangs on the seed alone (schedules to the first find, explorations,
histories) has to be the same, exactly.

${table(
  ['ratio', 'measured'],
  ratiosOf(results).map(({ name, ratio }) => [name, multiple(ratio)]),
)}`

export function againText(ratios: readonly Again[], different: readonly string[]): string {
  const rows = ratios.map(({ name, ratio, other, reproduced }) => [
    name,
    multiple(ratio),
    multiple(other),
    reproduced ? 'reproduced' : '**not reproduced**',
  ])
  const reproduced = ratios.filter((each) => each.reproduced).length
  const same =
    different.length === 0 ? 'What hangs on the seed alone is the same.' : `Not the same, with one seed: ${different.join(', ')}.`
  return `${table(['ratio', 'then', 'now', ''], rows)}\n\n${reproduced} of ${ratios.length} ratios are reproduced. ${same}`
}
