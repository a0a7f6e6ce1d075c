/** A consumer that follows another topic beside the one of the run. */
import { describe, expect, it } from 'vitest'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { withMembers } from '../../src/contract/with-members.js'
import { entryOf, type Frame, isAnnouncement, snapshotCursor } from '../../src/consumers/loops.js'
import { scenarios } from '../../scenarios/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import { ELSEWHERE, advance, advanceTo, append, disconnect, elsewhere, expire, fail } from '../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'
import { told } from '../integration/both.js'
import { onModel } from '../support/subjects.js'

/** What comes on the topic of commands would be obeyed, and is not handed out. */
async function* withCommands(context: ConsumeContext): AsyncGenerator<Frame> {
  const { repository, topic, signal, clock, read } = context
  const leave = new AbortController()
  const gone = AbortSignal.any([signal, leave.signal])
  const commands = `${topic}:commands`
  const obey = async (start: string) => {
    for (let id = start; !gone.aborted; ) {
      let entries = 0
      for await (const entry of repository.readMessages(commands, id, { ...read, timeoutMs: 700, signal: gone })) {
        entries++
        id = entry.id
      }
      if (entries === 0) await clock.sleep(50, gone)
    }
  }
  const obeying = obey(await repository.getStreamTailId(commands))
  try {
    yield* snapshotCursor(context)
  } finally {
    leave.abort()
    await obeying
  }
}

const subject = onModel({ consume: withCommands, entryOf, isAnnouncement })

/** Two lanes, with ids of their own, as one: `keyOf` is what a repeat is told by. */
const lanes = (keyOf: (lane: string, id: string) => string) =>
  async function* ({ repository, topic, signal, clock, read }: ConsumeContext): AsyncGenerator<Frame> {
    const control = topic + ELSEWHERE
    const seen = new Set<string>()
    let at = await repository.getStreamTailId(topic)
    let controlAt = await repository.getStreamTailId(control)
    yield { type: 'connected', cursor: at }
    while (!signal.aborted) {
      let entries = 0
      try {
        for await (const { id } of repository.readMessages(control, controlAt, { ...read, timeoutMs: 0, signal })) {
          controlAt = id
          seen.add(keyOf('control', id))
        }
        for await (const { id, data } of repository.readMessages(topic, at, { ...read, signal })) {
          entries++
          at = id
          const key = keyOf('events', id)
          if (seen.has(key)) continue
          seen.add(key)
          yield { type: 'entry', id, data }
        }
      } catch {
        await clock.sleep(50, signal)
      }
      if (entries === 0) await clock.sleep(100, signal)
    }
  }

describe('a failure of the schedule', () => {
  const run = (consume: NonNullable<SubjectDefinition<Frame>['consume']>) =>
    runTarget(repositoryTarget(onModel({ consume, entryOf, isAnnouncement }), memoryStore()), { scenarios, bursts: 100, seed: 1 })

  it('is met by a read of the topic under test, and not used up by another', async () => {
    const result = await run(lanes((lane, id) => `${lane} ${id}`))
    expect(told(result)).toEqual(['valid'])
    expect(result.scenarios.map(({ name }) => name)).toContain('fails-again-and-again')
  })

  it('finds ids of one lane that are taken for those of another', async () => {
    const [result, first] = told(await run(lanes((_, id) => id)))
    expect([result, first]).toEqual(['invalid', expect.stringMatching(/^another-topic: (unseen|poll-skip|entry-skip)/)])
  })

  it('is met by an append of the topic under test, and not by one elsewhere', async () => {
    const steps = schedule([advanceTo('blocked'), fail('append'), elsewhere(1), append(2)])
    const { verdict, history } = await reproduce(onModel(), steps)
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
    expect(history.filter(({ type }) => type === 'elsewhere')).toHaveLength(1)
  })

  it('is met by a question for the tail of the topic under test', async () => {
    const consume = lanes((lane, id) => `${lane} ${id}`)
    const controlFirst = (context: ConsumeContext) => {
      const { repository, topic } = context
      const asking = withMembers(repository, {
        getStreamTailId: async (of: string) => {
          if (of === topic) await repository.getStreamTailId(`${topic}:control`)
          return repository.getStreamTailId(of)
        },
      })
      return consume({ ...context, repository: asking })
    }
    const steps = schedule([fail('tail'), advanceTo('tail-returned'), append(1)])
    const { history } = await reproduce(onModel({ consume: controlFirst, entryOf, isAnnouncement }), steps)
    expect(history.find(({ type }) => type === 'tail-returned')).toMatchObject({ error: expect.stringContaining('injected') as string })
  })
})

describe('reads of another topic', () => {
  it.each<[string, Schedule]>([
    ['in the empty gap', schedule([advanceTo('read-returned', { outcome: 'empty' }), append(3)])],
    ['while a read waits', schedule([advanceTo('blocked'), append(1), elsewhere(1), append(2)])],
    ['a time-out', schedule([advanceTo('blocked'), expire(), append(3)])],
    ['a cut', schedule([advanceTo('blocked'), disconnect(), append(3)])],
  ])('are not taken for those of the run: %s', async (_, steps) => {
    const { verdict, history } = await reproduce(subject, steps)
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
    const tails = history.filter(({ type }) => type === 'tail-called')
    expect(tails).toHaveLength(1)
    const reads = history.flatMap((event) => (event.type === 'read-called' ? [event.read] : []))
    expect(reads).toEqual(reads.map((__, i) => i + 1))
  })

  it('make the same history when they take their time to come to the store', async () => {
    // The model answers within microtasks; a server takes some turns of the event loop.
    const turns = async () => {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    const slow: typeof subject = {
      ...subject,
      open: async (context) => {
        const repository = await subject.open(context)
        return withMembers(repository, {
          readMessages: async function* (...args: Parameters<StreamRepository['readMessages']>) {
            if (args[0].endsWith(':commands')) await turns()
            yield* repository.readMessages(...args)
          },
        })
      },
    }
    const steps = schedule([...Array.from({ length: 24 }, () => advance()), append(3)])
    const plain = await reproduce(subject, steps)
    expect((await reproduce(slow, steps)).history).toEqual(plain.history)
  })
})
