/** Faults on the wire have a history that a server gives: a read that is refused has had no effect, and one whose answer is lost has. */
import { expect, it } from 'vitest'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { wireTarget } from '../../src/run/wire-target.js'
import { advanceTo, append, disconnect, fail, reply, replyError } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { runWire, wireRunner, wiring } from '../support/run-wire.js'
import { type Loop, inProcess, patiently } from '../support/wire-consumers.js'
import { describeWithServer } from './redis.js'

type Entries = [id: string, fields: string[]][]
type Streams = [key: string, entries: Entries][] | null

const READ_FAILS = [advanceTo('blocked'), append(1), advanceTo('delivered'), append(1)]
const ASKED_AGAIN = [advanceTo('read-called'), advanceTo('read-called')]
const BUSY = 'BUSY Redis is busy running a script'
const READONLY = "READONLY You can't write against a read only replica."
const LOADING = 'LOADING Redis is loading the dataset in memory'

/** Reads from a cursor of its own; `failed` gives where it goes on when a read has failed. */
const reader = (failed: (loop: Loop, cursor: string) => Promise<string>): WireSubject =>
  inProcess('reader', async (loop) => {
    const { redis, topic, running, deliver } = loop
    let cursor = (await redis.xrevrange(topic, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'
    while (!running.aborted) {
      try {
        const entries = (await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor))?.[0]?.[1] ?? []
        for (const entry of entries) {
          deliver(entry)
          cursor = entry[0]
        }
      } catch {
        cursor = await failed(loop, cursor)
      }
    }
  })
const keepsItsCursor = reader(async (_, cursor) => cursor)
const startsAtTheTail = reader(async () => '$')
const asksForTheTail = reader(
  async (loop) => (await patiently(loop, () => loop.redis.xrevrange(loop.topic, '+', '-', 'COUNT', 1)))?.[0]?.[0] ?? '0-0',
)

/** Reads what is pending on every connection that it makes, and takes an error that the server gives for "nothing was given out". */
const pendingOnReconnect = (looksBack: boolean): WireSubject =>
  inProcess(
    'group',
    async (loop) => {
      const { redis, topic, running, deliver } = loop
      let pending = looksBack
      redis.on('ready', () => (pending = looksBack))
      await patiently(loop, () => redis.xgroup('CREATE', topic, 'g', '0', 'MKSTREAM'))
      while (!running.aborted)
        await patiently(loop, async () => {
          const from = pending ? '0' : '>'
          const entries =
            ((await redis.xreadgroup('GROUP', 'g', 'c', 'COUNT', 10, 'BLOCK', 500, 'STREAMS', topic, from)) as Streams)?.[0]?.[1] ?? []
          if (from === '0' && entries.length === 0) pending = false
          for (const entry of entries) {
            deliver(entry)
            await redis.xack(topic, 'g', entry[0])
          }
        })
    },
    // It has no timers.
    { startsAt: 'beginning', catchUpWithinMs: 100 },
  )

await describeWithServer('faults on the wire', (start) => {
  const { wired } = wiring(start)

  async function judge(subject: WireSubject, ...steps: Step[]) {
    const one = await wired(subject)
    const runner = wireRunner(one, 3000)
    const judged = await wireTarget(one).settled!(() => runner.judge(schedule(steps)))
    await runner.close()
    return judged
  }
  const run = async (subject: WireSubject, ...names: readonly string[]) => {
    const scenarios = wireScenarios.filter(({ name }) => names.includes(name))
    return runWire(await wired(subject), { scenarios, bursts: 0, seed: 1, watchdogMs: 3000 })
  }

  it.each([
    ['a reader', keepsItsCursor],
    ['a group that looks at what is pending where it reconnects', pendingOnReconnect(true)],
    ['a group that never does', pendingOnReconnect(false)],
  ])('%s is right to take a refusal for "nothing was given out"', async (_, subject) => {
    const { scenarios, skipped } = await run(subject, 'wire-error-reply')
    expect(skipped).toEqual([])
    expect(scenarios).toMatchObject([{ name: 'wire-error-reply', verdict: { result: 'valid', anomalies: [] } }])
  })

  it.each([
    ['starts at the tail', startsAtTheTail],
    ['asks for the tail', asksForTheTail],
  ])('one that %s when a read is refused has lost what was there', async (_, subject) => {
    const { scenarios } = await run(subject, 'wire-error-reply')
    expect(scenarios[0]!.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's2' }] })
  })

  it('a refusal has no effect; an answer that is lost has, and a group that never looks back has lost the entry', async () => {
    const refused = await judge(pendingOnReconnect(false), ...READ_FAILS, replyError(READONLY), ...ASKED_AGAIN)
    expect(refused.verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
    const lost = await judge(pendingOnReconnect(false), advanceTo('blocked'), reply('lost'), append(1), advanceTo('read-called'))
    expect(lost.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's1', rule: '4.5' }] })
    const back = await judge(pendingOnReconnect(true), advanceTo('blocked'), reply('lost'), append(1), advanceTo('read-called'))
    expect(back.verdict).toMatchObject({ result: 'valid' })
  })

  it('a read that waits is refused no more, and no read is refused that a server answers', async () => {
    const steps = [advanceTo('blocked'), replyError(BUSY), append(1), advanceTo('read-called')]
    const { verdict, run: ran } = await judge(keepsItsCursor, ...steps)
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
    const outcomes = ran.history.flatMap((event) => (event.type === 'read-returned' ? [event.outcome] : []))
    expect(outcomes.slice(0, 2)).toEqual(['batch', 'error'])
    const readonly = await judge(keepsItsCursor, ...READ_FAILS, replyError(READONLY), ...ASKED_AGAIN)
    expect(readonly.verdict).toMatchObject({ result: 'unknown', reasons: [expect.stringContaining('that a server may refuse: READONLY')] })
    for (const error of ["NOGROUP No such key 'a'", 'OOM command not allowed', 'MOVED 1 127.0.0.1:1']) {
      const never = await judge(pendingOnReconnect(true), advanceTo('blocked'), replyError(error), append(1))
      expect(never.verdict).toMatchObject({ result: 'unknown', reasons: [expect.stringContaining('no server does that')] })
    }
  })

  it('a server is loading for those who have just connected', async () => {
    const { verdict } = await judge(keepsItsCursor, advanceTo('blocked'), replyError(LOADING), disconnect(), append(1), ...ASKED_AGAIN)
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
    const { verdict: lost } = await judge(
      startsAtTheTail,
      advanceTo('blocked'),
      replyError(LOADING),
      disconnect(),
      append(1),
      ...ASKED_AGAIN,
    )
    expect(lost).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's1' }] })
    const old = await judge(keepsItsCursor, ...READ_FAILS, replyError(LOADING), ...ASKED_AGAIN)
    expect(old.verdict).toMatchObject({ result: 'unknown', reasons: [expect.stringContaining('that a server may refuse: LOADING')] })
  })

  it('a read that fails behind its first entries is one whose connection breaks in the middle of its answer', async () => {
    const steps = [advanceTo('blocked'), fail('read', { after: 1 }), append(2), advanceTo('read-called'), advanceTo('read-returned')]
    for (const subject of [keepsItsCursor, pendingOnReconnect(true)])
      expect((await judge(subject, ...steps)).verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
    const { verdict } = await judge(keepsItsCursor, ...READ_FAILS, fail('read', { after: 1 }), ...ASKED_AGAIN)
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
    const taken = await judge(pendingOnReconnect(false), ...READ_FAILS, fail('read', { after: 1 }), ...ASKED_AGAIN)
    expect(taken.verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's2' }] })
  })

  it('a transaction is not refused when it is executed: its connection breaks before', async () => {
    const inMulti = inProcess('multi', async (loop) => {
      const { redis, topic, running, deliver } = loop
      let cursor = '0-0'
      while (!running.aborted)
        await patiently(loop, async () => {
          const replies = (await redis.multi().get(`${topic}:status`).xrange(topic, `(${cursor}`, '+').exec())!
          if (replies.length !== 2) throw new Error(`got ${replies.length} replies`)
          for (const entry of replies[1]![1] as Entries) {
            deliver(entry)
            cursor = entry[0]
          }
        })
    })
    const read = [advanceTo('read-returned'), append(1)]
    expect((await judge(inMulti, ...read, fail('read'), ...ASKED_AGAIN)).verdict).toMatchObject({ result: 'valid', counts: { owed: 1 } })
  })
})
