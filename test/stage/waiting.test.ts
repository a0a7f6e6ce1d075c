/** Consumers that wait in their process for what another one does. */
import { describe, expect, it } from 'vitest'
import twoAtOneCursor from '../../scenarios/two-at-one-cursor.js'
import readFails from '../../scenarios/read-fails.js'
import twoConsumers from '../../scenarios/two-consumers.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { resultOf } from '../../src/report/result.js'
import { Runner } from '../../src/run/runner.js'
import { abort, advance, advanceTo, append, disconnect, expire, fail, restart } from '../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { ledByOthers, right, stuck, wrong, wrongAmongThree } from '../support/programs/hubs.js'
import { type Program, expectRight, onModel } from '../support/programs/program.js'
import { openModel } from '../support/subjects.js'

const judge = async (each: Program, schedules: readonly Schedule[], watchdogMs = 400) => {
  const subject = { name: 'program', store: 'memory', open: openModel, ...each } as SubjectDefinition
  const runner = new Runner(subject, memoryStore(), { watchdogMs })
  const judged = []
  for (const each of schedules) judged.push(await runner.judge(each))
  await runner.close()
  return judged
}

const among = (consumers: number, ...steps: readonly Step[]) => schedule(steps, { consumers, read: { count: 2 } })

const SCHEDULES: readonly Schedule[] = [
  among(2),
  among(2, advanceTo('announced'), advanceTo('read-returned', { consumer: 1 }), append(1)),
  among(2, advanceTo('blocked'), append(3), advance(1), append(1)),
  among(2, advanceTo('blocked', { consumer: 1 }), append(3), advance(), append(1)),
  among(2, advanceTo('announced'), advanceTo('announced', { consumer: 1 }), append(1), advance(1), append(2), advance(), append(1)),
  among(
    2,
    advanceTo('blocked'),
    advanceTo('announced', { consumer: 1 }),
    append(5),
    advance(1),
    advance(1),
    advance(1),
    expire(),
    append(1),
  ),
  among(2, advanceTo('blocked'), advanceTo('announced', { consumer: 1 }), disconnect(), append(2), advance(1)),
  among(3, advanceTo('blocked'), advance(1), advance(2), advance(1), advance(2), append(3), advance(2), advance(1), append(2)),
  among(2, advanceTo('announced', { consumer: 1 }), fail('read', { after: 1 }), append(2), advance(), advance(), advance(1), append(1)),
]

/** Every order of moves of two consumers, and of appends between them. */
function orders(length: number): Schedule[] {
  const all: Step[][] = [[]]
  for (let at = 0; at < length; at++)
    all.push(...all.splice(0).flatMap((steps) => [advance(), advance(1), append(1)].map((step) => [...steps, step])))
  return all.map((steps) => among(2, advanceTo('announced'), ...steps, append(1)))
}

describe('a program that is right, one of whose clients leaves', () => {
  const live = [
    advanceTo('read-called'),
    advanceTo('read-called', { consumer: 1 }),
    ...Array.from({ length: 4 }, () => [advance(), advance(1)]).flat(),
  ]
  const leaving: readonly Schedule[] = [
    among(2, ...live, abort(), append(1), append(1)),
    among(2, ...live, abort(1), append(1)),
    among(2, ...live, append(1), abort(), append(1), restart('last-id'), advance(), append(1)),
  ]

  it.each(Object.entries(right))('is not accused: %s', async (_, each) => {
    const judged = await judge(each, leaving, 100)
    expect(judged.flatMap(({ verdict }) => verdict.anomalies)).toEqual([])
  })
})

describe('a program whose reader was begun by one that has left', () => {
  it('is seen to come to rest, and to lose nothing', async () => {
    const left = among(
      2,
      ...Array.from({ length: 5 }, () => advance()),
      advanceTo('announced', { consumer: 1 }),
      append(1),
      abort(),
      append(2),
    )
    const [judged] = await judge(right['one reader for all, each catches up for itself']!, [left], 5000)
    expect(judged!.verdict).toMatchObject({ result: 'valid', counts: { lost: 0 } })
  })

  it('is not at rest while its client is held behind one of several frames', async () => {
    const steps = [advanceTo('announced'), append(11), append(3, { together: true }), append(2)]
    const ahead = schedule(steps, { consumers: 2, read: { timeoutMs: 0, count: 10 } })
    const [judged] = await judge(ledByOthers['one reader for all, which wakes them with each read']!, [ahead], 5000)
    expect(judged!.verdict.anomalies).toEqual([])
    expect(judged!.verdict.counts).toMatchObject({ owed: 16, lost: 0 })
  })

  it('is not led to a read by one that never reads, and says so', async () => {
    const each = ledByOthers['one reader for all, which keeps what it has read']!
    const { skipped, scenarios } = await onModel(each, { scenarios: [twoConsumers], bursts: 0 })
    expect(scenarios).toEqual([])
    expect(skipped.map(({ reason }) => reason)).toEqual([expect.stringContaining('share a reader')])
  })
})

describe('a program that is right, with', () => {
  it.each(Object.entries({ ...right, ...ledByOthers }))(
    '%s',
    async (name, each) => {
      if (name in right) expectRight(await onModel(each))
      const verdicts = (await judge(each, [...SCHEDULES, ...orders(3)])).map(({ verdict }) => verdict)
      expect(verdicts.flatMap(({ anomalies }) => anomalies)).toEqual([])
    },
    120_000,
  )

  it.each(Object.entries(right))('%s, the same each time', async (_, each) => {
    const histories = async () => (await judge(each, SCHEDULES)).map(({ run }) => JSON.stringify(run.history))
    expect(await histories()).toEqual(await histories())
  })
})

describe('a program that is wrong, with', () => {
  const atOnce = { scenarios: [twoConsumers, twoAtOneCursor, readFails], bursts: 0, watchdogMs: 400 }
  it.each([
    ...Object.entries(wrong).map(([name, each]) => [name, each, atOnce, ['invalid', 'unknown']] as const),
    // Few orders show it, and bursts have to come upon one of them.
    ...Object.entries(wrongAmongThree).map(([name, each]) => [name, each, { scenarios: [], bursts: 200 }, ['invalid']] as const),
  ])(
    '%s',
    async (_, each, options, results) => {
      const judged = await judge(each, SCHEDULES)
      expect(judged.map(({ verdict }) => verdict.result)).toContain('invalid')
      expect(results).toContain(resultOf(await onModel(each, options)))
    },
    120_000,
  )
})

describe('a program that comes to a standstill, with', () => {
  it.each(Object.entries(stuck))(
    '%s',
    async (_, each) => {
      const verdicts = (await judge(each, SCHEDULES)).map(({ verdict }) => verdict)
      expect(verdicts.flatMap(({ reasons }) => reasons)).toContainEqual(expect.stringContaining('a promise that never settles'))
      expect(resultOf(await onModel(each, { scenarios: [twoConsumers, twoAtOneCursor, readFails], bursts: 0, watchdogMs: 400 }))).not.toBe(
        'valid',
      )
    },
    120_000,
  )
})
