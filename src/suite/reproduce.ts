/** One schedule on one subject, from opening to verdict: the engine as a function. */
import type { Verdict } from '../checker/check.js'
import type { Ending } from '../conductor/endings.js'
import type { History } from '../history/event.js'
import type { Schedule } from '../schedule/schedule.js'
import { memoryStore } from '../store/memory-store.js'
import type { Store } from '../store/store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { SubjectRunner } from './subject-runner.js'

export interface Reproduction {
  readonly history: History
  readonly verdict: Verdict
  readonly ending: Ending
}

/**
 * Runs `schedule` on `subject`.
 * @param store where; default a new in-memory model. It stays open.
 */
export async function reproduce(subject: SubjectDefinition, schedule: Schedule, store: Store = memoryStore()): Promise<Reproduction> {
  const runner = new SubjectRunner(subject, store)
  try {
    const { run, verdict } = await runner.judge(schedule)
    return { history: run.history, verdict, ending: run.ending }
  } finally {
    await runner.close()
  }
}
