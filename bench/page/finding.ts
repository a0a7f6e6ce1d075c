/** How races are found: how long it takes, how surely, and how deep they may lie. */
import { type DepthRow, type DetectionRow, type Results, type Timing, ORIGINAL_TEST } from '../results.js'
import { fasterThanOriginal } from '../ratios.js'
import { censored, estimate, number, multiple, percent, seconds, table } from './words.js'

const TIMINGS: Readonly<Record<Timing, string>> = {
  original: 'At the original’s timing: BLOCK 2000 ms, then a pause of 100 ms',
  bare: 'A bare loop: BLOCK 20 ms, and no pause',
}

export function detectionSection({ detection }: Results): string {
  const tables = (['original', 'bare'] as const).map((timing) => {
    const rows = detection.filter((row) => row.timing === timing).map((row) => detectionRow(row, detection))
    const head = ['arm', 'found', 'probability', 'one run', 'expected time to find it', `faster than "${ORIGINAL_TEST}"`]
    return `### ${TIMINGS[timing]}\n\n${table(head, rows)}`
  })
  return `## Finding the literal \`$\`

One consumer, the same in all arms, that reads after \`$\`. Outside of the harness it runs on real time, and the question is whether the
sentinel was delivered; inside, it is the verdict of the checker. The expected time is that of an average run over the probability,
and its interval has both in it: the average's is drawn from turns.

![Expected time to find the literal dollar, by arm](images/benchmarks-detection.svg)

${tables.join('\n\n')}

How the baselines were tuned in their own favour:

- **All of them** are judged as soon as it is certain: fences follow the sentinel until the consumer delivers one of them. No time-out is
  waited for. At the original’s timing forty runs wait side by side, on topics and connections of their own, and each counts its own time only.
- **random producer**: one append a run, uniform over exactly one period of the loop. A consumer that has delivered once holds a real cursor
  and can lose nothing more, so further appends are wasted, and so is any time before or after the period.
- **${ORIGINAL_TEST}**: the test in the manner of the original. The signal comes the instant that the first BLOCK returns empty, and the
  append goes out at once. The consumer is not held.
- **random delays**: the producer above, and each read after the first is held up by a uniform time, of up to about 1.2 times BLOCK at
  the original’s timing and 1.3 times in the bare loop, where the expected time is least.
- **fast-check scheduler, documented**: \`scheduleFunction\` around the read, \`schedule\` before the append, \`waitFor\` the decision, over the
  in-memory model with virtual time. It calls at once and holds back the answer, so only a pause of the consumer opens the gap to it.
- **fast-check scheduler, tuned**: the call, the answer and the pause are scheduled one by one.

tailrace runs the scenario \`empty-gap\`, or, where it says bursts, one generated schedule a run, knowing as little as those that draw. It
ends a BLOCK at once, whatever its length. A pause on the harness’s clock takes no time either; over the wire the program pauses itself.`
}

function detectionRow(row: DetectionRow, detection: readonly DetectionRow[]): string[] {
  const ratio = fasterThanOriginal(row, detection)
  return [
    row.arm,
    `${number(row.found)} of ${number(row.runs)}`,
    estimate(row.probability, percent),
    estimate(row.secondsPerRun, seconds),
    censored(row.untilFound, seconds),
    row.arm === ORIGINAL_TEST ? '1×' : ratio === undefined ? '–' : multiple(ratio),
  ]
}

export const repetitionSection = ({ repetition }: Results): string => `## The same schedule, over and over

The scenario \`empty-gap\`, with every core kept busy by spinning threads. Over the wire it is a bare loop on ioredis.

${table(
  ['where', 'consumer', 'accused', 'unknown', 'distinct histories'],
  repetition.map(({ store, consumer, runs, accused, unknown, histories }) => [
    store,
    consumer,
    `${number(accused)} of ${number(runs)}`,
    number(unknown),
    number(histories),
  ]),
)}`

export function depthSection({ depth }: Results): string {
  const names = Object.keys(depth.mutants[0]?.strategies ?? {})
  return `## Deeper races

Twelve mutants on the model. _Depth_ is how many appends have to fall into particular windows. Schedules up to the first that shows the
declared anomaly: the median of ${depth.seeds} seeds, at most ${number(depth.cap)} schedules each; in brackets how many searches found it, where not all did. Exploration and
scenarios have one order, and hang on no seed. The others draw from one alphabet: moves of the consumer, and all that may come in between.

- **random walk**: ${depth.turns} turns, each with equal chance a move of the consumer or something else.
- **PCT** (Burckhardt et al., ASPLOS 2010): consumer and environment have priorities that are drawn, and change at d − 1 turns that are. A
  schedule shows a bug of depth d with a probability of 1/(n·k^(d−1)) or more: n = 2, k = ${depth.turns} and d = ${depth.pct.depth} give 1 in ${number(depth.pct.oneIn)}.
- **swarm**: each schedule draws its own part of the alphabet, with weights of its own, and leads consumers to where something is to happen.
- **greybox**: each goes on from where an earlier one has come, by its gate, what the last reads gave, and whether an entry fell into the window
  there. The less often that was done from a place, the likelier.
- **bursts**: what \`tailrace run\` does: two hundred of swarm, and then both in turn.

![Schedules to the first find, by mutant and strategy](images/benchmarks-depth.svg)

${table(
  ['mutant', 'depth', 'of random walks', ...names],
  depth.mutants.map((row) => [row.mutant, String(row.depth), estimate(row.walk, percent), ...names.map((name) => searchCell(row, name))]),
)}`
}

function searchCell({ strategies }: DepthRow, name: string): string {
  const { schedules, found, searches } = strategies[name]!
  return `${censored(schedules)}${found === searches || searches === 1 ? '' : ` (${found}/${searches})`}`
}
