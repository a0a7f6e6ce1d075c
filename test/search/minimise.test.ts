import { describe, expect, it } from 'vitest'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import { advance, advanceTo, append, fail } from '../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { minimise } from '../../src/search/minimise.js'
import { search } from '../../src/search/strategy.js'
import { Runner } from '../../src/run/runner.js'
import type { Frame } from '../../src/consumers/loops.js'
import type { Step } from '../../src/schedule/step.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { snapshot } from '../support/subjects.js'

/** `..a`: two moves, then an append. */
const walk = (text: string): Schedule => schedule(text.split('').map((step) => (step === 'a' ? append(1) : advance())))

describe('a random walk of 40 steps', () => {
  it.each([
    // The consumer ends long before the schedule does.
    ['ends-after-two-batches-and-quiet', '.........a..a..a....a.....a..........a.a', 5],
    ['ends-when-empty', '.a.......a..............a....aa........a', 2],
    // It comes to the same gate several times between two appends.
    ['ends-after-two-batches-and-quiet', '.a.......a..............a....aa........a', 7],
    ['empty-after-time-out-between', '.........a......a...a..a.a.............a', 7],
    ['tail-after-second-empty', '.a.....a...a.....a...a.........a........', 3],
    ['literal-dollar', '..........a.......a............a.a.....a', 5],
    ['literal-dollar', '..a......a.........aa...a..a..a......a..', 2],
  ])('of %s, %s, becomes %i steps that show the same', async (name, text, steps) => {
    const runner = new Runner(mutantSubject(mutants.find((each) => each.name === name)!, 'memory'), memoryStore())
    const failing = await runner.judge(walk(text))
    let runs = 0
    const { schedule: smallest, judged } = await search(minimise(failing, walk(text)), (each) => {
      runs++
      return runner.judge(each.schedule)
    })
    const [first] = failing.verdict.anomalies
    expect(first).toBeDefined()
    expect(judged.verdict.anomalies[0]).toMatchObject({
      code: first!.code,
      ...(first!.window === undefined ? {} : { window: first!.window }),
    })
    expect(judged.run.ending.kind).toBe('completed')
    expect((await runner.judge(smallest)).run.history).toEqual(judged.run.history)
    expect(smallest.steps).toHaveLength(steps)
    expect(runs).toBeLessThanOrEqual(50)
    await runner.close()
  })

  it('tries no candidate twice, and takes half of its budget at most', async () => {
    const runner = new Runner(mutantSubject(mutants.find((each) => each.name === 'literal-dollar')!, 'memory'), memoryStore())
    const all = walk('..a......a.........aa...a..a..a......a..')
    const failing = await runner.judge(all)
    const smallestFor = async (budget: { left: number }) => {
      const tried: string[] = []
      const { schedule: smallest } = await search(minimise(failing, all, { budget }), (each) => {
        tried.push(JSON.stringify(each.schedule.steps))
        return runner.judge(each.schedule)
      })
      return { tried, steps: smallest.steps.length }
    }
    const whole = await smallestFor({ left: 200 })
    expect(new Set(whole.tried).size).toBe(whole.tried.length)
    const budget = { left: 6 }
    const first = await smallestFor(budget)
    expect(first.tried).toEqual(whole.tried.slice(0, 3))
    expect(first.steps).toBeLessThan(all.steps.length)
    expect(budget.left).toBe(3)
    expect((await smallestFor({ left: 0 })).steps).toBe(all.steps.length)
    await runner.close()
  })
})

/**
 * Subjects with two faults of one code, in one window: the first takes more steps than the second. What is wanted is the first, and a
 * smaller schedule that shows the second is no smaller counterexample of it.
 */
describe('a schedule that fails in another way is not smaller', () => {
  type Consume = NonNullable<SubjectDefinition<Frame>['consume']>

  async function smallestOf(subject: SubjectDefinition<Frame>, steps: readonly Step[]) {
    const runner = new Runner(subject, memoryStore())
    const failing = await runner.judge(schedule(steps))
    const { schedule: smallest, judged } = await search(minimise(failing, schedule(steps)), (each) => runner.judge(each.schedule))
    await runner.close()
    const { code, rule, window } = judged.verdict.anomalies[0]!
    expect(failing.verdict.anomalies[0]).toMatchObject({ code, rule, window })
    return { steps: smallest.steps, history: judged.run.history, failure: `${code} ${window} ${rule}` }
  }

  /** Takes the tail only now: whatever was appended until then is lost, before the promise and behind it. */
  const deaf: Consume = async function* ({ repository, topic, signal, read }) {
    yield { type: 'connected', cursor: '0-0' }
    let cursor = await repository.getStreamTailId(topic)
    while (!signal.aborted) {
      for await (const { id, data } of repository.readMessages(topic, cursor, { ...read, signal })) {
        yield { type: 'entry', id, data }
        cursor = id
      }
    }
  }

  it('where the entry is there before the session, and was appended behind the promise', async () => {
    const steps = [advanceTo('announced'), append(1)]
    const { steps: smallest, failure } = await smallestOf(snapshot({ consume: deaf, startsAt: 'beginning' }), steps)
    expect(failure).toBe('unseen connect-gap 4.1')
    expect(smallest).toEqual(steps)
  })

  it('where what was there before is lost, it may be there before', async () => {
    const { steps } = await smallestOf(snapshot({ consume: deaf, startsAt: 'beginning' }), [append(2), advance(), advance()])
    expect(steps).toEqual([append(1)])
  })

  /** Ends when a read fails, and in the middle of every batch. */
  const quitting = (how: 'returns' | 'throws'): Consume =>
    async function* ({ repository, topic, signal, read }) {
      let cursor = await repository.getStreamTailId(topic)
      yield { type: 'connected', cursor }
      while (!signal.aborted) {
        let first = true
        try {
          for await (const { id, data } of repository.readMessages(topic, cursor, { ...read, signal })) {
            if (!first) return
            yield { type: 'entry', id, data }
            cursor = id
            first = false
          }
        } catch (error) {
          if (how === 'throws') throw new Error('the connection is gone', { cause: error })
          return
        }
      }
    }

  it.each(['returns', 'throws'] as const)('where the session ends by itself, and had ended by a read that failed: it %s', async (how) => {
    const steps = [advanceTo('announced'), append(2), fail('read', { after: 1 })]
    const { steps: smallest, failure, history } = await smallestOf(snapshot({ consume: quitting(how) }), steps)
    expect(failure).toBe('premature-end connect-gap 5.1')
    expect(smallest).toContainEqual(fail('read', { after: 1 }))
    expect(history).toContainEqual(expect.objectContaining({ type: 'closed', how: how === 'returns' ? 'ended' : 'threw' }))
  })

  it('where the session had ended by itself, the fault has no part in it', async () => {
    const steps = [advanceTo('announced'), append(3), fail('read', { after: 3 })]
    const { steps: smallest } = await smallestOf(snapshot({ consume: quitting('returns') }), steps)
    expect(smallest).toEqual([advanceTo('announced'), append(2)])
  })

  /** Two entries are taken for handled as they come, and not handed out. One alone is passed by: the tail is taken anew. */
  const atMostOnce: Consume = async function* ({ repository, topic, signal, read }) {
    const start = await repository.getStreamTailId(topic)
    yield { type: 'connected', cursor: start }
    const tail = await repository.getStreamTailId(topic)
    let cursor = Number.parseInt(tail, 10) - Number.parseInt(start, 10) === 1 ? tail : start
    let crashed = false
    while (!signal.aborted) {
      const batch: { id: string; data: unknown }[] = []
      for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) batch.push(entry)
      cursor = batch.at(-1)?.id ?? cursor
      if (batch.length > 1 && !crashed) crashed = true
      else for (const { id, data } of batch) yield { type: 'entry', id, data }
    }
  }

  it('where the entry never comes to the consumer, and had come and was not handed out', async () => {
    const steps = [advanceTo('announced'), append(3), advance(), advance()]
    const { steps: smallest, failure } = await smallestOf(snapshot({ consume: atMostOnce }), steps)
    expect(failure).toBe('unseen connect-gap 4.8')
    expect(smallest).toEqual([advanceTo('announced'), append(2)])
  })

  it('where one alone is passed by, it is that', async () => {
    const { steps: smallest, failure } = await smallestOf(snapshot({ consume: atMostOnce }), [advanceTo('announced'), append(1), advance()])
    expect(failure).toBe('unseen connect-gap 4.1')
    expect(smallest).toEqual([advanceTo('announced'), append(1)])
  })
})

describe('an append that is too large', () => {
  type Consume = NonNullable<SubjectDefinition<Frame>['consume']>

  /** Loses the batches whose size this is true of. */
  const losing = (isLost: (entries: number) => boolean): Consume =>
    async function* ({ repository, topic, signal, read }) {
      let cursor = await repository.getStreamTailId(topic)
      yield { type: 'connected', cursor }
      while (!signal.aborted) {
        const batch: { id: string; data: unknown }[] = []
        for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) batch.push(entry)
        cursor = batch.at(-1)?.id ?? cursor
        if (!isLost(batch.length)) for (const { id, data } of batch) yield { type: 'entry', id, data }
      }
    }

  async function appendsOf(consume: Consume, step: Step) {
    const runner = new Runner(snapshot({ consume }), memoryStore())
    const all = schedule([advanceTo('announced'), step], { read: { count: 300 } })
    let runs = 0
    const { schedule: smallest } = await search(minimise(await runner.judge(all), all), (each) => {
      runs++
      return runner.judge(each.schedule)
    })
    await runner.close()
    return { step: smallest.steps.at(-1), runs }
  }

  it.each([
    [300, 101],
    [300, 300],
    [21, 6],
    [11, 2],
    [2, 1],
    [1, 1],
  ])('of %i entries becomes one of %i, where so many are needed', async (appended, needed) => {
    const { step, runs } = await appendsOf(
      losing((entries) => entries >= needed),
      append(appended),
    )
    expect(step).toEqual(append(needed))
    // By halving, beside what it takes to leave out the steps and to try the usual reads.
    expect(runs).toBeLessThanOrEqual(Math.ceil(Math.log2(appended)) + 6)
  })

  it.each([
    ['that was seen to fail', (entries: number) => entries >= 10 || entries === 5, 5],
    ['that halving comes to', (entries: number) => entries >= 10 || entries === 6, 10],
  ])('becomes the least %s, where more do not always', async (_, isLost, least) => {
    expect((await appendsOf(losing(isLost), append(20))).step).toEqual(append(least))
  })

  it('keeps what else it says', async () => {
    const together = await appendsOf(
      losing((entries) => entries >= 3),
      append(8, { together: true }),
    )
    expect(together.step).toEqual(append(3, { together: true }))
    const chosen = append(4, { ids: ['5-1', '5-2', '5-3', '5-4'] })
    expect(
      (
        await appendsOf(
          losing((entries) => entries >= 3),
          chosen,
        )
      ).step,
    ).toEqual(chosen)
  })

  it('loses its payloads, where they have no part in it', async () => {
    const { step } = await appendsOf(
      losing((entries) => entries >= 3),
      append(8, { payloads: ['a', 'b'] }),
    )
    expect(step).toEqual(append(3))
  })
})
