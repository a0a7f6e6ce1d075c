/** Programs of several languages behind the wire: the correct ones lose nothing, and each wrong twin loses what it has to. `npm run foreign -- --store wire` goes further. */
import { describe, expect, it } from 'vitest'
import { freePort } from '../../src/dialects/redis/local-server.js'
import { advanceTo, append, disconnect, fail } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import type { Judged } from '../../src/search/strategy.js'
import { commandSubject } from '../../src/sources/wire/command.js'
import { describeWithServer } from '../integration/redis.js'
import { wireRunner, wiring } from '../support/run-wire.js'
import programs from './wire.mjs'

const TIMEOUT_MS = 120_000
/** A program may need long to start on a busy machine. */
const WATCHDOG_MS = 15_000

const EMPTY_GAP = [advanceTo('read-returned', { outcome: 'empty' }), append(1)]
const GAPS_AND_A_FAILURE = [...EMPTY_GAP, advanceTo('delivered'), append(2), fail('read'), advanceTo('read-called')]

/** Where each twin loses its entry, and why. */
const LOSSES: Readonly<Record<string, readonly [rule: string, steps: readonly Step[]]>> = {
  'last-id.php dollar': ['4.2', EMPTY_GAP],
  'follow.sh dollar': ['4.2', EMPTY_GAP],
  'lock.php tail': ['4.2', EMPTY_GAP],
  'lock.mjs own': ['4.2', EMPTY_GAP],
  'poll.sh late': ['4.2', EMPTY_GAP],
  'pool.mjs starts-over': ['4.5', [advanceTo('blocked'), disconnect(), append(1)]],
  'collect.mjs shares': ['4.8', [advanceTo('blocked'), append(1)]],
}

await describeWithServer('a program behind the wire', (start) => {
  const { wired } = wiring(start)
  type Program = Pick<(typeof programs)[number], 'serves' | 'options'>

  async function judge({ serves, options }: Program, steps: readonly Step[]): Promise<Judged> {
    const subject = { ...commandSubject(options(serves ? await freePort() : undefined)), retries: true }
    const runner = wireRunner(await wired(subject), WATCHDOG_MS)
    const judged = await runner.judge(schedule(steps))
    await runner.close()
    return judged
  }
  const told = ({ verdict: { result, reasons, anomalies } }: Judged) => ({ result, reasons, anomalies })

  for (const program of programs) {
    if (program.missing !== undefined) {
      if (process.env['TAILRACE_REQUIRE_LANGUAGES'] === '1') throw new Error(`${program.name} cannot be run: ${program.missing}`)
      console.warn(`SKIPPED, ${program.name} cannot be run: ${program.missing}`)
    }
    describe.skipIf(program.missing !== undefined)(program.name, { timeout: TIMEOUT_MS }, () => {
      it(`loses nothing: ${program.summary}`, async () => {
        const judged = await judge(program, GAPS_AND_A_FAILURE)
        expect(told(judged)).toEqual({ result: 'valid', reasons: [], anomalies: [] })
        expect(judged.verdict.counts.owed).toBeGreaterThan(1)
      })

      for (const twin of program.twins)
        it(`loses an entry where it ${twin.summary}`, async () => {
          const [rule, steps] = LOSSES[twin.name]!
          const { result, anomalies } = told(await judge(twin, steps))
          expect(result).toBe('invalid')
          expect(anomalies).toContainEqual(expect.objectContaining({ code: 'unseen', value: 's1', rule }))
        })
    })
  }

  it('has a loss for each twin', () => {
    expect(Object.keys(LOSSES).toSorted()).toEqual(programs.flatMap(({ twins }) => twins.map(({ name }) => name)).toSorted())
  })
})
