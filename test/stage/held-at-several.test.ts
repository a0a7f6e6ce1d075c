/** One that does several things at once is held at several gates: the schedule says which of them it leaves first. */
import { describe, expect, it } from 'vitest'
import { type Frame, entryOf, frameOfEntry, isAnnouncement } from '../../src/consumers/loops.js'
import { advance, advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { Runner } from '../../src/run/runner.js'
import { minimise } from '../../src/search/minimise.js'
import { search } from '../../src/search/strategy.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'
import { onModel, snapshot } from '../support/subjects.js'

/** Asks for the tail beside each read, to tell how far behind it is. @param next where it reads on. */
const measuring = (next: (cursor: string, tail: string, last: string | undefined) => string): SubjectDefinition =>
  onModel({
    entryOf,
    isAnnouncement,
    consume: async function* ({ repository, topic, signal, read }: ConsumeContext): AsyncGenerator<Frame> {
      let cursor = await repository.getStreamTailId(topic)
      yield { type: 'connected', cursor }
      const page = async () => {
        const entries = []
        for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) entries.push(entry)
        return entries
      }
      while (!signal.aborted) {
        const [tail, entries] = await Promise.all([repository.getStreamTailId(topic), page()])
        for (const entry of entries) yield frameOfEntry(entry)
        cursor = next(cursor, tail, entries.at(-1)?.id)
      }
    },
  })

const right = measuring((cursor, _, last) => last ?? cursor)
/** The tail is that of before the read, as long as it is asked first. */
const wrong = measuring((_, tail, last) => last ?? tail)

const BESIDE = { held: 1 }
const together = [advanceTo('announced'), advance()]
/** The read comes back empty, and only then the tail is asked for. */
const readFirst = [...together, advance(0, BESIDE), advance(0, BESIDE), append(1)]
const tailFirst = [...together, advance(), advance(), append(1)]

const types = async (subject: SubjectDefinition, steps: readonly Step[]) => {
  const { history, ending } = await reproduce(subject, schedule(steps))
  expect(ending.kind).toBe('completed')
  return history
    .slice(
      0,
      history.findIndex(({ type }) => type === 'drain'),
    )
    .map(({ type }) => type)
}

describe('gates that are held side by side', () => {
  it('go by their age, or as the schedule says', async () => {
    expect((await types(right, [...together, advance(), advance()])).slice(-6)).toEqual([
      'step',
      'tail-sent',
      'tail-returned',
      'step',
      'read-sent',
      'blocked',
    ])
    expect((await types(right, [...together, advance(0, BESIDE), advance()])).slice(-6)).toEqual([
      'step',
      'read-sent',
      'blocked',
      'step',
      'tail-sent',
      'tail-returned',
    ])
  })

  it('let time pass for what goes on beside those that are kept back', async () => {
    expect((await types(right, [...together, advance(0, BESIDE), advance(0, BESIDE)])).slice(-3)).toEqual([
      'step',
      'expired',
      'read-returned',
    ])
  })

  it('stay held all the way to the gate that a step names', async () => {
    const whole = await types(right, [...together, advanceTo('read-returned', { outcome: 'empty', held: 1 }), append(1)])
    expect(whole.filter((type) => type === 'tail-sent')).toHaveLength(1)
    expect(whole.slice(whole.indexOf('read-sent'))).toEqual([
      'read-sent',
      'blocked',
      'expired',
      'read-returned',
      'step',
      'append-called',
      'append-returned',
    ])
  })

  it('tell the right consumer from one that is right only while the older gate goes first', async () => {
    for (const steps of [tailFirst, readFirst])
      expect((await reproduce(right, schedule(steps))).verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
    expect((await reproduce(wrong, schedule(tailFirst))).verdict.result).toBe('valid')
    expect((await reproduce(wrong, schedule(readFirst))).verdict).toMatchObject({
      result: 'invalid',
      anomalies: [{ code: 'unseen', value: 's1', culprit: { name: 'tail-after-empty' } }],
    })
  })

  it('go the same way every time', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => reproduce(wrong, schedule(readFirst))))
    expect(new Set(runs.map(({ history }) => JSON.stringify(history))).size).toBe(1)
  })

  it('go by their age in the smallest schedule wherever that shows the same', async () => {
    const steps = [...together, advance(0, BESIDE), advance(0, BESIDE), append(2), advance(0, BESIDE), advance(0, BESIDE)]
    const runner = new Runner(wrong, memoryStore())
    const failing = await runner.judge(schedule(steps))
    const smallest = await search(minimise(failing, schedule(steps)), (each) => runner.judge(each.schedule))
    await runner.close()
    expect(smallest.judged.verdict.anomalies[0]).toMatchObject({ code: 'unseen', culprit: { name: 'tail-after-empty' } })
    expect(smallest.schedule.steps).toEqual([
      advanceTo('read-called'),
      advanceTo('read-returned', { outcome: 'empty', held: 1 }),
      append(1),
    ])
  })
})

describe('a step that keeps back more than is held', () => {
  it.each<[string, SubjectDefinition, readonly Step[], string]>([
    ['at its start', snapshot(), [advance(0, BESIDE)], 'it was held at none (its start)'],
    ['at one gate', snapshot(), [advance(), advance(0, BESIDE)], 'it was held at one (tail-called), and nothing else could go'],
    ['in a read', snapshot(), [advanceTo('blocked'), advance(0, BESIDE)], 'it was held at none (blocked)'],
    ['at two', right, [...together, advance(0, { held: 2 })], 'it was held at 2 (read-called), and nothing else could go'],
    ['after its end', onModel({ consume: async function* () {} }), [advance(), advance(0, BESIDE)], 'it had ended (closed (ended))'],
  ])('is a divergence: %s', async (_, subject, steps, came) => {
    const { ending, verdict } = await reproduce(subject, schedule(steps))
    expect(ending).toMatchObject({ kind: 'diverged', step: steps.length, came })
    expect(verdict.result).toBe('unknown')
  })
})
