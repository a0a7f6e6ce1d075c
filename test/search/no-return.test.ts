import { describe, expect, it } from 'vitest'
import aftersAnnouncement from '../../scenarios/after-announcement.js'
import emptyGap from '../../scenarios/empty-gap.js'
import emptyGapTwice from '../../scenarios/empty-gap-twice.js'
import longerThanCount from '../../scenarios/longer-than-count.js'
import twoConsumers from '../../scenarios/two-consumers.js'
import type { Frame } from '../../src/consumers/loops.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import { runTarget } from '../../src/run/run-target.js'
import { Runner } from '../../src/run/runner.js'
import { repositoryTarget } from '../../src/run/target.js'
import { abort, advance, advanceTo, append, disconnect, expire, fail, remove, restart, type Scenario } from '../../src/schedule/scenario.js'
import { type ScheduleReadOptions, schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { lossOf, noReturn, noReturns } from '../../src/search/no-return.js'
import { search } from '../../src/search/strategy.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { literal, snapshot } from '../support/subjects.js'

type Consume = NonNullable<SubjectDefinition<Frame>['consume']>

const mutant = (name: string): SubjectDefinition => mutantSubject(mutants.find((each) => each.name === name)!, 'memory')

const IN_EMPTY_GAP = advanceTo('read-returned', { outcome: 'empty' })

interface More {
  readonly consumers?: number
  readonly read?: Partial<ScheduleReadOptions>
  readonly resumes?: boolean
  readonly runs?: number
}

/** The moment of the first loss of a schedule, with the event that it names, and how many runs were asked for. */
async function momentOf(
  subject: SubjectDefinition,
  steps: readonly Step[],
  { consumers = 1, read = {}, resumes = false, runs = 24 }: More = {},
) {
  const runner = new Runner(subject, memoryStore())
  const plan = schedule(steps, { consumers, read })
  const { run, verdict } = await runner.judge(plan)
  const loss = lossOf({ verdict })
  expect(loss).toBeDefined()
  let asked = 0
  const found = await search(noReturn({ schedule: plan, history: run.history }, loss!, { resumes, runs }), (each) => {
    asked++
    return runner.judge(each.schedule)
  })
  await runner.close()
  if (found !== undefined) expect(found.runs).toBe(asked)
  return { asked, found, event: found && run.history[found.at], lost: loss!.value }
}

describe('what is lost as soon as it is appended', () => {
  it.each<[string, string, readonly Step[], step: number]>([
    ['a read from "$", in the gap after an empty read', 'literal-dollar', [IN_EMPTY_GAP, append(1)], 1],
    [
      'a read from "$", whatever comes after that',
      'literal-dollar',
      [advanceTo('announced'), append(1), advanceTo('delivered'), append(1)],
      1,
    ],
    ['a read from "$", of several entries the first', 'literal-dollar', [IN_EMPTY_GAP, append(3), advance(), advance()], 1],
    ['the tail that is asked for after an empty read', 'tail-after-empty', [append(1), IN_EMPTY_GAP, append(1), advance(), advance()], 2],
    [
      'the tail that is asked for after an error',
      'tail-after-error',
      [fail('read'), advanceTo('read-returned', { outcome: 'error' }), append(1)],
      2,
    ],
  ])('%s', async (_, name, steps, step) => {
    const { found, event, lost, asked } = await momentOf(mutant(name), steps)
    expect(found).toMatchObject({ step, kind: 'append', value: lost, consumer: 0, session: 0, continuations: ['idle', 'append'] })
    expect(found).not.toHaveProperty('gate')
    expect(event).toMatchObject({ type: 'append-called', value: lost })
    expect(asked).toBeLessThanOrEqual(5)
  })
})

describe('what is lost later', () => {
  it('by an error, after which the tail is asked for: the error is the moment, and not that it was going to come', async () => {
    const steps = [advanceTo('announced'), append(1), fail('read'), advanceTo('read-returned', { outcome: 'error' }), append(1)]
    const { found, event } = await momentOf(mutant('tail-after-error'), steps)
    expect(found).toMatchObject({ step: 3, kind: 'fault', gate: 'read-returned', value: 's1' })
    expect(event).toMatchObject({ type: 'read-returned', outcome: 'error' })
  })

  it('by an error that comes behind the last step', async () => {
    const { found, event } = await momentOf(mutant('moves-before-handing-over'), [
      advanceTo('read-called'),
      append(3),
      fail('read', { after: 1 }),
    ])
    expect(found).toMatchObject({ step: 3, kind: 'fault' })
    expect(event).toMatchObject({ type: 'read-ended', how: 'error' })
  })

  it('by the client that goes away, where the cursor has moved before the entries were handed over', async () => {
    const steps = [advanceTo('read-called'), append(3), advanceTo('delivered'), abort(), restart('last-id')]
    const { found, event } = await momentOf(mutant('resumes-from-what-it-read'), steps, { resumes: true })
    expect(found).toMatchObject({ step: 3, kind: 'disconnect', continuations: ['restart'] })
    expect(event).toMatchObject({ type: 'aborted' })
  })

  it('by the client that goes away, where a session that comes back starts at the tail', async () => {
    const steps = [advanceTo('read-called'), append(3), advanceTo('delivered'), abort(), restart('last-id')]
    expect((await momentOf(mutant('tail-on-reconnect'), steps, { resumes: true })).found).toMatchObject({ step: 3, kind: 'disconnect' })
    // Where the step that starts it again ends it, too.
    const atOnce = steps.filter((step) => !('abort' in step))
    expect((await momentOf(mutant('tail-on-reconnect'), atOnce, { resumes: true })).found).toMatchObject({ step: 3, kind: 'disconnect' })
  })

  it('by nothing else, where it was appended while the client was away', async () => {
    const steps = [advanceTo('read-called'), append(1), advanceTo('delivered'), abort(), append(1), restart('last-id')]
    const { found } = await momentOf(mutant('tail-on-reconnect'), steps, { resumes: true })
    expect(found).toMatchObject({ step: 4, kind: 'append', value: 's2', continuations: ['restart'] })
  })

  it('by the cut with which it was appended, where the client comes back at the tail', async () => {
    const { found, event } = await momentOf(literal(), [advanceTo('blocked'), disconnect(), append(1)])
    expect(found).toMatchObject({ step: 1, kind: 'disconnect' })
    expect(event).toMatchObject({ type: 'disconnected' })
  })

  /** Keeps the newest of what it was given. */
  const buffer = (size: number): Consume =>
    async function* ({ repository, topic, signal, read }) {
      let cursor: string = await repository.getStreamTailId(topic)
      yield { type: 'connected', cursor }
      while (!signal.aborted) {
        const batch = []
        for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) batch.push(entry)
        for (const { id, data } of batch.slice(-size)) yield { type: 'entry', id, data }
        cursor = batch.at(-1)?.id ?? cursor
      }
    }

  it.each<[string, readonly Step[], number]>([
    ['of one step', [advanceTo('read-called'), append(6)], 1],
    ['of a later step', [advanceTo('read-called'), append(2), append(1), append(1), append(2)], 3],
  ])('by the append that a buffer has no room for, %s', async (_, steps, step) => {
    const { found, event } = await momentOf(snapshot({ consume: buffer(3) }), steps)
    expect(found).toMatchObject({ step, kind: 'later-append', value: 's1' })
    expect(event).toMatchObject({ type: 'append-called', value: 's4' })
  })

  /** Keeps all but the first entry of a batch until its next read has given something, and drops it where that was empty. */
  const holding: Consume = async function* ({ repository, topic, signal, read }) {
    let cursor: string = await repository.getStreamTailId(topic)
    let held: { readonly id: string; readonly data: unknown }[] = []
    yield { type: 'connected', cursor }
    while (!signal.aborted) {
      const batch = []
      for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) batch.push(entry)
      const out = batch.length === 0 ? [] : [...held, batch[0]!]
      held = batch.slice(1)
      for (const { id, data } of out) yield { type: 'entry', id, data }
      cursor = batch.at(-1)?.id ?? cursor
    }
  }

  it('by a read that times out, where another entry would have been in time', async () => {
    const steps = [advanceTo('read-called'), append(2), advanceTo('blocked'), expire(), advance()]
    const { found, event } = await momentOf(snapshot({ consume: holding }), steps)
    expect(found).toMatchObject({ step: 3, kind: 'time-out', value: 's2', continuations: ['idle', 'append'] })
    expect(event).toMatchObject({ type: 'read-returned', outcome: 'empty' })
  })

  it('by what its consumer does at one of the gates that a step passes', async () => {
    const steps = [advanceTo('read-called'), append(2), IN_EMPTY_GAP, advanceTo('blocked')]
    const { found } = await momentOf(snapshot({ consume: holding }), steps)
    expect(found).toMatchObject({ step: 2, gate: 'read-returned', kind: 'time-out' })
  })

  it('by another consumer, where the others go on in front of it; ahead of them it gets the entry', async () => {
    const { found, event } = await momentOf(mutant('once-for-all'), twoConsumers.schedule.steps, { consumers: 2 })
    expect(found).toMatchObject({ consumer: 1, step: 3, kind: 'other-consumer', continuations: ['idle', 'ahead', 'append'] })
    expect(event).toMatchObject({ consumer: 0 })
  })
})

describe('what delivers it even from the end is told, and does not move the moment', () => {
  it('a later entry that wakes the consumer', async () => {
    // Of more than a page it sees the newest three: those that it was not given yet come with the next entry.
    const { found } = await momentOf(mutant('keeps-newest-three'), longerThanCount.schedule.steps, longerThanCount.schedule)
    expect(found).toMatchObject({ step: 1, value: 's7', continuations: ['idle'], stillBy: ['append'] })
  })

  it('a client that comes back with its last id', async () => {
    const steps = [advanceTo('blocked'), append(1), advanceTo('delivered'), IN_EMPTY_GAP, append(1)]
    const { found } = await momentOf(mutant('tail-after-empty'), steps, { resumes: true })
    expect(found).toMatchObject({ kind: 'append', continuations: ['idle', 'append'], stillBy: ['restart'] })
  })
})

describe('nothing is said', () => {
  const counting = (losesIn: (run: number) => boolean): SubjectDefinition => {
    let run = 0
    const consume: Consume = async function* (context) {
      const loses = losesIn(run++)
      const { repository, topic, signal, read } = context
      let cursor: string = await repository.getStreamTailId(topic)
      yield { type: 'connected', cursor }
      while (!signal.aborted) {
        let entries = 0
        for await (const { id, data } of repository.readMessages(topic, cursor, { ...read, signal })) {
          entries++
          if (!loses) yield { type: 'entry', id, data }
          cursor = id
        }
        if (entries === 0 && loses) await context.clock.sleep(1, signal)
      }
    }
    return snapshot({ consume })
  }

  it('of one that does not lose it again', async () => {
    const { found, asked } = await momentOf(
      counting((run) => run === 0),
      [IN_EMPTY_GAP, append(1), advance()],
    )
    expect(found).toBeUndefined()
    expect(asked).toBe(1)
  })

  it('of one that comes to the moment in another way than before', async () => {
    const { found } = await momentOf(
      counting((run) => run < 2),
      [IN_EMPTY_GAP, advance(), append(1), advance(), advance()],
    )
    expect(found).toBeUndefined()
  })

  it('where it would take more runs than there are', async () => {
    for (const runs of [0, 1]) {
      const { found, asked } = await momentOf(literal(), [IN_EMPTY_GAP, append(1)], { runs })
      expect(found).toBeUndefined()
      expect(asked).toBe(runs)
    }
  })
})

it('takes few runs, however much is appended', async () => {
  for (const name of ['literal-dollar', 'drops-first-entry', 'drops-middle', 'keeps-newest-three', 'first-page-only']) {
    const { asked } = await momentOf(mutant(name), [advanceTo('read-called'), append(60)])
    expect(asked, name).toBeLessThanOrEqual(24)
  }
})

describe('of the cases of a run', () => {
  const run = async (subject: SubjectDefinition, scenarios: readonly Scenario[]) => {
    let schedules = 0
    const observer = { schedule: () => void schedules++, event: () => undefined }
    const result = await runTarget(repositoryTarget(subject, memoryStore()), { scenarios, bursts: 0, seed: 1, observer })
    return { cases: result.scenarios, schedules }
  }

  it('one case of each finding has it: that which it is told by', async () => {
    const { cases } = await run(literal(), [emptyGapTwice, emptyGap, aftersAnnouncement])
    expect(cases.map(({ verdict }) => verdict.result)).toEqual(['invalid', 'invalid', 'invalid'])
    expect(cases.filter(({ noReturn: moment }) => moment !== undefined).map(({ name }) => name)).toEqual(['empty-gap'])
    for (const { noReturn: moment, history } of cases)
      if (moment !== undefined) expect(history[moment.at]).toMatchObject({ type: 'append-called', value: moment.value })
  })

  it('kinds that are told of are not looked for again', async () => {
    const { cases } = await run(literal(), [emptyGap])
    const told = new Set<string>()
    const runner = new Runner(literal(), memoryStore())
    const found = [0, 0].map(async () => {
      const moments = noReturns(cases, { resumes: false, runs: 12, consumerOf: () => undefined, told })
      return (await search(moments, ({ schedule: each }) => runner.judge(each))).size
    })
    expect(await found[0]).toBe(1)
    expect(await found[1]).toBe(0)
    await runner.close()
  })

  it('a run in which nothing is lost takes no more runs', async () => {
    const { cases, schedules } = await run(snapshot(), [emptyGap, aftersAnnouncement])
    expect(cases.map((each) => [each.verdict.result, each.noReturn])).toEqual([
      ['valid', undefined],
      ['valid', undefined],
    ])
    expect(schedules).toBe(2 + cases.length)
  })
})

it('an entry that is removed before it is read is no loss', async () => {
  const runner = new Runner(snapshot(), memoryStore())
  const judged = await runner.judge(schedule([advanceTo('read-called'), append(1), remove(1), append(1)]))
  expect(lossOf(judged)).toBeUndefined()
  await runner.close()
})
