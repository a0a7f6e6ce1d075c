/** A buffer that is full: to drop what comes is a loss, to drop it and say so is none. */
import { expect, it } from 'vitest'
import type { ConsumeContext } from '../../src/subject/subject.js'
import { type OwnFrame, own } from '../support/own-loops.js'
import { describeOnBoth, told } from './both.js'

interface Policy {
  readonly room: number
  /** What becomes of an entry that there is no room for. */
  readonly full: 'wait' | 'drop' | 'drop the oldest'
  /** When the client is told of a gap. */
  readonly tells?: 'behind the buffer' | 'at once' | 'beforehand'
}

/** A pump that reads into a buffer, and a client that takes from it. */
const buffered = ({ room, full, tells }: Policy) =>
  async function* ({ repository, topic, clock, signal, read }: ConsumeContext): AsyncGenerator<OwnFrame, void, undefined> {
    const buffer: OwnFrame[] = []
    let changed = () => {}
    let gap = false
    const change = () => new Promise<void>((resolve) => (changed = resolve))
    let at = await repository.getStreamTailId(topic)
    yield { type: 'connected' }
    if (tells === 'beforehand') yield { type: 'gap' }
    const pump = async () => {
      while (!signal.aborted) {
        let entries = 0
        try {
          for await (const { id, data } of repository.readMessages(topic, at, { ...read, signal })) {
            entries++
            at = id
            while (full === 'wait' && buffer.length >= room && !signal.aborted) await change()
            if (buffer.length >= room) {
              gap = true
              if (full === 'drop the oldest') buffer.shift()
            }
            if (buffer.length < room) buffer.push({ type: 'entry', id, data })
            changed()
          }
        } catch {
          await clock.sleep(50, signal)
        }
        if (entries === 0) await clock.sleep(100, signal)
      }
    }
    const pumping = pump()
    signal.addEventListener('abort', () => changed())
    while (!signal.aborted) {
      const tellNow = gap && (tells === 'at once' || (tells === 'behind the buffer' && buffer.length === 0))
      if (tellNow) {
        gap = false
        yield { type: 'gap' }
      } else if (buffer.length > 0) {
        const frame = buffer.shift()!
        changed()
        yield frame
      } else await change()
    }
    await pumping
  }

const subject = (name: string, policy: Policy) =>
  own(name, { consume: buffered(policy), ...(policy.tells === undefined ? {} : { isTruncation: ({ type }) => type === 'gap' }) })

await describeOnBoth('a buffer that is full', (on) => {
  it.each<[string, Policy]>([
    ['waits for room', { room: 4, full: 'wait' }],
    ['drops what comes, and says so behind what it has', { room: 4, full: 'drop', tells: 'behind the buffer' }],
    ['drops what comes, and says so at once', { room: 4, full: 'drop', tells: 'at once' }],
    ['drops the oldest, and says so at once', { room: 4, full: 'drop the oldest', tells: 'at once' }],
    ['has room for many', { room: 256, full: 'drop', tells: 'behind the buffer' }],
  ])('is right where it %s', async (name, policy) => {
    expect(told(await on.run(subject(name, policy)))).toEqual(['valid'])
  })

  it.each<[string, Policy]>([
    ['drops what comes', { room: 4, full: 'drop' }],
    ['drops the oldest', { room: 4, full: 'drop the oldest' }],
    ['has room for many, and drops what comes', { room: 64, full: 'drop' }],
    ['has room for very many, and drops what comes', { room: 256, full: 'drop' }],
  ])('is wrong where it %s, and says nothing', async (name, policy) => {
    const [result, first] = told(await on.run(subject(name, policy), 'more-than-buffers-hold'))
    expect([result, first]).toEqual(['invalid', expect.stringMatching(/^more-than-buffers-hold: (unseen|entry-skip|poll-skip)/)])
  })

  it('is unknown where it says that something is gone, and nothing is', async () => {
    expect(told(await on.run(subject('beforehand', { room: 4, full: 'drop', tells: 'beforehand' }), 'awkward-payloads'))).toEqual([
      'unknown',
      'undisturbed: isTruncation was true of a frame, although no entry was gone: is it right?',
    ])
  })
})
