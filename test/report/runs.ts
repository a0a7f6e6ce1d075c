/** Real histories for the reports: a schedule, run over the in-memory store. */
import { dialectOf } from '../../src/dialects/dialect.js'
import { check } from '../../src/oracle/check.js'
import { entryOf, isAnnouncement, literalDollar } from '../../src/consumers/loops.js'
import { repositorySource } from '../../src/sources/repository/source.js'
import { runSchedule } from '../../src/stage/stage.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import type { CaseResult, SubjectResult, SuiteResult } from '../../src/report/result.js'
import { advanceTo, append } from '../../src/schedule/scenario.js'
import { type ScheduleReadOptions, schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { type Subject, entryOfStreamEntry } from '../../src/subject/subject.js'

export interface RunCaseOptions extends Partial<Omit<CaseResult, 'schedule' | 'verdict' | 'history'>> {
  readonly consume?: Subject['consume']
  readonly wrap?: (repository: StreamRepository) => StreamRepository
  readonly consumers?: number
  readonly read?: Partial<ScheduleReadOptions>
}

const store = memoryStore()

export async function runCase(steps: readonly Step[], options: RunCaseOptions = {}): Promise<CaseResult> {
  const { consume = literalDollar, wrap = (repository) => repository, consumers, read, ...rest } = options
  const opened = await store.open(({ memory }) => wrap(new InMemoryStreamRepository({ stream: memory, clock: null })))
  const planned = schedule(steps, { ...(consumers === undefined ? {} : { consumers }), ...(read === undefined ? {} : { read }) })
  const subject: Subject = {
    name: 'under test',
    store: 'memory',
    open: () => opened.repository,
    consume,
    // Frames of the reference loops, or entries as they are.
    entryOf: (frame) => entryOf(frame as Parameters<typeof entryOf>[0]) ?? entryOfStreamEntry(frame),
    isAnnouncement,
  }
  const run = await runSchedule({ store, source: repositorySource(opened, subject), schedule: planned })
  await opened.close()
  const verdict = check(run.history, run.ending.kind === 'diverged' ? { cutShort: `step ${run.ending.step}: ${run.ending.came}` } : {})
  return { kind: 'scenario', name: 'case', ms: 4, notes: [], ...rest, schedule: planned, history: run.history, verdict }
}

export const EMPTY_GAP: readonly Step[] = [advanceTo('read-returned', { outcome: 'empty' }), append(1)]

/** R1 on the loop that has it, as a scenario gives it. */
export const emptyGap = (options: RunCaseOptions = {}) =>
  runCase(EMPTY_GAP, { name: 'empty-gap', race: 'R1', rule: '4.2', replayFile: '.tailrace/empty-gap-3f9a.json', ...options })

export const WHO = { name: 'RedisStreamRepository', consumer: 'literal-dollar', dialect: dialectOf('redis') } as const

export const subjectResult = (scenarios: readonly CaseResult[], rest: Partial<SubjectResult> = {}): SubjectResult => ({
  ...WHO,
  store: 'redis 7.0.15 (private process)',
  scenarios,
  skipped: [],
  ms: 900,
  ...rest,
})

export const suiteResult = (subjects: readonly SubjectResult[]): SuiteResult => ({
  version: 1,
  tailrace: '0.1.0',
  seed: 42,
  subjects,
  ms: 912,
})
