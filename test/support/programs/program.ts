/** Consumers as others write them, right and wrong, and what is said of each over the whole suite. */
import { expect } from 'vitest'
import { scenarios } from '../../../scenarios/index.js'
import type { Store } from '../../../src/dialects/store.js'
import { memoryStore } from '../../../src/dialects/memory/memory-store.js'
import type { StreamEntry } from '../../../src/contract/stream-repository.js'
import { type SubjectResult, resultOf } from '../../../src/report/result.js'
import { runTarget } from '../../../src/run/run-target.js'
import { repositoryTarget } from '../../../src/run/target.js'
import type { Scenario } from '../../../src/schedule/scenario.js'
import type { ConsumeContext, SubjectDefinition } from '../../../src/subject/subject.js'
import { openModel } from '../subjects.js'

export type Program = Omit<SubjectDefinition<never>, 'name' | 'store' | 'open'> & Required<Pick<SubjectDefinition<never>, 'consume'>>

/** By what they do. */
export type Programs = Readonly<Record<string, Program>>

/** Types of frames are the program's own business. */
export const program = <Frame>(
  each: Omit<SubjectDefinition<Frame>, 'name' | 'store' | 'open'> & Required<Pick<SubjectDefinition<Frame>, 'consume'>>,
): Program => each as unknown as Program

interface Suite {
  readonly scenarios?: readonly Scenario[]
  readonly bursts?: number
  readonly watchdogMs?: number
}

const run = (each: Program, store: Store, open: SubjectDefinition['open'], suite: Suite): Promise<SubjectResult> =>
  runTarget(repositoryTarget({ name: 'program', store: store.virtual ? 'memory' : 'redis', open, ...each }, store), {
    scenarios,
    bursts: 25,
    seed: 7,
    ...suite,
  })

export const onModel = (each: Program, suite: Suite = {}): Promise<SubjectResult> => run(each, memoryStore(), openModel, suite)

/** What is not valid, in words. */
export const faultsOf = ({ scenarios: cases, bursts, error }: SubjectResult): string[] => {
  const all = bursts?.failure === undefined ? cases : [...cases, bursts.failure]
  const faults = all.flatMap(({ name, verdict: { result, anomalies, reasons } }) =>
    result === 'valid' ? [] : [`${name}: ${[...anomalies.map((each) => `${each.rule} ${each.evidence}`), ...reasons].join('; ')}`],
  )
  return error === undefined ? faults : [...faults, error]
}

/** Valid, and most of the suite was tried. */
export function expectRight(result: SubjectResult): void {
  expect(faultsOf(result)).toEqual([])
  expect(resultOf(result)).toBe('valid')
  expect(result.scenarios.length).toBeGreaterThan(20)
}

/** Invalid, for this rule among others. */
export function expectWrong(result: SubjectResult, rule: string): void {
  expect(resultOf(result)).toBe('invalid')
  expect(brokenRules(result)).toContain(rule)
}

/** The rules that it was found to break. */
export const brokenRules = ({ scenarios: cases, bursts }: SubjectResult): readonly string[] => [
  ...new Set(
    [...cases, ...(bursts?.failure === undefined ? [] : [bursts.failure])].flatMap(({ verdict }) =>
      verdict.anomalies.map(({ rule }) => rule),
    ),
  ),
]

export interface State {
  cursor: string
}

/** A loop that hands each batch to `batch`, which moves the cursor. */
export async function* byBatches<Frame>(
  { repository, topic, signal, clock, read, from }: ConsumeContext,
  batch: (entries: readonly StreamEntry[], state: State) => AsyncIterable<Frame> | Iterable<Frame>,
): AsyncGenerator<Frame | 'ready' | 'failed'> {
  let state: State | undefined
  while (!signal.aborted) {
    let count = 0
    try {
      if (state === undefined) {
        state = { cursor: from ?? (await repository.getStreamTailId(topic)) }
        yield 'ready'
      }
      const entries: StreamEntry[] = []
      for await (const entry of repository.readMessages(topic, state.cursor, { ...read, signal })) entries.push(entry)
      if (signal.aborted) return
      count = entries.length
      const legible = entries.filter(({ undecodable }) => undecodable === undefined)
      if (legible.length > 0) yield* batch(legible, state)
      state.cursor = entries.at(-1)?.id ?? state.cursor
    } catch {
      if (signal.aborted) return
      yield 'failed'
      await clock.sleep(200, signal)
      continue
    }
    if (count === 0) await clock.sleep(100, signal)
  }
}
