/** The text of the page. */
import type { Results } from '../results.js'
import { detectionSection, depthSection, repetitionSection } from './finding.js'
import { number } from './words.js'
import { ratiosSection } from './ratios-section.js'
import { overheadSection, ratesSection, shrinkingSection } from './speed.js'
import { targetsSection } from './targets-section.js'

export function markdown(results: Results): string {
  const { machine, seed, quick } = results
  const sections = [
    '# Benchmarks',
    `Everything here comes out of \`npm run bench\`, which writes \`bench/results.json\` and makes this page from it. The programs are in
\`bench/\`, one file for each arm. \`npm run bench -- --quick\` shows in two minutes that they work; \`npm run bench -- --only rates\` runs one
part anew.`,
    `- Machine: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.redis}. Its load average was ${number(machine.load)} when
  it began${machine.load > machine.cores ? ': **other work took the cores meanwhile, so times are too long, and ratios between arms say more than they do**' : ''}.
- Seed ${seed}; every arm draws from a stream of its own. Arms take turns in one process, and the first turn of each is dropped.
- Behind each figure, in brackets, is its 95 % interval: Clopper and Pearson's for proportions, the percentile bootstrap's for medians.
- A run that found nothing is _censored_: it is shown as "> …", and is never left out of a median.`,
    ...(quick ? ['**These are from a quick run: they show that it works, and are not for quoting.**'] : []),
    targetsSection(results),
    detectionSection(results),
    repetitionSection(results),
    depthSection(results),
    ratesSection(results),
    overheadSection(results),
    shrinkingSection(results),
    ratiosSection(results),
  ]
  return `${sections.join('\n\n')}\n`
}
