/** What a timer of a program's own may still bring is not lost, unless the program has said how long its timers take. On a real Redis. */
import { setTimeout } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { accept, advanceTo, append, cut, refuse, reply } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { Step } from '../../src/schedule/step.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { connect } from '../support/connect.js'
import { member } from '../support/group-consumers.js'
import { wireRunner, wiring } from '../support/run-wire.js'
import { type Entry, type Loop, inProcess } from '../support/wire-consumers.js'
import { describeWithServer } from './redis.js'

const RECONNECTS = { retryStrategy: () => 1, maxRetriesPerRequest: null } as const

/** Everything above its cursor, in pages. */
const readingOn = (redis: Redis, { topic, deliver }: Pick<Loop, 'topic' | 'deliver'>) => {
  let cursor = '0-0'
  return async () => {
    for (;;) {
      const page = await redis.xrange(topic, `(${cursor}`, '+', 'COUNT', 10)
      if (page.length === 0) return
      for (const entry of page) {
        deliver(entry)
        cursor = entry[0]
      }
    }
  }
}

/** Calls so often until it is stopped. */
async function every(ms: number, { running }: Loop, call: () => Promise<unknown>) {
  while (!running.aborted) {
    await call().catch(() => undefined)
    await setTimeout(ms, undefined, { signal: running }).catch(() => undefined)
  }
}

/** Asks for what is there when its timer rings, and for nothing else. */
const polls = (everyMs: number, more: Partial<WireSubject> = {}) =>
  inProcess(`polls every ${everyMs} ms`, (loop) => every(everyMs, loop, readingOn(loop.redis, loop)), {
    startsAt: 'beginning',
    client: RECONNECTS,
    ...more,
  })

/** One connection waits for what comes, and hands out nothing; the other asks for it when its timer rings. */
const wakesAndPolls = (everyMs: number, more: Partial<WireSubject> = {}) =>
  inProcess(
    `waits, and polls every ${everyMs} ms`,
    async (loop) => {
      const waiting = connect(loop.url, RECONNECTS)
      let at = '0-0'
      const waits = every(0, loop, async () => {
        const streams = await waiting.xread('BLOCK', 1000, 'STREAMS', loop.topic, at)
        at = streams?.[0]?.[1].at(-1)?.[0] ?? at
      })
      await every(everyMs, loop, readingOn(loop.redis, loop))
      waiting.disconnect()
      await waits.catch(() => undefined)
    },
    { startsAt: 'beginning', client: RECONNECTS, ...more },
  )

/** Is told of entries and hands out what it is told; what it has missed it asks for when its timer rings. */
const listens = (everyMs: number, more: Partial<WireSubject> = {}) =>
  inProcess(
    `listens, and polls every ${everyMs} ms`,
    async (loop) => {
      const seen = new Set<string>()
      const once = { ...loop, deliver: (entry: Entry) => seen.has(entry[0]) || (seen.add(entry[0]), loop.deliver(entry)) }
      const live = connect(loop.url, RECONNECTS)
      live.on('message', (_, message) => {
        const [id = '', text = ''] = message.split(' ')
        once.deliver([id, [text]])
      })
      await live.subscribe(`${loop.topic}:live`)
      loop.onAnnouncement()
      await setTimeout(everyMs, undefined, { signal: loop.running }).catch(() => undefined)
      await every(everyMs, loop, readingOn(loop.redis, once))
      live.disconnect()
    },
    { announces: true, notify: 'PUBLISH {topic}:live "{id} {token}"', client: RECONNECTS, ...more },
  )

/** Longer than any run in these tests, so that it never rings in one. */
const NEVER_MS = 600_000

await describeWithServer('timers of a program', (start) => {
  const { wired } = wiring(start)
  async function judge(subject: WireSubject, ...steps: Step[]) {
    const runner = wireRunner(await wired(subject), 1000)
    const { verdict } = await runner.judge(schedule(steps, { read: { timeoutMs: 100 } }))
    await runner.close()
    return verdict
  }
  const mayCome = (waited: string) => ({
    result: 'unknown',
    anomalies: [],
    reasons: [expect.stringMatching(new RegExp(`may still (come|ring) \\(waited ${waited}\\).*catchUpWithinMs`))],
  })
  const cutOff = [advanceTo('announced'), append(1), advanceTo('delivered'), refuse(), cut(), append(1), accept()]
  const replyLost = [advanceTo('blocked'), reply('lost'), append(1), advanceTo('read-called')]

  it.each([
    ['a listener that polls', listens(300), cutOff],
    ['one that waits and polls', wakesAndPolls(300), [advanceTo('blocked'), append(2)]],
    ['one that only polls', polls(300), [advanceTo('read-returned'), append(2)]],
  ])('bring what is missing: %s', async (_, subject, steps) => {
    expect(await judge(subject, ...steps)).toMatchObject({ result: 'valid', anomalies: [] })
  })

  it.each([
    ['a listener', listens(NEVER_MS), cutOff, '3 s'],
    ['one that waits and polls', wakesAndPolls(NEVER_MS), [advanceTo('blocked'), append(2)], '3 s'],
    ['one that only polls', polls(NEVER_MS), [advanceTo('read-returned'), append(2), advanceTo('read-called')], '1.1 s'],
    ['a member of a group', member('never looks back', () => ({})), replyLost, '10 s'],
  ])('may ring later than anybody waits: %s', async (_, subject, steps, waited) => {
    expect(await judge(subject, ...steps)).toMatchObject(mayCome(waited))
  })

  it.each([
    ['a listener', listens(NEVER_MS, { catchUpWithinMs: 200 }), cutOff, 'unseen'],
    ['one that waits and polls', wakesAndPolls(NEVER_MS, { catchUpWithinMs: 200 }), [advanceTo('blocked'), append(2)], 'unseen'],
    ['one that only polls', polls(NEVER_MS, { catchUpWithinMs: 200 }), [advanceTo('read-returned'), append(2)], 'stalled'],
    ['a member of a group', member('never looks back', () => ({}), { catchUpWithinMs: 200 }), replyLost, 'unseen'],
  ])('have had their time where the program says how long they take: %s', async (_, subject, steps, code) => {
    const { result, anomalies } = await judge(subject, ...steps)
    expect([result, anomalies[0]?.code]).toEqual(['invalid', code])
  })

  it('are waited for as long as the program says, and longer than a step may take', async () => {
    const verdict = await judge(polls(1800, { catchUpWithinMs: 1800 }), advanceTo('read-returned'), append(2))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 2, delivered: 2 } })
  })
})
