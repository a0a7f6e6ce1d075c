/**
 * One race, whatever the language: the loop on a literal `$` loses what is appended in its gap, in each of the runs, and the
 * loop with a concrete cursor loses nothing. The programs know nothing of tailrace.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DELIVERY_KINDS } from '../../../src/oracle/anomaly.js'
import { advanceTo, append } from '../../../src/schedule/scenario.js'
import { schedule } from '../../../src/schedule/schedule.js'
import type { Step } from '../../../src/schedule/step.js'
import { findRedis } from '../../../src/dialects/redis/find-redis.js'
import { Runner } from '../../../src/run/runner.js'
import type { Judged } from '../../../src/search/strategy.js'
import { wire } from '../../../src/sources/wire/definition.js'
import type { WireSubject } from '../../../src/subject/wire-subject.js'
import { describeWithRedis } from '../../integration/redis.js'
import { commandSubject } from '../../../src/sources/wire/command.js'
import { languagesOf } from '../../support/wire-programs.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const REPETITIONS = 3
const TIMEOUT_MS = 120_000

const EMPTY_GAP: readonly Step[] = [advanceTo('read-returned', { outcome: 'empty' }), append(1)]
const TWO_GAPS: readonly Step[] = [
  ...EMPTY_GAP,
  advanceTo('delivered'),
  append(2),
  advanceTo('read-returned', { outcome: 'empty' }),
  append(1),
]

/** One Redis for all the runs of a subject, and the program anew for each. */
async function judgeAll(subject: WireSubject, steps: readonly Step[]): Promise<Judged[]> {
  const { definition, store, open } = await wire(subject, await findRedis({ env: { ...process.env, REDIS_URL: undefined } }))
  const runner = new Runner(definition, store, { open, checks: DELIVERY_KINDS })
  try {
    const judged: Judged[] = []
    for (let run = 0; run < REPETITIONS; run++) judged.push(await runner.judge(schedule(steps)))
    return judged
  } finally {
    await runner.close()
    await store.close()
  }
}

const summary = ({ verdict: { result, reasons, counts, anomalies } }: Judged) => ({
  result,
  reasons,
  owed: counts.owed,
  delivered: counts.delivered,
  anomalies: anomalies.map(({ code, window }) => `${code}@${window}`),
})

const historiesOf = (judged: readonly Judged[]) => new Set(judged.map(({ run }) => JSON.stringify(run.history)))

const times = <T>(each: T): T[] => Array.from({ length: REPETITIONS }, () => each)

await describeWithRedis('a program over the wire', () => {
  for (const { name, missing, subject } of languagesOf(ROOT, commandSubject)) {
    if (missing !== undefined) {
      if (process.env['TAILRACE_REQUIRE_LANGUAGES'] === '1') throw new Error(`${name} has no Redis client: ${missing}`)
      console.warn(`SKIPPED, ${name} has no Redis client: ${missing}`)
    }
    describe.skipIf(missing !== undefined)(`in ${name}`, { timeout: TIMEOUT_MS }, () => {
      it('is convicted where its cursor is a literal "$"', async () => {
        const judged = await judgeAll(await subject('literal-dollar'), EMPTY_GAP)
        expect(judged.map(summary)).toEqual(
          times({ result: 'invalid', reasons: [], owed: 1, delivered: 0, anomalies: ['unseen@empty-gap'] }),
        )
        expect(historiesOf(judged).size).toBe(1)
      })

      it('is cleared where its cursor is an id from the beginning', async () => {
        const judged = await judgeAll(await subject('snapshot'), TWO_GAPS)
        expect(judged.map(summary)).toEqual(times({ result: 'valid', reasons: [], owed: 4, delivered: 4, anomalies: [] }))
        expect(historiesOf(judged).size).toBe(1)
      })
    })
  }
})
