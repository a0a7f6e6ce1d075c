/** One schedule on one subject, from opening to verdict: the engine as a function. */
import type { Verdict } from '../oracle/check.js'
import type { Ending } from '../stage/endings.js'
import type { History } from '../history/event.js'
import type { Schedule } from '../schedule/schedule.js'
import { memoryStore } from '../dialects/memory/memory-store.js'
import type { Store } from '../dialects/store.js'
import type { SubjectDefinition } from '../subject/subject.js'
import { SubjectRunner } from '../run/subject-runner.js'

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
