/** A consumer that follows another topic beside the one of the run. */
import { describe, expect, it } from 'vitest'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { withMembers } from '../../src/contract/with-members.js'
import { entryOf, type Frame, isAnnouncement, snapshotCursor } from '../../src/consumers/loops.js'
import { advance, advanceTo, append, disconnect, elsewhere, expire } from '../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'
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
