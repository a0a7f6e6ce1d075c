/** How fast it is, what it costs, and what it does not. */
import type { Results } from '../results.js'
import { estimate, number, percent, seconds, table } from './words.js'

const milliseconds = (value: number): string => seconds(value / 1000)

export function ratesSection({ rates }: Results): string {
  const { memory } = rates
  const stores = [...new Set(rates.profile.map(({ store }) => store))]
  return `## Speed

Schedules of ${rates.steps} steps, three appends among them, from beginning to verdict, on a consumer that is right. The last column is that
consumer alone, with no harness, served as many entries: what would be left if everything else cost nothing.

${table(
  ['where', 'schedules', 'per second', 'its consumer alone, per second'],
  rates.arms.map(({ arm, schedules, perSecond, alone }) => [arm, number(schedules), estimate(perSecond), estimate(alone)]),
)}

What one schedule takes on the model, as it grows:

![Time of one schedule as it grows](images/benchmarks-growth.svg)

${table(
  ['grows in', 'to', 'time'],
  rates.growth.map(({ of, n, milliseconds: time }) => [of, number(n), estimate(time, milliseconds)]),
)}

Every interleaving up to a bound, on the model, reduced by what commutes; the certificate says that they add up:

![Schedules that are run, against the interleavings that they stand for](images/benchmarks-exploration.svg)

${table(
  ['appends', 'read cycles', 'interleavings', 'schedules run', 'time', 'certificate'],
  rates.explorations.map((row) => [
    String(row.appends),
    String(row.cycles),
    number(row.interleavings),
    number(row.schedules),
    seconds(row.seconds),
    row.complete ? `\`${row.certificate}\`` : 'incomplete: time limit',
  ]),
)}

After ${number(memory.schedules)} schedules on one runner the heap is ${memory.heapGrowthMb < 0.05 ? 'no larger' : `${number(memory.heapGrowthMb)} MB larger`} than before (${number(memory.heapMb)} MB, resident ${number(memory.rssMb)} MB).

Where the time goes, by V8’s sampling profiler: functions by their own share.

${table(
  ['where', 'functions'],
  stores.map((store) => [
    store,
    rates.profile
      .filter((row) => row.store === store)
      .map((row) => `\`${row.where}\` ${percent(Number(row.share.toPrecision(2)))}`)
      .join(', '),
  ]),
)}`
}

export function overheadSection({ overhead }: Results): string {
  const [direct] = overhead.wire
  return `## What a probe costs that holds nothing

The repository probe, a call on the model:

${table(
  ['call', 'arm', 'time', 'added'],
  overhead.probe.map((row) => {
    const bare = overhead.probe.find(({ call, arm }) => call === row.call && arm === 'bare')!
    const added = row.nanoseconds.value - bare.nanoseconds.value
    return [row.call, row.arm, estimate(row.nanoseconds, (ns) => seconds(ns / 1e9)), row === bare ? '' : seconds(added / 1e9)]
  }),
)}

The wire probe, in a thread of its own, against a direct connection: one XADD at a time, and pipelines of ${overhead.pipeline} SETs.

${table(
  ['connection', 'p50', 'p99', 'commands per second in pipelines'],
  overhead.wire.map((row) => [
    row.arm,
    estimate(row.p50, milliseconds),
    estimate(row.p99, milliseconds),
    `${estimate(row.perSecond)}${row === direct ? '' : `: ${percent(Number((row.perSecond.value / direct!.perSecond.value).toPrecision(2)))}`}`,
  ]),
)}`
}

export const shrinkingSection = ({ shrinking, start }: Results): string => `## Shrinking, replay, start

Random schedules of ${shrinking.from} steps that fail, of which three steps matter: a read blocks, an entry wakes it, another is there when it reads again. A
move to a named gate is one step to \`minimise\`; fast-check’s shrinking of the array knows single moves only.

${table(
  ['arm', 'steps left', 'executions', 'time'],
  shrinking.rows.map(({ arm, to, executions, milliseconds: time }) => [
    arm,
    estimate(to),
    estimate(executions),
    estimate(time, milliseconds),
  ]),
)}

Replays of one failure: ${shrinking.replays.map(({ store, runs, histories }) => `${number(runs)} on the ${store} gave ${histories === 1 ? 'the same history, byte for byte' : `${histories} different histories`}`).join('; ')}.

\`${start.command}\` on a subject over the model, process included: ${estimate(start.milliseconds, milliseconds)}, ${start.runs} runs.`
