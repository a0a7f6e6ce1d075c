/** A client that leaves the iteration while it handles a frame: `break` in a `for await`, or an error that its body throws. */
import { describe, expect, it } from 'vitest'
import { type Frame, entryOf, frameOfEntry, isAnnouncement } from '../../src/consumers/loops.js'
import type { StreamEntry } from '../../src/contract/stream-repository.js'
import { advance, advanceTo, append, leave, restart } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'
import { ledByOthers, right as hubs } from '../support/programs/hubs.js'
import { onModel, snapshot } from '../support/subjects.js'

type Consume = (context: ConsumeContext) => AsyncIterable<Frame>
const subject = (consume: Consume): SubjectDefinition => onModel({ entryOf, isAnnouncement, consume, capabilities: { resumes: true } })

interface Pump {
  /** Does it go on? Asked before each read. */
  readonly on: () => boolean
  readonly signal?: AbortSignal
}

/** A reader in the background, which the session ends when it is left. @param end gives what it waits for then. */
const pumping = (pump: (signal: AbortSignal) => Pump & { readonly stop: () => void; readonly waits: boolean }): SubjectDefinition =>
  subject(async function* ({ repository, topic, signal, read, from }) {
    let cursor = from ?? (await repository.getStreamTailId(topic))
    yield { type: 'connected', cursor }
    const queue: StreamEntry[] = []
    let wake = () => {}
    signal.addEventListener('abort', () => wake())
    const { on, stop, waits, signal: own } = pump(signal)
    const readOn = async () => {
      while (on() && !signal.aborted)
        for await (const entry of repository.readMessages(topic, cursor, { ...read, ...(own && { signal: own }) })) {
          cursor = entry.id
          queue.push(entry)
          wake()
        }
    }
    const over = readOn().catch(() => undefined)
    try {
      while (!signal.aborted) {
        const entry = queue.shift()
        if (entry === undefined) await new Promise<void>((resolve) => (wake = resolve))
        else yield frameOfEntry(entry)
      }
    } finally {
      stop()
      if (waits) await over
    }
  })

const stopping = (waits: boolean) => (signal: AbortSignal) => {
  let stopped = false
  return { on: () => !stopped, stop: () => void (stopped = true), waits, signal }
}

const aborting = (signal: AbortSignal) => {
  const own = new AbortController()
  return { on: () => !own.signal.aborted, stop: () => own.abort(), waits: true, signal: AbortSignal.any([signal, own.signal]) }
}

const goingOn = (waits: boolean) => (signal: AbortSignal) => ({ on: () => true, stop: () => {}, waits, signal })

/** One reader of the process for all of its sessions. @param whole the one who leaves takes the reader along. */
const sharing = (whole: boolean): SubjectDefinition => {
  const queues = new Map<string, Map<symbol, StreamEntry[]>>()
  return subject(async function* ({ repository, topic, signal, read, clock }) {
    const mine = Symbol('session')
    let cursor = await repository.getStreamTailId(topic)
    const all = queues.get(topic) ?? queues.set(topic, new Map()).get(topic)!
    all.set(mine, [])
    yield { type: 'connected', cursor }
    try {
      while (!signal.aborted) {
        if (!all.has(mine)) {
          await clock.sleep(100, signal)
          for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) cursor = entry.id
          continue
        }
        for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) {
          cursor = entry.id
          yield frameOfEntry(entry)
        }
      }
    } finally {
      if (whole) all.clear()
      else all.delete(mine)
    }
  })
}

const IN_HAND = [advanceTo('read-called'), append(3), advanceTo('delivered')]
const judge = (of: SubjectDefinition, steps: readonly Step[], consumers = 1) =>
  reproduce(of, schedule(steps, { consumers }), { watchdogMs: 500 })

const right: Record<string, SubjectDefinition> = {
  'a loop': snapshot(),
  'a reader in the background that is aborted': pumping(aborting),
  'one that ends when its time-out is up, and is waited for': pumping(stopping(true)),
  'one that ends when its time-out is up': pumping(stopping(false)),
}

describe('a client that leaves while it handles an entry', () => {
  it.each(Object.entries(right))('ends %s, and gets the rest when it comes back', async (_, of) => {
    const { verdict, history, ending } = await judge(of, [...IN_HAND, leave(), append(1), restart('last-id')])
    expect(ending.kind).toBe('completed')
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 4, delivered: 4 } })
    expect(history).toContainEqual({ type: 'aborted', consumer: 0, by: 'return' })
    expect(history.filter((event) => event.type === 'closed')).toEqual([{ type: 'closed', consumer: 0, how: 'aborted' }])
  })

  it('may leave at the announcement, too', async () => {
    const { verdict } = await judge(snapshot(), [
      advanceTo('announced'),
      leave(),
      append(1),
      restart('tail'),
      advanceTo('blocked'),
      append(1),
    ])
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
  })

  it('is owed nothing more, and how its session ends is nobody’s fault', async () => {
    const throws = subject(async function* ({ repository, topic }) {
      yield { type: 'connected', cursor: await repository.getStreamTailId(topic) }
      try {
        yield { type: 'connected', cursor: '0-0' }
      } finally {
        // oxlint-disable-next-line no-unsafe-finally
        throw new Error('nobody is left')
      }
    })
    const { verdict, history } = await judge(throws, [advanceTo('announced'), advanceTo('announced'), leave(), append(1)])
    expect(verdict).toMatchObject({ result: 'unknown', anomalies: [] })
    expect(history).toContainEqual({ type: 'closed', consumer: 0, how: 'aborted', error: 'nobody is left' })
  })

  it('is no matter where the signal is all that ends what goes on in the background', async () => {
    const { verdict, ending } = await judge(pumping(goingOn(true)), [...IN_HAND, leave(), append(1)])
    expect([verdict.anomalies, ending.kind]).toEqual([[], 'completed'])
  })

  it('nor where its session has closed, and a reader beside goes by the signal alone', async () => {
    const { verdict } = await judge(pumping(goingOn(false)), [...IN_HAND, leave(), append(1)])
    expect(verdict.anomalies).toEqual([])
  })

  it('leaves the same way every time', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => judge(pumping(stopping(true)), [...IN_HAND, leave(), append(1)])))
    expect(new Set(runs.map(({ history }) => JSON.stringify(history))).size).toBe(1)
  })
})

describe('those who stay when another client leaves', () => {
  const both = [advanceTo('announced'), advanceTo('announced', { consumer: 1 }), append(2), advanceTo('delivered'), leave(), append(2)]

  it.each([...Object.entries(hubs), ...Object.entries(ledByOthers)])('are accused of nothing: %s', async (_, program) => {
    expect((await judge(onModel(program as object), both, 2)).verdict.anomalies).toEqual([])
  })

  it('get what they are owed, unless the one who leaves takes it along', async () => {
    expect((await judge(sharing(false), both, 2)).verdict).toMatchObject({ result: 'valid' })
    expect((await judge(sharing(true), both, 2)).verdict).toMatchObject({
      result: 'invalid',
      anomalies: expect.arrayContaining([expect.objectContaining({ consumer: 1, value: 's3' })]) as unknown,
    })
  })
})

describe('a client that leaves where it cannot', () => {
  const ENDED = subject(async function* () {})
  it.each<[string, SubjectDefinition, readonly Step[], string]>([
    ['before its session begins', snapshot(), [leave()], 'it was at its start'],
    ['while it waits for a frame', snapshot(), [advanceTo('blocked'), leave()], 'it was at blocked'],
    ['after its session has ended', ENDED, [advance(), leave()], 'it was at closed (ended)'],
    ['twice', snapshot(), [...IN_HAND, leave(), leave()], 'it was at closed (aborted)'],
  ])('is a divergence: %s', async (_, of, steps, came) => {
    const { ending } = await judge(of, steps)
    expect(ending).toEqual({ kind: 'diverged', step: steps.length, expected: 'consumer 0 with a client that handles a frame', came })
  })
})
