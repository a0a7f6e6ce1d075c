/** Habits of programs that the probe has to understand, lest it accuses one that is right: on a real Redis. */
import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { redisDialect } from '../../src/dialects/redis/dialect.js'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { explain } from '../../src/report/explain.js'
import { hintsFor } from '../../src/report/advice.js'
import type { CaseResult } from '../../src/report/result.js'
import { advance, advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { wireTarget } from '../../src/run/wire-target.js'
import { runWire, wireRunner, wiring } from '../support/run-wire.js'
import { type Entry, type Loop, acknowledgesEarly, inProcess, pendingFirst } from '../support/wire-consumers.js'
import { connect } from '../support/connect.js'
import { describeWithServer } from './redis.js'

type Entries = readonly Entry[]

const tailOf = async (redis: Redis, key: string) => (await redis.xrevrange(key, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'

const group = (handled: Parameters<typeof pendingFirst>[1]) => pendingFirst('group', handled)

const deliverAndAcknowledge = async ({ redis, topic, deliver }: Loop, entries: Entries) => {
  for (const entry of entries) {
    deliver(entry)
    await redis.xack(topic, 'workers', entry[0])
  }
}

/** Reads on from the tail, and does this with each batch. */
const reader = (after: (loop: Loop, entries: Entries) => Promise<unknown>) =>
  inProcess('reader', async (loop) => {
    const { redis, topic, running, deliver } = loop
    let cursor = await tailOf(redis, topic)
    while (!running.aborted) {
      const answer = await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', topic, cursor)
      const entries = answer?.[0]?.[1] ?? []
      for (const entry of entries) deliver(entry)
      cursor = entries.at(-1)?.[0] ?? cursor
      if (entries.length > 0) await after(loop, entries)
    }
  })

/** Takes its cursor, and polls, by what these give. */
const polling = (name: string, tail: (loop: Loop) => Promise<string>, poll: (loop: Loop, cursor: string) => Promise<Entries>) =>
  inProcess(name, async (loop) => {
    let cursor = await tail(loop)
    while (!loop.running.aborted) {
      for (const entry of await poll(loop, cursor)) {
        loop.deliver(entry)
        cursor = entry[0]
      }
    }
  })

const XRANGE = `return redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+')`
const rangeInMulti = async ({ redis, topic }: Loop, cursor: string) =>
  ((await redis.multi().get(`${topic}:status`).xrange(topic, `(${cursor}`, '+').exec())?.[1]?.[1] ?? []) as Entries

await describeWithServer('the habits of programs', (start) => {
  const { wired, url } = wiring(start)

  async function judge(subject: WireSubject, ...steps: Step[]) {
    const one = await wired(subject)
    const runner = wireRunner(one, 2000)
    const judged = await wireTarget(one).settled!(() => runner.judge(schedule(steps)))
    await runner.close()
    return judged
  }
  const run = async (subject: WireSubject, name: string) => {
    const scenarios = wireScenarios.filter((each) => each.name === name)
    return runWire(await wired(subject), { scenarios, bursts: 0, seed: 1, watchdogMs: 2000 })
  }

  it('nothing that is pending is no sign of rest', async () => {
    const { verdict, run: ran } = await judge(group(deliverAndAcknowledge), advanceTo('blocked'), append(65))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 65, delivered: 65 } })
    expect(ran.history).toContainEqual(expect.objectContaining({ type: 'read-called', cursor: 'pending' }))
  })

  it('one that removes what it has handled is owed entries all the same', async () => {
    const removing = group(async (loop, entries) => {
      await deliverAndAcknowledge(loop, entries)
      for (const [id] of entries) await loop.redis.xdel(loop.topic, id)
    })
    const { verdict } = await judge(removing, advanceTo('blocked'), append(1), advanceTo('delivered'), append(1))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
  })

  it('one that acknowledges before it handles loses what it was about to handle when its connection breaks', async () => {
    const cutAt = 'wire-cut-at-acknowledgement'
    const [{ name, verdict, history }] = (await run(acknowledgesEarly, cutAt)).scenarios as [CaseResult]
    expect([name, verdict]).toMatchObject([cutAt, { result: 'invalid', anomalies: [{ code: 'unseen', value: 's1', rule: '4.4' }] }])
    expect(explain(history, verdict, redisDialect)).toEqual([
      'Entry 1-0 was appended while read #2 was waiting. Read #2 brought it, and the consumer acknowledged it before it had handed it out. What came next failed, and what is acknowledged is not given again.',
    ])
    expect(hintsFor(verdict.anomalies, redisDialect.words)[0]).toContain('before it is acknowledged')
    expect(await run(group(deliverAndAcknowledge), cutAt)).toMatchObject({ scenarios: [{ name: cutAt, verdict: { result: 'valid' } }] })
    expect(
      (
        await run(
          reader(async () => undefined),
          cutAt,
        )
      ).skipped,
    ).toEqual([{ name: cutAt, reason: 'it acknowledges nothing (XACK)' }])
  })

  it.each(['xtrim', 'del'] as const)('what it removes by %s, and has not delivered, is its loss', async (how) => {
    const clearing = reader(({ redis, topic }) => (how === 'del' ? redis.del(topic) : redis.xtrim(topic, 'MAXLEN', 0)))
    const { verdict } = await judge(clearing, advanceTo('blocked'), append(1), advanceTo('delivered'), append(1))
    expect(verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unseen', value: 's2' }] })
  })

  it('what it asks of another of its streams says nothing of this one', async () => {
    const two = inProcess('two streams', async ({ redis, topic, running, deliver }) => {
      const keys = [`${topic}:a`, `${topic}:b`]
      const cursors = [await tailOf(redis, keys[0]!), await tailOf(redis, keys[1]!)]
      while (!running.aborted)
        for (const [key, entries] of (await redis.xread('BLOCK', 2000, 'STREAMS', ...keys, ...cursors)) ?? [])
          for (const entry of entries) {
            deliver(entry)
            cursors[keys.indexOf(key)] = entry[0]
          }
    })
    const { verdict, run: ran } = await judge(two, advanceTo('tail-returned'), advance(), append(1))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
    expect(ran.history.filter(({ type }) => type === 'tail-called')).toHaveLength(1)
  })

  it('a script that the server knows from the run before is known to read', async () => {
    const TEXT = `${XRANGE} -- of its own`
    const script = polling(
      'script',
      ({ redis, topic }) => tailOf(redis, topic),
      // Sends its text where the server does not know it, as clients do.
      async ({ redis, topic }, cursor) => {
        const call = (sha: string) => redis.evalsha(sha, 1, topic, cursor) as Promise<Entries>
        return call(createHash('sha1').update(TEXT).digest('hex')).catch(async () => call(String(await redis.script('LOAD', TEXT))))
      },
    )
    const { scenarios, error } = await run(script, 'empty-gap')
    expect(error).toBeUndefined()
    expect(scenarios).toMatchObject([{ name: 'empty-gap', verdict: { result: 'valid', counts: { owed: 1 } } }])
  })

  it('a transaction is held when it is executed, for the read or the question in it', async () => {
    const taken = async ({ redis, topic }: Loop) =>
      ((await redis.multi().get(`${topic}:status`).xrevrange(topic, '+', '-', 'COUNT', 1).exec())![1]![1] as Entries)[0]?.[0] ?? '0-0'
    const right = polling('multi', taken, rangeInMulti)
    const steps = [advanceTo('tail-returned'), append(1), advanceTo('read-returned', { outcome: 'empty' }), append(1)]
    expect((await judge(right, ...steps)).verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
    const wrong = polling('multi', taken, async (loop) => rangeInMulti(loop, await taken(loop)))
    const { verdict } = await judge(wrong, advanceTo('read-returned', { outcome: 'empty' }), append(1))
    expect(verdict.anomalies[0]).toMatchObject({ code: 'unseen', value: 's1', window: 'empty-gap' })
  })

  it('a transaction that acknowledges and removes is one command', async () => {
    const both = group(async ({ redis, topic, deliver }, entries) => {
      for (const entry of entries) {
        deliver(entry)
        await redis.multi().xack(topic, 'workers', entry[0]).xdel(topic, entry[0]).exec()
      }
    })
    const steps = [advanceTo('blocked'), append(1), advanceTo('command-returned', { command: 'XACK' }), append(1)]
    const { verdict, run: ran } = await judge(both, ...steps)
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
    expect(ran.history).toContainEqual({ type: 'command-returned', consumer: 0, command: 'XACK XDEL', does: ['acknowledge', 'remove'] })
  })

  it('one that shows nothing is asked for what it prints', async () => {
    const { scenarios } = await run(
      reader(async () => undefined),
      'empty-gap',
    )
    expect(scenarios[0]!.verdict.result).toBe('valid')
    const silent: WireSubject = {
      ...reader(async () => undefined),
      start: (context) => reader(async () => undefined).start({ ...context, onDelivery: () => undefined }),
    }
    const [{ verdict }] = (await run(silent, 'empty-gap')).scenarios as [CaseResult]
    expect([verdict.result, verdict.reasons[0]]).toEqual(['unknown', expect.stringContaining('does it show each entry as it handles it')])
  })

  it('one that reads by a script whose text has not passed is not called stalled', async () => {
    const aside = connect(await url())
    const sha = String(await aside.script('LOAD', XRANGE))
    aside.disconnect()
    const { verdict } = await judge(
      polling(
        'loaded elsewhere',
        ({ redis, topic }) => tailOf(redis, topic),
        async ({ redis, topic }, cursor) => (await redis.evalsha(sha, 1, topic, cursor)) as Entries,
      ),
    )
    expect(verdict.result).toBe('unknown')
    expect(verdict.reasons[0]).toContain('EVALSHA of a script whose text has not passed')
  })

  it('one that starts with what is there is accused of it only where it is said to start at the tail', async () => {
    const history = polling(
      'history',
      async () => '0-0',
      async ({ redis, topic }, cursor) => (await redis.xread('BLOCK', 2000, 'STREAMS', topic, cursor))?.[0]?.[1] ?? [],
    )
    const steps = [append(1), advanceTo('blocked'), append(1)]
    expect((await judge(history, ...steps)).verdict).toMatchObject({ result: 'valid', counts: { owed: 1 } })
    expect((await judge({ ...history, startsAt: 'tail' }, ...steps)).verdict).toMatchObject({
      result: 'invalid',
      anomalies: [{ code: 'replayed-history', value: 's1' }],
    })
    expect((await run(history, 'wire-history-at-start')).skipped).toEqual([
      { name: 'wire-history-at-start', reason: 'nothing says that it starts with what is there (--from beginning, or startsAt)' },
    ])
  })

  it('one that subscribes before it asks for the tail is given the fence behind that', async () => {
    const waking = (looks: boolean): WireSubject =>
      inProcess(
        'woken',
        async ({ redis, url: probe, topic, deliver, running }) => {
          const live = connect(probe)
          running.addEventListener('abort', () => live.disconnect())
          const woken: (() => void)[] = []
          live.on('message', () => woken.shift()?.())
          await live.subscribe(`${topic}:live`)
          let cursor = looks ? await tailOf(redis, topic) : undefined
          while (!running.aborted) {
            const entries: Entries = cursor === undefined ? [] : await redis.xrange(topic, `(${cursor}`, '+')
            for (const entry of entries) {
              deliver(entry)
              cursor = entry[0]
            }
            if (entries.length === 0) await new Promise<void>((resolve) => woken.push(resolve))
          }
        },
        { notify: 'PUBLISH {topic}:live {json}' },
      )
    expect((await judge(waking(true), advanceTo('tail-returned'), append(1))).verdict).toMatchObject({
      result: 'valid',
      counts: { owed: 1, delivered: 1 },
    })
    const { verdict } = await judge(waking(false))
    expect(verdict.result).toBe('unknown')
    expect(verdict.reasons[0]).toContain('it has promised nothing (a line that does can be named: --announce)')
  })
})
