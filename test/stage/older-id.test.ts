/** A client that comes back with an older id than its last, as one does that had not saved that. */
import { describe, expect, it } from 'vitest'
import { type Frame, entryOf, frameOfEntry, isAnnouncement } from '../../src/consumers/loops.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { Runner } from '../../src/run/runner.js'
import { abort, advance, advanceTo, append, restart } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { minimise } from '../../src/search/minimise.js'
import { search } from '../../src/search/strategy.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'
import { onModel, snapshot } from '../support/subjects.js'

interface Server {
  /** Where a client goes on that comes back with this id. */
  readonly resumes: (from: string, handed: readonly string[]) => string | undefined
  /** Is it to be handed this one, again or for the first time? */
  readonly hands?: (id: string, handed: readonly string[]) => boolean
}

/** A server that knows what it has handed to its client before. */
const server = ({ resumes, hands = () => true }: Server): SubjectDefinition => {
  const handed: string[] = []
  return onModel({
    entryOf,
    isAnnouncement,
    capabilities: { resumes: true },
    consume: async function* ({ repository, topic, signal, read, from }): AsyncGenerator<Frame> {
      const place = from === undefined ? undefined : resumes(from, handed)
      let cursor = place ?? (await repository.getStreamTailId(topic))
      yield { type: 'connected', cursor }
      while (!signal.aborted) {
        for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) {
          cursor = entry.id
          if (!hands(entry.id, handed)) continue
          handed.push(entry.id)
          yield frameOfEntry(entry)
        }
      }
    },
  })
}

const RING = 2

const right: Record<string, () => SubjectDefinition> = {
  'reads its log from the id that it is asked for': () => snapshot(),
  'hands out only what this client never had': () => server({ resumes: (from) => from, hands: (id, handed) => !handed.includes(id) }),
  'goes on behind all that this client had': () => server({ resumes: (from, handed) => handed.at(-1) ?? from }),
  'keeps the last few ids, and reads its log for the others': () => server({ resumes: (from) => from }),
}
const wrong: Record<string, () => SubjectDefinition> = {
  'keeps the last few ids, and takes a client with another for a new one': () =>
    server({ resumes: (from, handed) => (handed.slice(-RING).includes(from) ? from : undefined) }),
}

const away = [advanceTo('read-called'), append(3), ...Array.from({ length: 3 }, () => advanceTo('delivered')), abort(), append(1)]
const judge = async (subject: SubjectDefinition, steps: readonly Step[]) => reproduce(subject, schedule(steps))

describe('a client that comes back with an older id', () => {
  it.each(Object.entries(right))('is right with a server that %s', async (_, subject) => {
    for (const back of [1, 2]) {
      const { verdict, history } = await judge(subject(), [...away, restart('last-id', 0, { back })])
      expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 4, delivered: 4, lost: 0 } })
      expect(history).toContainEqual({ type: 'session', consumer: 0, session: 1, start: 'id', from: `${3 - back}-0`, back })
    }
  })

  it.each(Object.entries(wrong))('has lost something where its server %s', async (_, subject) => {
    for (const steps of [[restart('last-id')], [restart('last-id', 0, { back: 1 })]])
      expect((await judge(subject(), [...away, ...steps])).verdict.result).toBe('valid')
    const { verdict } = await judge(subject(), [...away, restart('last-id', 0, { back: 2 })])
    expect(verdict).toMatchObject({
      result: 'invalid',
      anomalies: [{ code: 'unseen', value: 's4', rule: '5.5', culprit: { name: 'tail-on-resume' } }],
    })
  })

  it('goes on from there: its last id is then what it is given again', async () => {
    const twice = [...away, restart('last-id', 0, { back: 2 }), advanceTo('delivered'), restart('last-id')]
    const { verdict, history } = await judge(snapshot(), twice)
    expect(verdict.result).toBe('valid')
    expect(history.flatMap((event) => (event.type === 'session' && event.from !== undefined ? [event.from] : []))).toEqual(['1-0', '2-0'])
    const older = await judge(snapshot(), [...twice.slice(0, -1), restart('last-id', 0, { back: 1 })])
    expect([older.verdict.result, older.history.findLast(({ type }) => type === 'session')]).toEqual([
      'valid',
      { type: 'session', consumer: 0, session: 2, start: 'id', from: '1-0', back: 1 },
    ])
  })

  it('is the same client where it comes back once more before it has begun', async () => {
    const { verdict, history } = await judge(snapshot(), [...away, restart('last-id', 0, { back: 2 }), restart('last-id')])
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 4, delivered: 4 } })
    expect(history.findLast(({ type }) => type === 'session')).toMatchObject({ start: 'id', from: '1-0', back: 2 })
  })

  it.each<[string, readonly Step[], string]>([
    ['never begun', [restart('last-id', 0, { back: 1 })], 'its client had none'],
    ['had no id', [advanceTo('announced'), restart('last-id', 0, { back: 1 })], 'its client had none'],
    ['had too few', [...away, restart('last-id', 0, { back: 3 })], 'its client had only 2'],
  ])('is a divergence of one that has %s', async (_, steps, came) => {
    const { ending, verdict } = await judge(snapshot(), steps)
    expect(ending).toMatchObject({ kind: 'diverged', step: steps.length, came })
    expect(verdict.reasons.at(-1)).toContain(came)
  })

  it('comes back with its last in the smallest schedule wherever that shows the same', async () => {
    const atTail = () => server({ resumes: () => undefined })
    const runner = new Runner(atTail(), memoryStore())
    const all = schedule([...away, restart('last-id', 0, { back: 2 }), advance()])
    const { schedule: smallest } = await search(minimise(await runner.judge(all), all), (each) => runner.judge(each.schedule))
    await runner.close()
    expect(smallest.steps.find((step) => 'restart' in step)).toEqual(restart('last-id'))
  })
})
