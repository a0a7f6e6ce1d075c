/** Each way to lose an entry, on an implementation that loses it that way: the sentences must name the right reads and ids. */
import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../src/dialects/redis/dialect.js'
import { FENCE } from '../../src/history/event.js'
import { snapshotCursor } from '../../src/consumers/loops.js'
import type { ReadOptions, StreamEntry, StreamRepository } from '../../src/contract/stream-repository.js'
import { check } from '../../src/oracle/check.js'
import { explain, whyOf } from '../../src/report/explain.js'
import { abort, advance, advanceTo, append, disconnect, fail, restart, trim } from '../../src/schedule/scenario.js'
import type { ConsumeContext, Subject } from '../../src/subject/subject.js'
import { history } from '../oracle/histories.js'
import { EMPTY_GAP, type RunCaseOptions, emptyGap, runCase } from './runs.js'

type Consume = Subject['consume']

const why = async (steps: Parameters<typeof runCase>[0], options: RunCaseOptions = {}) => {
  const { history, verdict } = await runCase(steps, options)
  return explain(history, verdict, redisDialect)
}

/** A loop that is right but for where its cursor goes after a read. */
const loop = (move: (context: ConsumeContext, cursor: string, entries: readonly StreamEntry[]) => Promise<string> | string): Consume =>
  async function* (context) {
    const { repository, topic, signal, read, clock } = context
    let cursor = await repository.getStreamTailId(topic)
    while (!signal.aborted) {
      const entries: StreamEntry[] = []
      for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) {
        entries.push(entry)
        yield entry
      }
      cursor = await move(context, cursor, entries)
      if (entries.length === 0) await clock.sleep(100, signal)
    }
  }

const lastOf = (cursor: string, entries: readonly StreamEntry[]) => entries.at(-1)?.id ?? cursor

/** The repository, with other reads. */
const reading =
  (read: (inner: StreamRepository, topic: string, lastId: string, options: ReadOptions) => AsyncIterable<StreamEntry>) =>
  (inner: StreamRepository): StreamRepository => ({
    sendData: (topic, data) => inner.sendData(topic, data),
    getStreamTailId: (topic) => inner.getStreamTailId(topic),
    cleanupStream: (topic) => inner.cleanupStream(topic),
    readMessages: (topic, lastId, options) => read(inner, topic, lastId, options),
  })

describe('a "$" that is resolved again', () => {
  it('in the empty gap', async () => {
    const { history, verdict } = await emptyGap()
    expect(explain(history, verdict, redisDialect)).toEqual([
      'Entry 1-0 was appended after read #1 returned empty and before read #2 resolved "$" to 1-0. Every later read asks for ids above 1-0, so nothing can reach it.',
    ])
  })

  it('in the connect gap, with several entries', async () => {
    expect(await why([advanceTo('announced'), append(3)])).toEqual([
      'Entries 1-0, 2-0 and 3-0 were appended after the consumer announced that it was ready and before read #1 resolved "$" to 3-0. Every later read asks for ids above 3-0, so nothing can reach them.',
    ])
  })

  it('in the connect gap, with many', async () => {
    expect((await why([advanceTo('announced'), append(11)]))[0]).toMatch(
      /^11 entries \(1-0 … 11-0\) were appended .* resolved "\$" to 11-0\./,
    )
  })

  it('in the error gap', async () => {
    expect((await why([fail('read'), advanceTo('read-returned'), append(1)]))[0]).toMatch(
      /^Entry 1-0 was appended after read #1 failed and before read #2 resolved "\$" to 1-0\./,
    )
  })

  it('after the connection was cut', async () => {
    expect((await why([advanceTo('blocked'), disconnect(), append(1)]))[0]).toMatch(
      /^Entry 1-0 was appended after the connection was cut and before read #2 resolved "\$" to 1-0\./,
    )
  })

  it('after an entry that is gone from the log', async () => {
    expect((await why([advanceTo('announced'), append(3), trim(1)]))[0]).toMatch(/^Entry 3-0 was appended .* resolved "\$" to 3-0\./)
  })
})

it('the tail, asked for again', async () => {
  const consume = loop(async ({ repository, topic }, cursor, entries) =>
    entries.length === 0 ? repository.getStreamTailId(topic) : lastOf(cursor, entries),
  )
  expect(await why(EMPTY_GAP, { consume })).toEqual([
    'Entry 1-0 was appended after read #1 returned empty. Then the consumer asked for the tail again, got 1-0, and took it for its cursor. Every later read asks for ids above 1-0, so nothing can reach it.',
  ])
})

it('the tail, asked for only then, is not asked for again', () => {
  const events = history().session('beginning').idle().append('s1').tail('1-0').idle().end()
  expect(explain(events, check(events), redisDialect)[0]).toMatch(
    /^Entry 1-0 was appended after read #1 returned empty\. Then the consumer asked for the tail, got 1-0,/,
  )
})

it('the fence is no entry of the schedule', () => {
  const events = history()
    .connected()
    .idle()
    .append('s1')
    .poll('s1')
    .idle()
    .waiting()
    .quiescent()
    .append(FENCE)
    .emptied()
    .waiting()
    .quiescent()
    .witnessed()
  expect(explain(events, check(events), redisDialect).join(' ')).toContain('The fence, 2-0, was appended')
})

it('the tail, asked for again after a batch', async () => {
  const consume = loop(async ({ repository, topic }, cursor, entries) => (entries.length > 0 ? repository.getStreamTailId(topic) : cursor))
  expect((await why([advanceTo('blocked'), append(1), advanceTo('delivered'), append(1)], { consume }))[0]).toMatch(
    /^Entry 2-0 was appended after 1-0 was delivered\. Then the consumer asked for the tail again, got 2-0,/,
  )
})

it('a cursor that jumps', async () => {
  const consume = loop((_, cursor, entries) => (entries.length === 0 ? '1-5' : lastOf(cursor, entries)))
  expect(await why(EMPTY_GAP, { consume })).toEqual([
    'Entry 1-0 was appended after read #1 returned empty. Then read #2 asked for ids above 1-5, although nothing had been delivered yet. Every later read asks for ids above 1-5, so nothing can reach it.',
  ])
})

it('a cursor that was moved for a batch that failed half-way', async () => {
  const consume: Consume = async function* ({ repository, topic, signal, read, clock }) {
    let cursor = await repository.getStreamTailId(topic)
    while (!signal.aborted) {
      try {
        for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) {
          cursor = '3-0'
          yield entry
        }
      } catch {}
      await clock.sleep(100, signal)
    }
  }
  expect((await why([advanceTo('read-called'), append(3), fail('read', { after: 1 })], { consume }))[0]).toBe(
    'Entries 2-0 and 3-0 were appended after the tail was returned as 0-0. Then read #2 asked for ids above 3-0, although the last entry delivered was 1-0 (read #1 had not been read to its end). Every later read asks for ids above 3-0, so nothing can reach them.',
  )
})

it('a read that does not see what is there: the adapter, not the cursor', async () => {
  const wrap = reading(async function* (inner, topic, lastId, options) {
    for await (const entry of inner.readMessages(topic, lastId, options)) if (entry.id !== '1-0') yield entry
  })
  const [first, ...others] = await why(EMPTY_GAP, { consume: snapshotCursor, wrap })
  expect(first).toBe(
    'Entry 1-0 was appended after read #1 returned empty. Read #2 asked for ids above 0-0 and returned nothing although 1-0 was there: the read is wrong, not the cursor.',
  )
  expect(others).toEqual([])
})

it('a consumer that keeps an entry to itself', async () => {
  const consume: Consume = async function* (context) {
    for await (const frame of snapshotCursor(context)) if (!(frame.type === 'entry' && frame.id === '1-0')) yield frame
  }
  expect((await why([advanceTo('blocked'), append(1)], { consume }))[0]).toBe(
    'Entry 1-0 was appended while read #1 was waiting. Read #1 brought it, but the consumer never handed it out.',
  )
})

it('a session that ends by itself', async () => {
  const consume: Consume = async function* (context) {
    for await (const frame of snapshotCursor(context)) {
      yield frame
      if (frame.type === 'entry') return
    }
  }
  expect((await why([advanceTo('read-called'), append(3)], { consume }))[0]).toBe(
    'The consumer ended by itself after it had delivered 1-0. 2 entries (2-0, 3-0) are in the log and owed, and nobody reads on.',
  )
})

it('tells consumers and sessions apart', async () => {
  const told = await why([advanceTo('blocked'), advanceTo('read-returned', { consumer: 1 }), append(1)], { consumers: 2 })
  expect(told).toEqual([
    'For consumer 1, entry 1-0 was appended after read #1 returned empty and before read #2 resolved "$" to 1-0. Every later read asks for ids above 1-0, so nothing can reach it.',
  ])
  const again = await why([
    advanceTo('blocked'),
    append(1),
    advanceTo('delivered'),
    abort(),
    restart('tail'),
    advanceTo('announced'),
    append(1),
  ])
  expect(again[0]).toMatch(/^For the consumer, started again, entry 2-0 was appended/)
})

it('says of what is no loss what was seen', async () => {
  const consume = loop((_, cursor) => cursor)
  const { history, verdict } = await runCase([advanceTo('blocked'), append(1), advance()], { consume })
  const told = explain(history, verdict, redisDialect)
  expect(verdict.anomalies.map(({ code }) => code)).toContain('duplicate-delivery')
  expect(told.join(' ')).toContain('S1 was delivered twice within one session.')
})

it('says why nothing is known', async () => {
  const { history, verdict } = await runCase([advanceTo('blocked')], { consume: snapshotCursor })
  expect(verdict.result).toBe('unknown')
  expect(explain(history, verdict, redisDialect)[0]).toMatch(/^Nothing can be concluded: nothing was owed/)
})

describe('a batch that leaves entries out', () => {
  const told = (...given: readonly string[]) => {
    const values = Array.from({ length: 8 }, (_, at) => `s${at + 1}`)
    const events = history()
      .connected()
      .append(...values)
      .reading()
      .batch(...given)
      .deliver(...given)
    const all = events.end()
    return explain(all, check(all), redisDialect).join(' ')
  }

  it('from the newest on is told in its order', () => {
    expect(told('s8', 's7', 's6', 's5')).toContain('returned 4 entries in descending order (8-0 … 5-0) although')
  })

  it('is told by its highest id, whatever came last', () => {
    expect(told('s5', 's8', 's6', 's7')).toContain('returned 4 entries up to 8-0 although')
    expect(told('s5', 's6', 's7', 's8')).toContain('returned 4 entries up to 8-0 although')
  })
})

it('an acknowledgement before the hand-over: what failed need not be the hand-over', () => {
  const ack = { consumer: 0, command: 'XACK', does: ['acknowledge'] } as const
  const read = history().connected().append('s1', 's2').reading().batch('s1')
  const lost = read.event({ type: 'command-called', ...ack }, { type: 'command-returned', ...ack }).disconnected()
  const all = lost.poll('s2').end()
  expect(explain(all, check(all), redisDialect)[0]).toContain(
    'Read #1 brought it, and the consumer acknowledged it before it had handed it out. What came next failed, and what is acknowledged is not given again.',
  )
})

it('the moment at which its client left, where no connection was cut', async () => {
  const steps = [advanceTo('blocked'), append(1), advanceTo('delivered'), append(1), abort()]
  const result = await runCase(steps, { consume: snapshotCursor })
  const moment = (type: 'aborted' | 'append-returned') => {
    const at = result.history.findLastIndex((event) => event.type === type)
    const rest = { consumer: 0, session: 0, step: 4, runs: 6, continuations: ['restart'] } as const
    return whyOf({ ...result, noReturn: { value: 's2', kind: 'disconnect', at, ...rest } }, redisDialect).join(' ')
  }
  expect(moment('aborted')).toContain('Until its client left (step 5), s2 could still have been delivered')
  expect(moment('append-returned')).toContain('Until the connection was cut (step 5), s2')
})
