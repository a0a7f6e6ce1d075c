/** The main figures, for the README: between two marks, which stay. */
import { type Results, type Timing, ORIGINAL_TEST } from '../results.js'
import { targetsOf } from '../targets.js'
import { censored, number, seconds, table } from './words.js'

const BETWEEN = /(?<=<!-- bench: figures -->\n)[\s\S]*?(?=<!-- bench: end -->)/

/** @throws Error where the marks are missing. */
export function withFigures(readme: string, results: Results): string {
  if (!BETWEEN.test(readme)) throw new Error('README.md has no place between <!-- bench: figures --> and <!-- bench: end -->')
  return readme.replace(BETWEEN, () => `${figures(results)}\n`)
}

function figures(results: Results): string {
  const { repetition, rates, machine } = results
  const targets = targetsOf(results)
  const runs = (consumer: string) =>
    repetition
      .filter((row) => row.consumer === consumer)
      .map(({ store, accused, runs }) => `${number(accused)} of ${number(runs)} ${where(store)}`)
      .join(', ')
  const rows = [
    ['literal `$` found, every core busy', runs('literal-dollar')],
    ['accusations of the fix', runs('snapshot-cursor')],
    ...(['original', 'bare'] as const).map((timing) => expectation(results, timing)),
    ['schedules of 15 steps per second', rates.arms.map(({ arm, perSecond }) => `${number(perSecond.value)} ${where(arm)}`).join('; ')],
  ]
  return `${table(['', 'measured'], rows)}

On ${machine.cores} cores at a load of ${number(machine.load)}, by \`npm run bench\`. [Benchmarks](docs/benchmarks.md) has all of it: the intervals, how the others
were tuned in their own favour, and the ${targets.length - targets.filter(({ reached }) => reached).length} of ${targets.length} targets that are not reached, with what bounds them.`
}

const where = (store: string): string => (store.startsWith('over') ? store : store.replace(/^/, 'on the ').replace('the real', 'a real'))

function expectation({ detection }: Results, timing: Timing): string[] {
  const arms = ['random producer', ORIGINAL_TEST, 'tailrace, over the wire', 'tailrace, real Redis', 'tailrace, model']
  const cells = arms.flatMap((name) => {
    const row = detection.find(({ arm, timing: at }) => arm === name && at === timing)
    if (row === undefined) return []
    const { untilFound } = row
    return `${name} ${censored('above' in untilFound ? untilFound : { value: untilFound.value }, seconds)}`
  })
  return [`expected time to find it, ${timing === 'original' ? 'BLOCK 2 s and a pause of 100 ms' : 'no pause'}`, cells.join('; ')]
}
