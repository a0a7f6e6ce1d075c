/** Results as small as they can be, with every case that the page has to show. */
import { type Results, ORIGINAL_TEST } from '../../bench/results.js'
import { type Estimate, proportion, untilFound } from '../../bench/statistics.js'

const exactly = (value: number): Estimate => ({ value, low: value, high: value })

const detected = (arm: string, timing: 'original' | 'bare', found: number, runs: number, seconds: number) => ({
  arm,
  timing,
  runs,
  found,
  probability: proportion(found, runs),
  secondsPerRun: exactly(seconds),
  meanSeconds: exactly(seconds),
  untilFound: untilFound(exactly(seconds), proportion(found, runs)),
})

export const tiny: Results = {
  version: 3,
  machine: { node: 'v20.0.0', cpu: 'a processor', cores: 2, redis: 'redis 7.0.15 (private process)', load: 0.5 },
  seed: 42,
  quick: false,
  detection: (['original', 'bare'] as const).flatMap((timing) => [
    detected('random producer', timing, 0, 10, 1),
    detected(ORIGINAL_TEST, timing, 10, 10, 2),
    detected('tailrace, real Redis', timing, 10, 10, 0.001),
    detected('tailrace, model', timing, 10, 10, 0.0001),
  ]),
  repetition: [
    { store: 'model', consumer: 'literal-dollar', runs: 10, accused: 10, unknown: 0, histories: 1 },
    { store: 'model', consumer: 'snapshot-cursor', runs: 10, accused: 1, unknown: 0, histories: 2 },
  ],
  depth: {
    cap: 60,
    seeds: 3,
    turns: 24,
    pct: { depth: 3, oneIn: 2 * 24 ** 2 },
    mutants: [
      {
        mutant: 'shallow',
        depth: 1,
        walk: proportion(5, 10),
        strategies: {
          'random walk': { schedules: { value: 2 }, found: 3, searches: 3 },
          bursts: { schedules: { above: 60 }, found: 1, searches: 3 },
        },
      },
    ],
  },
  rates: {
    steps: 15,
    arms: [
      { arm: 'model', schedules: 100, perSecond: exactly(70_000), alone: exactly(700_000) },
      { arm: 'real Redis, 1 in flight', schedules: 100, perSecond: exactly(600), alone: exactly(6000) },
      { arm: 'real Redis, 8 in flight', schedules: 100, perSecond: exactly(5000), alone: exactly(50000) },
      { arm: 'over the wire', schedules: 100, perSecond: exactly(2000), alone: exactly(20000) },
    ],
    growth: [
      { of: 'appends', n: 1, milliseconds: exactly(0.1) },
      { of: 'appends', n: 10, milliseconds: exactly(0.2) },
    ],
    explorations: [
      { appends: 2, cycles: 2, interleavings: 182, schedules: 46, seconds: 0.1, complete: true, certificate: 'f289b1ed0c53' },
      { appends: 5, cycles: 5, interleavings: 20_000_000, schedules: 9000, seconds: 60, complete: false, certificate: 'f289b1ed0c54' },
    ],
    memory: { schedules: 100, heapGrowthMb: 0, heapMb: 20, rssMb: 100 },
    profile: [{ store: 'real Redis, 1 in flight', where: 'src/dialects/redis/client-list.ts parse', share: 0.25 }],
  },
  overhead: {
    probe: [
      { call: 'getStreamTailId', arm: 'bare', nanoseconds: exactly(100) },
      { call: 'getStreamTailId', arm: 'probe, nothing held', nanoseconds: exactly(400) },
    ],
    wire: [
      { arm: 'direct', p50: exactly(0.02), p99: exactly(0.1), perSecond: exactly(1_000_000) },
      { arm: 'through the probe', p50: exactly(0.05), p99: exactly(0.7), perSecond: exactly(200_000) },
    ],
    pipeline: 100,
  },
  shrinking: {
    from: 40,
    rows: [{ arm: 'minimise', to: exactly(3), executions: exactly(20), milliseconds: exactly(9) }],
    replays: [{ store: 'model', runs: 10, histories: 1 }],
  },
  start: { command: 'tailrace run --profile smoke', milliseconds: exactly(280), runs: 15 },
}
