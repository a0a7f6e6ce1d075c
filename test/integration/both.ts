/** The same tests on the model and on a real Redis. */
import { afterAll, beforeAll, describe } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { redisStore } from '../../src/dialects/redis/redis-store.js'
import type { Store } from '../../src/dialects/store.js'
import type { Verdict } from '../../src/oracle/check.js'
import { type SubjectResult, resultOf } from '../../src/report/result.js'
import { Runner } from '../../src/run/runner.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import type { Schedule } from '../../src/schedule/schedule.js'
import type { History } from '../../src/history/event.js'
import type { DialectName, SubjectDefinition } from '../../src/subject/subject.js'
import { describeWithRedis } from './redis.js'

type MakeSubject = (store: DialectName) => SubjectDefinition

export interface OneOfBoth {
  readonly name: DialectName
  /** All scenarios, or those named, and bursts on the model. */
  run(make: MakeSubject, ...names: string[]): Promise<SubjectResult>
  /** One schedule. */
  judge(make: MakeSubject, schedule: Schedule): Promise<{ verdict: Verdict; history: History }>
}

const WATCHDOG_MS = 2000
const BURSTS = 100

const on = (name: DialectName, store: () => Store): OneOfBoth => ({
  name,
  run: (make, ...names) => {
    const chosen = names.length === 0 ? scenarios : scenarios.filter((each) => names.includes(each.name))
    const bursts = name === 'memory' && names.length === 0 ? BURSTS : 0
    return runTarget(repositoryTarget(make(name), store()), { scenarios: chosen, bursts, seed: 7, watchdogMs: WATCHDOG_MS })
  },
  judge: async (make, schedule) => {
    const runner = new Runner(make(name), store(), { watchdogMs: WATCHDOG_MS })
    const { verdict, run } = await runner.judge(schedule)
    await runner.close()
    return { verdict, history: run.history }
  },
})

export async function describeOnBoth(name: string, body: (one: OneOfBoth) => void): Promise<void> {
  describe(`${name}, on the model`, () => {
    body(on('memory', memoryStore))
  })
  await describeWithRedis(`${name}, on a real Redis`, ({ url, description, shared }) => {
    let store: Store
    beforeAll(async () => {
      store = await redisStore({ url, description, shared })
    })
    afterAll(() => store.close())
    body(on('redis', () => store))
  })
}

/** Its result, and what was not valid: the cases, with the first that is wrong with each, or why it is unknown. */
export function told(result: SubjectResult): readonly string[] {
  const cases = [...result.scenarios, ...(result.bursts?.failure === undefined ? [] : [result.bursts.failure])]
  const faults = cases.flatMap(({ name, verdict }) =>
    verdict.result === 'valid'
      ? []
      : [
          `${name}: ${verdict.anomalies[0] === undefined ? verdict.reasons[0] : `${verdict.anomalies[0].code}, rule ${verdict.anomalies[0].rule}`}`,
        ],
  )
  return [resultOf(result), ...faults, ...(result.error === undefined ? [] : [result.error])]
}
