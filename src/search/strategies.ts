/**
 * The ways in which schedules are found, each as a stream of schedules: the hand-written scenarios, bursts, and the
 * placements of an exploration in their order. The self-test measures them against each other.
 */
import type { Anomaly } from '../oracle/anomaly.js'
import { bursts } from './arbitrary.js'
import { placements, stepsOf } from './enumeration.js'
import type { ReferenceConsumer, Scenario } from '../schedule/scenario.js'
import { type Schedule, schedule } from '../schedule/schedule.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { surveyCycles } from './certificate.js'
import { notApplicable } from '../run/resolve.js'
import { type SubjectRunner, gatesOf } from '../run/subject-runner.js'

export const STRATEGIES = ['scenarios', 'bursts', 'exploration'] as const

export type Strategy = (typeof STRATEGIES)[number]

export interface Candidate {
  readonly by: string
  readonly schedule: Schedule
  readonly consumer?: ReferenceConsumer
}

/** The undisturbed run, and every scenario that applies. */
export async function* scenarioCandidates(
  definition: SubjectDefinition,
  runner: SubjectRunner,
  scenarios: readonly Scenario[],
): AsyncGenerator<Candidate> {
  const survey = schedule([])
  yield { by: 'undisturbed', schedule: survey }
  const gates = gatesOf((await runner.judge(survey)).run)
  for (const scenario of scenarios) {
    if (notApplicable(definition, scenario, gates) === undefined)
      yield { by: scenario.name, schedule: scenario.schedule, consumer: scenario.consumer }
  }
}

export async function* burstCandidates(runs: number, seed: number): AsyncGenerator<Candidate> {
  const { default: fc } = await import('fast-check')
  for (const each of fc.sample(bursts(), { seed, numRuns: runs })) yield { by: `bursts, seed ${seed}`, schedule: each }
}

/** Every placement of up to so many appends over so many cycles; one with fewer appends comes first. */
export async function* explorationCandidates(
  runner: SubjectRunner,
  bound: { readonly appends: number; readonly cycles: number },
): AsyncGenerator<Candidate> {
  const moves = await surveyCycles(bound.cycles, (each) => runner.judge(each)).then(
    (survey) => survey.moves,
    () => 8 * bound.cycles,
  )
  for (let appends = 1; appends <= bound.appends; appends++) {
    for (const placement of placements({ moves, appends })) {
      yield { by: `${appends} appends × ${bound.cycles} cycles`, schedule: schedule(stepsOf(placement, moves), { read: { count: 2 } }) }
    }
  }
}

export interface Found {
  readonly by: string
  /** Schedules run until then, this one included. */
  readonly after: number
  readonly anomaly: Anomaly
  readonly candidate: Candidate
}

/** Runs candidates until one shows an anomaly that is wanted. */
export async function hunt(
  runner: SubjectRunner,
  candidates: AsyncIterable<Candidate> | Iterable<Candidate>,
  wanted: (anomaly: Anomaly) => boolean,
): Promise<{ found?: Found; others: readonly Anomaly[]; schedules: number }> {
  const others: Anomaly[] = []
  let schedules = 0
  for await (const candidate of candidates) {
    const { verdict } = await runner.judge(candidate.schedule, candidate.consumer)
    schedules++
    const anomaly = verdict.anomalies.find(wanted)
    if (anomaly !== undefined) return { found: { by: candidate.by, after: schedules, anomaly, candidate }, others, schedules }
    others.push(...verdict.anomalies)
  }
  return { others, schedules }
}
