/** A consumer that has several reads under way, and hands out each entry once. */
import { describe, expect, it } from 'vitest'
import { type Frame, entryOf, frameOfEntry, isAnnouncement } from '../../src/consumers/loops.js'
import { advance, advanceTo, append, disconnect, expire } from '../../src/schedule/scenario.js'
import { type Schedule, schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'
import { onModel } from '../support/subjects.js'

async function* twoReaders(context: ConsumeContext): AsyncGenerator<Frame> {
  const { repository, topic, signal, clock, read } = context
  const leave = new AbortController()
  const gone = AbortSignal.any([signal, leave.signal])
  const queue: Frame[] = []
  const seen = new Set<string>()
  let wake = () => {}
  const follow = async (start: string, timeoutMs: number) => {
    for (let id = start; !gone.aborted; ) {
      let entries = 0
      try {
        for await (const entry of repository.readMessages(topic, id, { ...read, timeoutMs, signal: gone })) {
          entries++
          id = entry.id
          if (seen.has(id)) continue
          seen.add(id)
          queue.push(frameOfEntry(entry))
          wake()
        }
      } catch {}
      if (entries === 0) await clock.sleep(100, gone)
    }
  }
  gone.addEventListener('abort', () => wake())
  const cursor = await repository.getStreamTailId(topic)
  yield { type: 'connected', cursor }
  const readers = [follow(cursor, read.timeoutMs), follow(cursor, read.timeoutMs / 2)]
  try {
    while (!gone.aborted) {
      const frame = queue.shift()
      if (frame !== undefined) yield frame
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    leave.abort()
    await Promise.all(readers)
  }
}

const subject = onModel({ consume: twoReaders, entryOf, isAnnouncement })
const blocked = [advanceTo('blocked'), advanceTo('blocked')]

describe('reads of one consumer that wait at once', () => {
  it.each<[string, Schedule]>([
    ['undisturbed', schedule([])],
    ['both served by one append', schedule([...blocked, append(3)])],
    ['the first timed out', schedule([...blocked, expire(), append(2), advance(), advance(), append(1)])],
    ['one cut off', schedule([...blocked, disconnect(), append(2)])],
    ['one on its way', schedule([advanceTo('blocked'), append(2), advanceTo('blocked'), append(12)])],
  ])('%s', async (_, steps) => {
    const { verdict, history } = await reproduce(subject, steps)
    expect(verdict).toMatchObject({ anomalies: [], reasons: steps.steps.length === 0 ? [expect.stringContaining('nothing was owed')] : [] })
    expect(history).toContainEqual(expect.objectContaining({ type: 'delivered', value: 'fence' }))
  })

  it('end in the order of their time-outs', async () => {
    const { history } = await reproduce(subject, schedule([...blocked, expire(), append(1)]))
    expect(history.find(({ type }) => type === 'expired')).toMatchObject({ read: 2 })
  })
})
