/**
 * Programs as other people write them. The right ones are accused of nothing; each broken one is convicted on the schedule that shows it, for
 * what is wrong with it; and what the suite finds by itself is found for that, too.
 */
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../../scenarios/index.js'
import { memoryStore } from '../../../src/dialects/memory/memory-store.js'
import { correctImplementations } from '../../../src/kit/correct/correct.js'
import { brokenPrograms, families, rightPrograms } from '../../../src/kit/foreign/index.js'
import type { BrokenProgram, Program } from '../../../src/kit/foreign/parts.js'
import { tryCorrect } from '../../../src/kit/selftest.js'
import { mutants } from '../../../src/kit/mutants/index.js'
import { causesOf } from '../../../src/oracle/cause.js'
import type { Verdict } from '../../../src/oracle/check.js'
import { rules } from '../../../src/oracle/rules.js'
import { alphabetOn } from '../../../src/run/run-target.js'
import { PROFILES } from '../../../src/run/profiles.js'
import { type Target, judgeOf, repositoryTarget, runnerOf } from '../../../src/run/target.js'
import { schedule as scheduleOf } from '../../../src/schedule/schedule.js'
import { advanceTo, append, fail, restart } from '../../../src/schedule/step.js'
import { bursts } from '../../../src/search/bursts.js'
import { eachOnce } from '../../../src/search/scenarios.js'
import { type Judge, search } from '../../../src/search/strategy.js'
import { NOT_FOUND_YET } from './not-found-yet.js'

const SEED = 42
const WATCHDOG_MS = 100

const targetOf = (program: Program): Target => repositoryTarget(program.subject('memory'), memoryStore())

async function running<T>(program: Program, run: (judge: Judge, target: Target) => Promise<T>): Promise<T> {
  const target = targetOf(program)
  const runner = runnerOf(target, { watchdogMs: WATCHDOG_MS })
  try {
    return await run(judgeOf(runner), target)
  } finally {
    await runner.close()
  }
}

function expectConvicted({ causes }: BrokenProgram, { result, anomalies }: Verdict): void {
  expect(result).toBe('invalid')
  const named = causesOf(anomalies).map(({ name }) => name)
  expect(named).not.toEqual([])
  expect(causes).toEqual(expect.arrayContaining(named))
}

describe('the programs', () => {
  it('are many, with names of their own', () => {
    expect(brokenPrograms.length).toBeGreaterThanOrEqual(40)
    expect(rightPrograms.length).toBeGreaterThanOrEqual(20)
    const names = [...brokenPrograms, ...rightPrograms, ...mutants, ...correctImplementations].map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it('have right ones in each style, and break rules that there are', () => {
    expect(families.filter(({ right, broken }) => right.length === 0 || broken.length === 0)).toEqual([])
    const known = new Set(rules.map(({ id }) => id))
    expect(brokenPrograms.filter(({ breaks }) => !known.has(breaks)).map(({ name }) => name)).toEqual([])
  })
})

describe.each(families)('$style', ({ right, broken }) => {
  it.each(right)('$name is not accused', { timeout: 20_000 }, async (program) => {
    const schedules = 90
    const row = await tryCorrect(program, 'memory', memoryStore(), {
      correct: [program],
      scenarios,
      seed: SEED,
      bound: { appends: 1, cycles: 2 },
      correctSchedules: { memory: schedules, redis: 0, own: 0 },
    })
    expect(row.accusations).toEqual([])
    expect(row.error).toBeUndefined()
    expect(row.owed).toBeGreaterThan(schedules / 2)
  })

  it.each(broken.filter(({ shownBy }) => shownBy !== undefined))(
    '$name is convicted on its schedule, and no right one is',
    async (program) => {
      const schedule = program.shownBy!
      const judged = await running(program, (judge) => judge({ schedule }))
      expectConvicted(program, judged.verdict)
      for (const each of right) {
        const { verdict } = await running(each, (judge) => judge({ schedule }))
        expect(verdict.anomalies, each.name).toEqual([])
      }
    },
  )
})

describe('a right program', () => {
  it('has lost nothing that it asks for again when its back-off is over, while it reads on beside', async () => {
    const program = rightPrograms.find(({ name }) => name === 'replica-and-live-beside')!
    const failed = [fail('read'), restart('last-id'), advanceTo('read-called'), advanceTo('read-returned', { outcome: 'error', held: 1 })]
    const schedule = scheduleOf([append(1), advanceTo('announced'), ...failed], { read: { timeoutMs: 0, count: 10 } })
    const { verdict } = await running(program, (judge) => judge({ schedule }))
    expect(verdict).toMatchObject({ result: 'valid', anomalies: [] })
  })
})

describe('the suite', () => {
  const { burstsOnModel: runs } = PROFILES.ci

  it.each(brokenPrograms.filter(({ name }) => !NOT_FOUND_YET.has(name)))('finds $name for what is wrong with it', async (program) => {
    let found: Verdict | undefined
    await running(program, async (judge, target) => {
      const looking: Judge = async (candidate) => {
        const judged = await judge(candidate)
        if (judged.verdict.result === 'invalid') found = judged.verdict
        return judged
      }
      const enough = () => found !== undefined
      await search(eachOnce(scenarios, target.applies), looking, enough)
      const alphabet = await alphabetOn(target, judge)
      await search(bursts({ runs, seed: SEED, shrink: false, ...(alphabet === undefined ? {} : { alphabet }) }), looking, enough)
    })
    if (found === undefined) expect.fail(`${program.name} is not found`)
    expectConvicted(program, found)
  })

  it('is not said to miss what there is not', () => {
    const names = new Set(brokenPrograms.map(({ name }) => name))
    expect([...NOT_FOUND_YET].filter((name) => !names.has(name))).toEqual([])
  })
})
