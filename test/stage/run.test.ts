import { describe, expect, it } from 'vitest'
import { advance, advanceTo, abort, append, disconnect, expire, fail, restart } from '../../src/schedule/scenario.js'
import type { ReadOptions, StreamEntry } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import type { MemoryStream } from '../../src/model/memory-stream.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { HistoryEvent } from '../../src/history/event.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { entryOf, isAnnouncement } from '../../src/consumers/loops.js'
import { reproduce } from '../../src/testing/index.js'
import { literal, onModel, snapshot } from '../support/subjects.js'

const types = (history: readonly HistoryEvent[]) => history.map(({ type }) => type)
const gap = [advanceTo('read-returned', { outcome: 'empty' }), append(1)]

describe('one schedule', () => {
  it('shows the race of the literal $, and the fix holding', async () => {
    const lost = await reproduce(literal(), schedule(gap))
    expect(lost.verdict.anomalies).toMatchObject([{ code: 'unseen', value: 's1', window: 'empty-gap', rule: '4.2' }])
    const kept = await reproduce(snapshot(), schedule(gap))
    expect(kept.verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1, lost: 0, gaps: 1, injected: 1 } })
  })

  it('gives the same bytes every time', async () => {
    const bytes = new Set<string>()
    for (let i = 0; i < 100; i++) bytes.add(JSON.stringify((await reproduce(snapshot(), schedule([...gap, advance(), append(2)]))).history))
    expect(bytes.size).toBe(1)
  })

  it('holds the consumer at every gate, one move at a time', async () => {
    const { history } = await reproduce(snapshot(), schedule(Array.from({ length: 7 }, () => advance())))
    const moves = types(
      history.slice(
        0,
        history.findIndex(({ type }) => type === 'drain'),
      ),
    )
    expect(moves).toEqual([
      'step',
      'session',
      'tail-called',
      'step',
      'tail-sent',
      'tail-returned',
      'step',
      'announced',
      'step',
      'read-called',
      'step',
      'read-sent',
      'blocked',
      'step',
      'expired',
      'read-returned',
      'step',
      'read-ended',
      'paused',
    ])
  })

  it('judges only at quiescence: an empty read called after the last append, then the fence while it waits', async () => {
    const { history } = await reproduce(snapshot(), schedule(gap))
    const after = types(history.slice(history.findIndex(({ type }) => type === 'drain')))
    expect(after.indexOf('quiescent')).toBeGreaterThan(after.lastIndexOf('expired'))
    expect(history).toContainEqual({ type: 'delivered', consumer: 0, id: '2-0', value: 'fence' })
    expect(history.at(-1)).toEqual({
      type: 'witness',
      entries: [
        { id: '1-0', value: 's1' },
        { id: '2-0', value: 'fence' },
      ],
    })
  })

  it('moves several consumers independently', async () => {
    const steps = [advanceTo('blocked', { consumer: 1 }), advanceTo('read-called', { consumer: 0 }), append(2)]
    const { verdict, history } = await reproduce(snapshot(), schedule(steps, { consumers: 2 }))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 4, delivered: 4 } })
    expect(history.filter(({ type }) => type === 'quiescent').length).toBeGreaterThanOrEqual(2)
  })

  it('puts the answer that an append woke into the history behind the append', async () => {
    const { history } = await reproduce(snapshot(), schedule([advanceTo('blocked'), append(1)]))
    const order = types(history)
    expect(order.indexOf('read-returned')).toBe(order.indexOf('append-returned') + 1)
  })

  it('aborts, and resumes above the last delivered entry', async () => {
    const steps = [advanceTo('read-called'), append(3), advanceTo('delivered'), abort(), append(1), restart('last-id')]
    const { verdict, history } = await reproduce(snapshot(), schedule(steps))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 4, delivered: 4 } })
    expect(history).toContainEqual({ type: 'session', consumer: 0, session: 1, start: 'id', from: '1-0' })
  })

  describe('an abort while a read is held at its call', () => {
    /** It listens to the signal from the call on; one that has aborted before that it does not look at. */
    class Listening extends InMemoryStreamRepository {
      constructor(readonly log: MemoryStream) {
        super({ stream: log, clock: null })
      }
      override async *readMessages(topic: string, lastId: string, { timeoutMs, count, signal }: ReadOptions): AsyncGenerator<StreamEntry> {
        const wait = this.log.wait(topic, lastId, count)
        signal?.addEventListener('abort', () => wait.end('aborted'))
        if (this.log.range(topic, lastId, 1).length === 0 && timeoutMs > 0) await wait.ended
        else wait.end('aborted')
        yield* super.readMessages(topic, lastId, { count, timeoutMs: 0 })
      }
    }
    const open: SubjectDefinition['open'] = ({ memory }) => new Listening(memory)

    it('is heard by an adapter that listens from its call on: nothing else holds the call', async () => {
      const steps = [
        append(1),
        advanceTo('read-returned', { outcome: 'empty' }),
        advanceTo('read-called'),
        abort(),
        append(1),
        restart('last-id'),
        advanceTo('announced'),
        append(1),
      ]
      const { verdict, history } = await reproduce({ ...snapshot(), open }, schedule(steps))
      expect(history.filter(({ type }) => type === 'session')).toHaveLength(2)
      expect(verdict).toMatchObject({ result: 'valid', anomalies: [] })
    })

    it('and where the consumer calls with a signal that has aborted, an adapter that waits all the same hangs', async () => {
      const consume: SubjectDefinition['consume'] = async function* ({ repository, topic, signal, read }) {
        const cursor = await repository.getStreamTailId(topic)
        yield { type: 'connected' }
        for (let aborted = false; !aborted; ) {
          aborted = signal.aborted
          for await (const { id, data } of repository.readMessages(topic, cursor, { ...read, signal })) yield { type: 'entry', id, data }
        }
      }
      const subject = { ...snapshot(), open, consume, entryOf, isAnnouncement } as SubjectDefinition
      const { verdict } = await reproduce(subject, schedule([advanceTo('read-returned', { outcome: 'empty' }), abort()]))
      expect(verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'stalled', rule: '5.3' }] })
    })
  })

  it('cuts the connection and appends before the reader is back, as one move', async () => {
    const steps = [advanceTo('blocked'), disconnect(), append(1)]
    expect((await reproduce(literal(), schedule(steps))).verdict.anomalies).toMatchObject([
      { code: 'unseen', window: 'error-gap', rule: '4.5', culprit: { name: 'latest-after-error' } },
    ])
    expect((await reproduce(snapshot(), schedule(steps))).verdict.result).toBe('valid')
  })

  it('keeps the cursor over a read that fails in mid-batch', async () => {
    const { verdict, history } = await reproduce(snapshot(), schedule([advanceTo('read-called'), append(3), fail('read', { after: 1 })]))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
    expect(history).toContainEqual(expect.objectContaining({ type: 'read-ended', how: 'error' }))
  })
})

describe('divergence', () => {
  const diverged = async (subject: SubjectDefinition, steps: Parameters<typeof schedule>[0]) => {
    const { ending, verdict } = await reproduce(subject, schedule(steps))
    return { ending, verdict }
  }

  it('says what was expected and what came, and never skips the step', async () => {
    const { ending, verdict } = await diverged(snapshot(), [advance(), expire(), append(1)])
    expect(ending).toEqual({ kind: 'diverged', step: 2, expected: 'consumer 0 blocked in a read', came: 'it was at tail-called' })
    expect(verdict).toMatchObject({ result: 'unknown', reasons: [expect.stringContaining('step 2 could not be followed')] })
  })

  it('names a gate that never comes', async () => {
    const { ending } = await diverged(snapshot(), [advanceTo('delivered')])
    expect(ending).toMatchObject({ kind: 'diverged', step: 1, expected: 'consumer 0 at delivered' })
  })

  it('names a consumer that the schedule does not have', async () => {
    const { ending } = await diverged(snapshot(), [advance(1)])
    expect(ending).toMatchObject({ kind: 'diverged', expected: 'consumer 1', came: 'the schedule has 1' })
  })

  it('still judges what was appended until then', async () => {
    const { verdict } = await diverged(literal(), [...gap, advanceTo('delivered')])
    expect(verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen' }] })
  })
})

describe('a consumer that calls setTimeout itself', () => {
  const sleepy: SubjectDefinition = onModel({
    timers: 'system',
    entryOf,
    isAnnouncement,
    consume: async function* ({ repository, topic, signal, read }) {
      let cursor = await repository.getStreamTailId(topic)
      yield { type: 'connected', cursor }
      while (!signal.aborted) {
        let empty = true
        for await (const { id, data } of repository.readMessages(topic, cursor, { ...read, signal })) {
          empty = false
          yield { type: 'entry', id, data }
          cursor = id
        }
        // An hour: only virtual time can pass it.
        if (empty) await new Promise((resolve) => setTimeout(resolve, 3_600_000))
      }
    },
  })

  it('pauses in virtual time, and each pause is a gate', async () => {
    const { verdict, history } = await reproduce(sleepy, schedule([advanceTo('paused'), append(1)]))
    expect(verdict.result).toBe('valid')
    expect(history).toContainEqual({ type: 'paused', consumer: 0, ms: 3_600_000 })
  })
})
