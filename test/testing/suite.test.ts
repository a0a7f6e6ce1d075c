/** The suite as data: by hand here, and under the real `node --test`, whose tests import the built package. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type nodeTest from 'node:test'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { entryOf, isAnnouncement, literalDollar } from '../../src/consumers/loops.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { abort, advanceTo, append, restart, scenario } from '../../src/schedule/scenario.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { scenarios, smoke } from '../../scenarios/index.js'
import { type SuiteOptions, suiteFor } from '../../src/testing/index.js'
import { Workshop } from '../docs/workshop.js'

const open: SubjectDefinition['open'] = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const right: SubjectDefinition = { name: 'right', store: 'memory', open }
const wrong = { ...right, name: 'wrong', consume: literalDollar, entryOf, isAnnouncement } as SubjectDefinition

const late = scenario('late', { summary: 'it comes late', steps: [advanceTo('read-returned', { outcome: 'empty' }), append(1)] })
const back = scenario('back', { summary: 'a client comes back', steps: [advanceTo('read-called'), abort(), append(1), restart('last-id')] })

const START = 'can be run, starts and waits'
const END = 'closes, and leaves nothing open'

async function suiteOf(subject: SubjectDefinition, options: SuiteOptions = {}) {
  const suite = await suiteFor(subject, options)
  onTestFinished(() => suite.close().catch(() => undefined))
  const named = (start: string) => suite.tests.find(({ name }) => name.startsWith(start))!
  return { suite, named }
}

/** Counts how often it is opened, and how many are open. */
function counted(subject: SubjectDefinition) {
  const counts = { opened: 0, open: 0 }
  const subjectOf: SubjectDefinition = {
    ...subject,
    open: async (context) => {
      counts.opened++
      counts.open++
      return Object.assign(await subject.open(context), { close: async () => void counts.open-- })
    },
  }
  return { counts, subject: subjectOf }
}

const failureOf = (run: Promise<unknown>): Promise<Error & { actual?: unknown; expected?: unknown }> =>
  run.then(
    () => expect.fail('it passed'),
    (error: Error) => error,
  )

/** Never called: it has to compile as it is, for that is how it is used. */
export const underNode = async (test: typeof nodeTest) => {
  for (const each of await suiteFor(right)) void test(each.name, { skip: each.skip }, each.run)
}

describe('the list of tests', () => {
  it('has one for each scenario, under the names that vitest shows, between the start and the end', async () => {
    const { suite } = await suiteOf(right)
    const names = suite.tests.map(({ name }) => name)
    expect(names).toEqual([START, ...scenarios.map(({ name, summary }) => `${name}: ${summary}`), '400 bursts, seed 42', END])
    expect([...suite]).toEqual(suite.tests)
    expect(new Set(names).size).toBe(names.length)
  })

  it('is as long as its options say', async () => {
    const names = async (options: SuiteOptions) => (await suiteOf(right, options)).suite.tests.map(({ name }) => name.split(':')[0])
    expect(await names({ profile: 'smoke' })).toEqual([START, ...smoke.map(({ name }) => name), END])
    expect((await names({ profile: 'ci' })).slice(-3)).toEqual([
      '400 bursts, seed 42',
      'every interleaving of 2 appends over 2 cycles',
      END,
    ])
    const few = { profile: 'ci', bursts: 3, seed: 7, exploration: { appends: 1, cycles: 1 } } as const
    expect((await names(few)).slice(-3)).toEqual(['3 bursts, seed 7', 'every interleaving of 1 append over 1 cycle', END])
    expect((await names({ bursts: 0 })).at(-2)).toBe(scenarios.at(-1)!.name)
    expect((await names({ timeMs: 30_000 })).at(-2)).toBe('bursts for 30 s, seed 42')
    expect((await names({ timeMs: 30_000, bursts: 7 })).at(-2)).toBe('7 bursts for 30 s, seed 42')
    await expect(suiteFor(right, { timeMs: 0 })).rejects.toThrow(new RangeError('timeMs is 0: expected milliseconds, more than 0'))
  })

  it("has those of one's own behind the others, under every profile, and refuses what is none", async () => {
    const { suite, named } = await suiteOf(wrong, { profile: 'smoke', scenarios: [late, back] })
    expect(suite.tests.slice(-3).map(({ name }) => name)).toEqual(['late: it comes late', 'back: a client comes back', END])
    expect(named('back:').skip).toBe('its consumer does not say that it resumes from an id (capabilities.resumes)')
    await expect(suiteFor(right, { scenarios: [late, late] })).rejects.toThrow(
      'suiteFor, scenarios: two scenarios are called "late": rename one',
    )
    await expect(suiteFor(right, { scenarios: [scenario('empty-gap', { summary: 'x', steps: [] })] })).rejects.toThrow('choose another')
  })

  it('refuses a bound that cannot be explored', async () => {
    await expect(suiteFor(right, { exploration: { appends: 0, cycles: 1 } })).rejects.toThrow(RangeError)
  })

  it('knows without running which scenarios a declaration rules out, and opens nothing', async () => {
    const { counts, subject } = counted(wrong)
    const { named } = await suiteOf(subject)
    expect(named('empty-gap:').skip).toBeUndefined()
    expect(named('resumed:').skip).toBe('its consumer does not say that it resumes from an id (capabilities.resumes)')
    expect(counts.opened).toBe(0)
  })

  it('declares no parameter, so that no runner hands over a callback to be called', async () => {
    const { suite } = await suiteOf(right)
    expect(suite.tests.filter(({ run }) => run.length > 0)).toEqual([])
  })
})

describe('its tests', () => {
  it("are those of one's own, too, which fail with a replay file as the others do", async () => {
    const { named } = await suiteOf(wrong, { scenarios: [late] })
    const error = await failureOf(named('late:').run())
    expect(error.message).toMatch(/^✗ late {3}wrong × literalDollar {3}1 of 1 owed entries lost/)
    expect(error.message).toMatch(/replay {4}npx tailrace replay \.tailrace\/late-\w+\.json/)
    expect(await (await suiteOf(right, { scenarios: [late] })).named('late:').run()).toEqual({})
  })

  it('pass on a subject that is right, which is opened by the first, and closed by the last', async () => {
    const { counts, subject } = counted(right)
    const { suite } = await suiteOf(subject, { profile: 'smoke', bursts: 5, exploration: { appends: 1, cycles: 1 } })
    const outcomes = []
    for (const test of suite) outcomes.push(await test.run())
    expect(outcomes).toEqual(suite.tests.map(() => ({})))
    expect(counts.open).toBe(0)
  })

  it('fail with the text of `tailrace run`, with actual and expected, on a subject that is wrong', async () => {
    const { named } = await suiteOf(wrong, { bursts: 20, exploration: { appends: 1, cycles: 2 } })
    const error = await failureOf(named('empty-gap:').run())
    expect(error.name).toBe('TailraceFailure')
    expect(error.message).toMatch(/^✗ empty-gap {3}wrong × literalDollar {3}1 of 1 owed entries lost/)
    expect(error.message).toMatch(/replay {4}npx tailrace replay \.tailrace\/empty-gap-\w+\.json/)
    expect(error.message).toContain('s1 at 1-0 never delivered   unseen @empty-gap · rule 4.2 · race R1')
    expect(error.expected).toEqual({ delivered: 1, anomalies: [] })
    expect(error.actual).toMatchObject({ delivered: 0, anomalies: [expect.stringMatching(/^unseen: s1 at 1-0/)] })
    expect((await failureOf(named('20 bursts').run())).message).toMatch(/^✗ bursts/)
    // A failure ends them, whatever the time; and a number does.
    const anHour = { timeMs: 3_600_000, profile: 'smoke' } as const
    expect((await failureOf((await suiteOf(wrong, anHour)).named('bursts for').run())).message).toMatch(/^✗ bursts/)
    await (await suiteOf(right, { ...anHour, bursts: 3 })).named('3 bursts for').run()
    const { message } = await failureOf((await suiteOf(right, { ...anHour, timeMs: 1e-9 })).named('bursts for').run())
    expect(message).toContain('unknown: no burst was run, for the time of 0 ms was over before the first')
    expect((await failureOf(named('every interleaving').run())).message).toMatch(/^✗ exploration/)
  })

  it('may be run in any order and all at once', async () => {
    const { counts, subject } = counted(right)
    const { suite } = await suiteOf(subject, { profile: 'smoke' })
    const backwards = suite.tests.toReversed()
    const outcomes = await Promise.all(backwards.map((test) => test.run()))
    expect(outcomes).toEqual([{ skipped: 'nothing was open' }, ...backwards.slice(1).map(() => ({}))])
    expect(counts.open).toBeGreaterThan(0)
    await suite.close()
    expect(counts.open).toBe(0)
    expect(await backwards.at(-1)!.run()).toEqual({})
  })

  it('tell what only a run shows: by what they resolve with, and to a runner that hands a context over', async () => {
    const { named } = await suiteOf(wrong)
    const test = named('tail-fails:')
    expect(test.skip).toBeUndefined()
    const told: string[] = []
    const reason = 'its consumer never comes to the gate tail-called'
    expect(await test.run({ skip: (why: string) => told.push(why) })).toEqual({ skipped: reason })
    expect(await test.run(() => undefined)).toEqual({ skipped: reason })
    expect(told).toEqual([reason])
  })

  it('reject one and all where the subject cannot be opened, the first at length', async () => {
    const broken = new Error('no such host\nand more')
    const { named } = await suiteOf({ ...right, open: () => Promise.reject(broken) })
    const message = async (start: string) => (await failureOf(named(start).run())).message
    expect(await message('empty-gap:')).toBe('open() failed: no such host\nand more')
    expect(await message(START)).toBe('not run: the subject failed before it: open() failed: no such host')
    expect(await message('400 bursts')).toBe('not run: the subject failed before it: open() failed: no such host')
  })
})

describe('under node --test', { timeout: 60_000 }, () => {
  let workshop: Workshop
  beforeAll(async () => {
    workshop = await Workshop.open()
  })
  afterAll(() => workshop?.close())

  const file = (consume: string, options: string) => `
    import { it } from 'node:test'
    import { InMemoryStreamRepository, entryOf, isAnnouncement, ${consume} } from 'tailrace'
    import { suiteFor } from 'tailrace/testing'

    const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
    const subject = { name: 'events', store: 'memory', open, consume: ${consume}, entryOf, isAnnouncement }
    for (const test of await suiteFor(subject, ${options})) it(test.name, { skip: test.skip }, test.run)`
  const EVERYTHING = `{ bursts: 20, exploration: { appends: 1, cycles: 1 } }`

  it('passes on a subject that is right, and ends by itself', async () => {
    await workshop.write('right', 'right.test.mjs', file('snapshotCursor', EVERYTHING))
    const { code, output } = await workshop.run('right', 'node --test --test-reporter=tap right.test.mjs')
    expect(output).toContain('# fail 0\n')
    expect(code).toBe(0)
    for (const name of [START, 'empty-gap: an entry', '20 bursts, seed 42', 'every interleaving of 1 append over 1 cycle', END])
      expect(output).toMatch(new RegExp(`^ok \\d+ - ${name}`, 'm'))
    expect(output).toMatch(/^ok \d+ - resumed: .* # SKIP its consumer does not say that it resumes from an id/m)
  })

  it('fails on a subject that is wrong, with names, failure text and exit code', async () => {
    await workshop.write('wrong', 'wrong.test.mjs', file('literalDollar', EVERYTHING))
    const { code, output } = await workshop.run('wrong', 'node --test --test-reporter=spec wrong.test.mjs')
    expect(code).toBe(1)
    expect(output).toContain(`✔ ${START}`)
    expect(output).toContain('✖ empty-gap: an entry is added between an empty read and the next')
    expect(output).toContain('✗ empty-gap   events × literalDollar   1 of 1 owed entries lost')
    expect(output).toContain('s1 at 1-0 never delivered   unseen @empty-gap · rule 4.2 · race R1')
    expect(output).toContain('expected: { delivered: 1, anomalies: [] }')
    expect(output).toContain(`✔ ${END}`)
    const saved = await readdir(join(workshop.folder, 'wrong/.tailrace'))
    expect(saved.some((name) => name.startsWith('empty-gap-'))).toBe(true)
  })
})
