/** Consumers over the wire, on a real Redis. */
import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../src/dialects/redis/dialect.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { resultOf } from '../../src/report/result.js'
import { advance, advanceTo, append, disconnect, drop } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import { explain } from '../../src/report/explain.js'
import { hintsFor } from '../../src/report/advice.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import type { WireContext, WireSubject } from '../../src/subject/wire-subject.js'
import { runWire, wireRunner } from '../support/run-wire.js'
import type { Judged } from '../../src/search/strategy.js'
import { wire } from '../../src/sources/wire/definition.js'
import {
  entriesOf,
  forEver,
  group,
  inProcess,
  literalDollar,
  patiently,
  snapshot,
  snapshotLoop,
  tailOf,
} from '../support/wire-consumers.js'
import { connect } from '../support/connect.js'
import { describeWithServer } from './redis.js'

const named = (name: string) => wireScenarios.find((each) => each.name === name)!

await describeWithServer('over the wire', (start) => {
  let url = ''
  const found = async () => ({ ...(await findRedis({ url: (url ||= (await start()).url) })), shared: false })
  const wired = async (subject: WireSubject, shared = false) => wire(subject, { ...(await found()), shared })

  async function judge(
    subject: WireSubject,
    steps: readonly Step[],
    { times = 1, watchdogMs = 3000, shared = false } = {},
  ): Promise<Judged[]> {
    const open = await wired(subject, shared)
    const runner = wireRunner(open, watchdogMs)
    const all: Judged[] = []
    for (let i = 0; i < times; i++) all.push(await runner.judge(schedule(steps)))
    await runner.close()
    await open.store.close()
    return all
  }

  const GAP = [advanceTo('read-returned', { outcome: 'empty' as const }), append(1)]

  async function suite(subject: WireSubject, bursts: number, scenarios = wireScenarios) {
    const open = await wired(subject)
    const result = await runWire(open, { scenarios, bursts, seed: 42, watchdogMs: 1500 })
    await open.store.close()
    return result
  }

  describe('the verdict', () => {
    it('is a loss in the empty gap for a literal $', async () => {
      const [judged] = await judge(literalDollar, GAP)
      expect(judged!.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's1', window: 'empty-gap' }] })
    })

    it('is clean for a concrete cursor, over all scenarios and 30 bursts', async () => {
      const result = await suite(snapshot, 30)
      expect(result.error).toBeUndefined()
      expect(result.scenarios.flatMap(({ name, verdict }) => (verdict.result === 'valid' ? [] : [[name, verdict]]))).toEqual([])
      expect(resultOf(result)).toBe('valid')
      expect(result.skipped.map(({ name }) => name)).toEqual([
        'wire-after-announcement',
        'wire-notify-inversion',
        'wire-cut-while-listening',
        'wire-cut-under-message',
        'wire-late-reply',
        'wire-history-at-start',
        'wire-cut-at-acknowledgement',
        'wire-several-in-one-reply',
        'wire-several-at-tail',
        'wire-acknowledgement-lost',
      ])
      expect(result.bursts).toMatchObject({ runs: 30, counts: { lost: 0 } })
    }, 120_000)

    it('is a loss for a member of a group that forgets what it was given when its connection breaks (R11)', async () => {
      const result = await suite(group(false), 0, [named('empty-gap'), named('wire-reply-lost')])
      expect(result.scenarios.map(({ name, verdict }) => [name, verdict.result, verdict.anomalies[0]?.code])).toEqual([
        ['empty-gap', 'valid', undefined],
        ['wire-reply-lost', 'invalid', 'unseen'],
      ])
      const { verdict, history } = result.scenarios[1]!
      expect(verdict.anomalies[0]!.rule).toBe('4.5')
      expect(explain(history, verdict, redisDialect)[0]).toMatch(
        /Read #\d failed, and for the group it has been given out: ">" does not give it again, a read of what is pending would\.$/,
      )
      expect(hintsFor(verdict.anomalies, redisDialect.words)).toEqual([
        expect.stringContaining('read from 0 what is pending for this member'),
      ])
    })

    it('is clean for one that looks for what is pending, and makes its group anew when it is gone', async () => {
      const result = await suite(group(true), 0, [
        named('empty-gap'),
        named('wire-reply-lost'),
        named('wire-reply-torn'),
        named('wire-topic-gone'),
      ])
      expect(result.scenarios.map(({ name, verdict }) => [name, verdict.result])).toEqual([
        ['empty-gap', 'valid'],
        ['wire-reply-lost', 'valid'],
        ['wire-reply-torn', 'valid'],
        ['wire-topic-gone', 'valid'],
      ])
    })

    it('is a loss where the group is gone and nobody makes it anew: every read is answered NOGROUP', async () => {
      const [judged] = await judge(group(false), [advanceTo('blocked'), append(1), advanceTo('delivered'), drop(), append(1)])
      expect(judged!.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'livelock', rule: '5.1' }] })
      expect(judged!.verdict.anomalies[0]!.evidence).toMatch(/every read still fails \(NOGROUP .*while s2 at /)
      expect(judged!.run.history).toContainEqual(
        expect.objectContaining({ type: 'read-returned', outcome: 'error', error: expect.stringContaining('NOGROUP') }),
      )
    })
  })

  describe('a consumer', () => {
    it('that waits without a time-out is judged while it waits', async () => {
      const [judged] = await judge(forEver, [advanceTo('blocked'), append(2)])
      expect(judged!.verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
      const [gap] = await judge(forEver, GAP)
      expect(gap!.run.ending).toMatchObject({ kind: 'diverged', came: 'its read waits without a time-out (BLOCK 0)' })
    })

    it('may have its writes wait behind its reads, on one connection', async () => {
      const busy = inProcess('busy', async (loop) => {
        let cursor = await tailOf(loop)
        while (!loop.running.aborted) {
          const read = loop.redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', loop.topic, cursor)
          const noted = loop.redis.set(`${loop.topic}:cursor`, cursor)
          for (const entry of entriesOf(await read.catch(() => null))) {
            loop.deliver(entry)
            cursor = entry[0]
          }
          await noted.catch(() => undefined)
        }
        await loop.redis.del(`${loop.topic}:cursor`).catch(() => undefined)
      })
      const [judged] = await judge(busy, [...GAP, advanceTo('delivered'), append(2)])
      expect(judged!.verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
    })

    it('that asks for several streams at once is held where one of them is the topic', async () => {
      const several = inProcess('several', async (loop) => {
        let cursor = await tailOf(loop)
        while (!loop.running.aborted) {
          const streams = (await patiently(loop, () => loop.redis.xread('BLOCK', 2000, 'STREAMS', 'config', loop.topic, '$', cursor))) as
            | [string, [string, string[]][]][]
            | null
          for (const entry of streams?.find(([key]) => key === loop.topic)?.[1] ?? []) {
            loop.deliver(entry)
            cursor = entry[0]
          }
        }
      })
      const [judged] = await judge(several, GAP)
      expect(judged!.verdict.result).toBe('valid')
      expect(judged!.run.history).toContainEqual(expect.objectContaining({ type: 'read-called', read: 1, cursor: '0-0', timeoutMs: 2000 }))
    })

    it('that reads a key of its own is followed there', async () => {
      const own = inProcess('own-key', (loop) => snapshotLoop({ ...loop, topic: 'task:its-own' }))
      const [judged] = await judge(own, GAP)
      expect(judged!.verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
    })

    it.each([snapshot, inProcess('own-key', (loop) => snapshotLoop({ ...loop, topic: 'task:its-own' }))])(
      'is told apart what is added in one go with a cut, and under ids of the schedule: $name',
      async (subject) => {
        const [judged] = await judge(subject, [
          advanceTo('blocked'),
          append(1, { ids: ['5-0'] }),
          advanceTo('blocked'),
          disconnect(),
          append(2),
          advanceTo('delivered'),
        ])
        expect(judged!.verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
        const delivered = judged!.run.history.filter(({ type }) => type === 'delivered')
        expect(delivered).toMatchObject([{ value: 's1', id: '5-0' }, { value: 's2' }, { value: 's3' }, { value: 'fence' }])
      },
    )

    it('announces after it has asked for the tail, and is owed what comes after that', async () => {
      const announces = inProcess(
        'announces',
        async (loop) => {
          await tailOf(loop)
          loop.onAnnouncement()
          await snapshotLoop(loop)
        },
        { announces: true },
      )
      const [judged] = await judge(announces, [advanceTo('announced'), append(1)])
      expect(judged!.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's1' }] })
    })
  })

  describe('a program that is not what it should be', () => {
    const first = async (subject: WireSubject) => {
      const [judged] = await judge(subject, GAP, { watchdogMs: 300 })
      expect(judged!.verdict.result).toBe('unknown')
      return judged!.run.ending
    }
    const idle = (name: string, ask: (redis: ReturnType<typeof connect>) => Promise<unknown>) =>
      inProcess(name, async ({ redis, running }) => {
        await ask(redis)
        await new Promise((resolve) => running.addEventListener('abort', resolve))
      })

    it('never connects', async () => {
      const silent: WireSubject = { name: 'silent', topic: 'task:*', start: () => ({ stop() {} }) }
      expect(await first(silent)).toMatchObject({
        kind: 'diverged',
        expected: 'consumer 0 at its first gate',
        came: 'no command came through the probe: does the program take its address from where it is told to?',
      })
    })

    it('reads no stream', async () => {
      expect(await first(idle('pings', (redis) => redis.ping()))).toMatchObject({
        came: expect.stringMatching(/^\d+ commands came through the probe, and none of them reads a stream/),
      })
    })

    it('reads another one', async () => {
      expect(await first(idle('elsewhere', (redis) => redis.xread('STREAMS', 'orders', '0')))).toMatchObject({
        came: expect.stringMatching(/commands came through the probe, and it reads orders: does the topic "task:\*" fit\?$/),
      })
    })

    it('reads another one behind its announcement, or several', async () => {
      const announced = (ask: (redis: ReturnType<typeof connect>) => Promise<unknown>) => {
        const inner = idle('announced', ask)
        return {
          ...inner,
          announces: true,
          start: (context: WireContext) => {
            context.onAnnouncement()
            return inner.start(context)
          },
        }
      }
      expect(await first(announced((redis) => redis.xread('STREAMS', 'orders', '0')))).toMatchObject({
        kind: 'diverged',
        came: expect.stringMatching(/^it reads a key that does not fit: \d+ commands .* it reads orders: does the topic "task:\*" fit\?$/),
      })
      const both = announced(async (redis) => {
        await redis.xrevrange('orders', '+', '-', 'COUNT', 1)
        await redis.xread('STREAMS', 'tasks:1', '0')
      })
      expect(await first(both)).toMatchObject({
        came: expect.stringMatching(/^it reads keys that do not fit: .* it reads orders, tasks:1:/),
      })
      // Where it reads no key at all, no other topic would help: what it has promised is lost.
      const [judged] = await judge(
        announced((redis) => redis.ping()),
        GAP,
        { watchdogMs: 300 },
      )
      expect(judged!.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen' }] })
    })

    it('ends', async () => {
      const [judged] = await judge(
        inProcess('ends', async () => {}),
        GAP,
      )
      expect(judged!.run.ending).toMatchObject({ kind: 'diverged', came: 'it had ended (closed (ended))' })
      const [threw] = await judge(
        inProcess('throws', () => Promise.reject(new Error('no such group'))),
        GAP,
      )
      expect(threw!.run.ending).toMatchObject({ kind: 'diverged', came: 'it had ended (closed (threw: no such group))' })
    })

    it('cannot be started', async () => {
      const refuses: WireSubject = { name: 'refuses', topic: 'task:*', start: () => Promise.reject(new Error('no interpreter')) }
      const [judged] = await judge(refuses, [advance()])
      expect(judged!.verdict.result).not.toBe('valid')
      expect(JSON.stringify(judged!.run)).toContain('no interpreter')
    })
  })

  it('gives one history for one schedule, 20 times', async () => {
    for (const subject of [snapshot, literalDollar, group(true)]) {
      const all = await judge(subject, [...GAP, advanceTo('blocked'), append(2), advanceTo('delivered')], { times: 20 })
      expect(new Set(all.map(({ run }) => JSON.stringify(run.history))).size).toBe(1)
    }
  }, 60_000)

  describe('a Redis that others use', () => {
    it('keeps what is theirs, and nothing of ours', async () => {
      await found()
      const other = connect(url)
      await other.flushall()
      await other.set('task:settings', 'theirs')
      await other.xadd('orders', '*', 'a', '1')
      const open = await wire(snapshot, await findRedis({ url }))
      const result = await runWire(open, { scenarios: [named('empty-gap'), named('wire-reply-lost')], bursts: 3, seed: 1 })
      await open.store.close()
      expect(resultOf(result)).toBe('valid')
      expect((await other.keys('*')).toSorted()).toEqual(['orders', 'task:settings'])
      other.disconnect()
    })

    const own = inProcess('own-key', (loop) => snapshotLoop({ ...loop, topic: 'task:live' }))

    it.each([{ ...snapshot, topic: 'task:live' }, own])('is refused where the stream of $name holds entries already', async (subject) => {
      await found()
      const other = connect(url)
      await other.flushall()
      await other.xadd('task:live', '*', 'a', '1')
      const open = await wire(subject, await findRedis({ url }))
      const result = await runWire(open, { scenarios: [named('empty-gap')], bursts: 0, seed: 1 })
      await open.store.close()
      expect(resultOf(result)).toBe('unknown')
      expect(JSON.stringify(result)).toContain('the stream task:live on this Redis holds entries that are not ours')
      expect(await other.xlen('task:live')).toBe(1)
      other.disconnect()
    })
  })
})
