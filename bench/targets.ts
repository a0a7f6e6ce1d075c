/** What tailrace sets out to reach, and what was measured. */
import { fasterThanOriginal } from './ratios.js'
import { type Results, UNSCHEDULED } from './results.js'

export interface Target {
  readonly what: string
  readonly target: string
  readonly measured: string
  readonly reached: boolean
  /** Where it was not reached: how far off, as a factor. */
  readonly off?: number
  /** Whose profile says what bounds it. */
  readonly profile?: string
}

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(value >= 10 ? 3 : 2)))

const atLeast = (what: string, target: number, measured: number, unit: string, profile?: string): Target => ({
  what,
  target: `≥ ${number(target)}${unit}`,
  measured: `${number(measured)}${unit}`,
  reached: measured >= target,
  ...(measured >= target ? {} : { off: target / measured }),
  ...(profile === undefined ? {} : { profile }),
})

const atMost = (what: string, target: number, measured: number, unit: string, profile?: string): Target => ({
  what,
  target: `≤ ${number(target)}${unit}`,
  measured: `${number(measured)}${unit}`,
  reached: measured <= target,
  ...(measured <= target ? {} : { off: measured / target }),
  ...(profile === undefined ? {} : { profile }),
})

export function targetsOf(results: Results): readonly Target[] {
  return [...found(results), ...faster(results), ...speeds(results), ...costs(results)]
}

function found({ repetition }: Results): Target[] {
  const rows = repetition.map(({ store, consumer, runs, accused }): Target => {
    const bug = consumer === 'literal-dollar'
    return {
      what: bug ? `literal \`$\` found, ${store}` : `accusations of the fix, ${store}`,
      target: bug ? `${number(runs)} of ${number(runs)}` : '0',
      measured: `${number(accused)} of ${number(runs)}`,
      reached: bug ? accused === runs : accused === 0,
    }
  })
  return rows
}

function faster({ detection }: Results): Target[] {
  const ratio = (name: string) => {
    const row = detection.find(({ arm, timing }) => arm === name && timing === 'original')
    const found = row && fasterThanOriginal(row, detection)
    return found !== undefined && 'value' in found ? found.value : 0
  }
  return [
    atLeast('faster per find than the original’s test, real Redis', 1000, ratio('tailrace, real Redis'), '×', 'real Redis, 1 in flight'),
    atLeast('faster per find than the original’s test, model', 100_000, ratio('tailrace, model'), '×', 'model'),
  ]
}

function speeds({ rates }: Results): Target[] {
  const rate = (name: string) => rates.arms.find(({ arm }) => arm === name)?.perSecond.value ?? 0
  const wanted = { model: 60_000, 'real Redis, 1 in flight': 1200, 'real Redis, 8 in flight': 5000, 'over the wire': 2000 }
  const million = rates.explorations
    .filter(({ interleavings, complete }) => interleavings >= 1e6 && complete)
    .toSorted((a, b) => a.seconds - b.seconds)[0]
  return [
    ...Object.entries(wanted).map(([name, target]) => atLeast(`schedules per second, ${name}`, target, rate(name), '', name)),
    million === undefined
      ? {
          what: 'explore a million interleavings, model',
          target: '≤ 5 s',
          measured: 'not within the time limit',
          reached: false,
          profile: 'model',
        }
      : atMost('explore a million interleavings, model', 5, million.seconds, ' s', 'model'),
  ]
}

function costs({ overhead, shrinking, start }: Results): Target[] {
  const added = Math.max(...overhead.probe.map((row) => row.nanoseconds.value - bareOf(row.call, overhead)))
  const [direct, proxied] = overhead.wire
  const shrunk = shrinking.rows.find(({ arm }) => arm === 'minimise')!
  return [
    atMost('un-scheduled probe, added to a call', 2, added / 1000, ' µs', UNSCHEDULED),
    atMost('wire probe, added at p50', 0.1, proxied!.p50.value - direct!.p50.value, ' ms'),
    atMost('wire probe, added at p99', 0.3, proxied!.p99.value - direct!.p99.value, ' ms'),
    atMost(`${shrinking.from} steps made small: steps left`, 3, shrunk.to.value, ''),
    atMost(`${shrinking.from} steps made small: executions`, 50, shrunk.executions.value, ''),
    atMost(`${shrinking.from} steps made small: time, model`, 100, shrunk.milliseconds.value, ' ms', 'model'),
    atMost(`\`${start.command}\`, process included`, 500, start.milliseconds.value, ' ms'),
  ]
}

const bareOf = (call: string, { probe }: Results['overhead']): number =>
  probe.find((row) => row.call === call && row.arm === 'bare')!.nanoseconds.value
