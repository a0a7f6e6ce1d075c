/** A hang is waited for once for as long as the watchdog has patience: what is like it is known, and what may still wake is not like it. */
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { repositoryTarget, runnerOf } from '../../src/run/target.js'
import { append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { brokenModel } from '../support/subjects.js'

/** Its tail is never answered, and `beside` is what it does then. */
const runner = (beside: () => void = () => undefined) =>
  runnerOf(
    repositoryTarget(
      brokenModel(() => ({
        getStreamTailId: () => {
          beside()
          return new Promise<never>(() => undefined)
        },
      })),
      memoryStore(),
    ),
    { watchdogMs: 1000 },
  )
const waited = (after: string) => [expect.stringMatching(`had not settled after ${after} \\(watchdogMs`)]
const SOON = '0.6 s, and one like it had not after 1 s'

describe('a subject that hangs', () => {
  it('is waited for as long as the watchdog says, and when it hangs again no more', async () => {
    const one = runner()
    for (const after of ['1 s', SOON, SOON])
      expect((await one.judge(schedule([append(1)]))).verdict).toMatchObject({ result: 'unknown', reasons: waited(after) })
    await one.close()
  })

  it('is waited for as ever where something is pending that was not the first time: it may still wake', async () => {
    const timers: NodeJS.Timeout[] = []
    let calls = 0
    const one = runner(() => {
      if (++calls > 1) timers.push(setTimeout(() => undefined, 60_000))
    })
    for (const after of ['1 s', '1 s']) expect((await one.judge(schedule([append(1)]))).verdict.reasons).toEqual(waited(after))
    timers.forEach((timer) => clearTimeout(timer))
    await one.close()
  })
})
