/** Consumers of a part of the log: a filter, a tenant's share, all but one's own echo. */
import { expect, it } from 'vitest'
import { checkConfig } from '../../src/cli/config-file.js'
import type { Json } from '../../src/contract/stream-repository.js'
import { advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext } from '../../src/subject/subject.js'
import { type OwnFrame, type OwnSubject, loopWith, own } from '../support/own-loops.js'
import { describeOnBoth, told } from './both.js'

type Marked = { readonly of?: number | string }
const ofWhom = (data: unknown) => (data as Marked | undefined)?.of

const filter = {
  owes: ({ data }) => ofWhom(data) === undefined,
  foreign: (token: string, body: Json) => ({ token, body, of: 'others' }),
} as const satisfies Partial<OwnSubject>

const matching = (entry: { readonly id: string; readonly data: unknown }): Iterable<OwnFrame> =>
  ofWhom(entry.data) === undefined ? [{ type: 'entry', ...entry }] : []

const capabilities = { resumes: true }
const moves = own('filters, and its cursor moves', { ...filter, capabilities, consume: loopWith({ entry: matching }) })

/** A page is an empty one where nothing in it matches, and only what matches moves its cursor. */
const stays = own('filters, and its cursor stays', {
  ...filter,
  consume: async function* ({ repository, topic, clock, signal, read }) {
    let at = await repository.getStreamTailId(topic)
    yield { type: 'connected' }
    while (!signal.aborted) {
      let matched = 0
      for await (const entry of repository.readMessages(topic, at, { ...read, signal })) {
        if (ofWhom(entry.data) !== undefined) continue
        matched++
        yield { type: 'entry', ...entry }
        at = entry.id
      }
      if (matched === 0) await clock.sleep(100, signal)
    }
  },
  capabilities: { retries: false },
})

/** A number that is not the next is taken for a loss, and everything up to the tail for lost. */
const countsGaps = own('takes a hole for a gap', {
  ...filter,
  consume: async function* (context) {
    let before: number | undefined
    const numbers = new Map<string, number>()
    const consume = loopWith({
      entry: ({ id, data }) => {
        numbers.set(id, numbers.size)
        if (ofWhom(data) !== undefined) return []
        const number = numbers.get(id)!
        const isNext = before === undefined || number === before + 1
        before = number
        return isNext ? [{ type: 'entry', id, data }] : []
      },
    })
    yield* consume(context)
  },
})

const leaks = own('passes the filter by after an error', {
  ...filter,
  consume: async function* (context) {
    let failed = false
    const reading = (repository: ConsumeContext['repository']): ConsumeContext['repository'] => ({
      sendData: repository.sendData,
      getStreamTailId: (topic) => repository.getStreamTailId(topic),
      cleanupStream: (topic) => repository.cleanupStream(topic),
      readMessages: async function* (...args) {
        try {
          yield* repository.readMessages(...args)
        } catch (error) {
          failed = true
          throw error
        }
      },
    })
    const consume = loopWith({ entry: (entry) => (failed ? [{ type: 'entry', ...entry }] : matching(entry)) })
    yield* consume({ ...context, repository: reading(context.repository) })
  },
})

/** Consumer 0 is sent what even tenants write, consumer 1 the rest; the fence is for both. */
const placeOf = (token: string) => Number(/^s(\d+)/.exec(token)?.[1] ?? Number.NaN)
const tenants = (consume: NonNullable<OwnSubject['consume']>) =>
  own('tenants', {
    payload: (token, body) => ({ token, body, ...(Number.isNaN(placeOf(token)) ? {} : { of: placeOf(token) % 2 }) }),
    owes: ({ data }, consumer) => ofWhom(data) === undefined || ofWhom(data) === consumer,
    consume,
  })
const share = tenants((context) =>
  loopWith({
    entry: (entry) => ([undefined, context.consumer].includes(ofWhom(entry.data) as number) ? [{ type: 'entry', ...entry }] : []),
  })(context),
)
const everything = tenants(loopWith())

await describeOnBoth('a consumer of a part of the log', (on) => {
  it('is right where its cursor moves over what is left out', async () => {
    const result = await on.run(moves)
    expect(told(result)).toEqual(['valid'])
    expect(result.scenarios.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['others-fill-a-page', 'others-in-between', 'others-while-away']),
    )
  })

  it('is right where each consumer has a share of its own, and needs no way to make others', async () => {
    const result = await on.run(share, 'empty-gap-twice', 'two-consumers', 'longer-than-count', 'others-in-between')
    expect(result.skipped).toContainEqual({
      name: 'others-in-between',
      reason: 'it does not say which entries are for others (owes, foreign)',
    })
    expect(result.scenarios.flatMap(({ verdict }) => verdict.anomalies)).toEqual([])
  })

  it('is wrong where its cursor stays before what is left out', async () => {
    expect(told(await on.run(stays, 'others-fill-a-page'))).toEqual(['invalid', 'others-fill-a-page: livelock, rule 4.6'])
  })

  it('is wrong where a hole is taken for a gap', async () => {
    const [result, first] = told(await on.run(countsGaps, 'others-in-between'))
    expect([result, first]).toEqual(['invalid', expect.stringMatching(/^others-in-between: (entry-skip|poll-skip|unseen)/)])
  })

  it('is wrong where it hands out what is for others', async () => {
    const { verdict } = await on.judge(everything, schedule([advanceTo('read-called'), append(2)]))
    expect(verdict.anomalies).toEqual([expect.objectContaining({ code: 'foreign-delivery', rule: '4.10', value: 's1', consumer: 0 })])
    const steps = [advanceTo('read-called'), { fail: 'read', times: 1 } as const, append(1), append(2, { foreign: true })]
    const leaked = await on.judge(leaks, schedule(steps))
    expect(leaked.verdict.anomalies.map(({ code, value }) => [code, value])).toEqual([
      ['foreign-delivery', 's2'],
      ['foreign-delivery', 's3'],
    ])
  })

  it('may hand out what is left open', async () => {
    const open = own('best effort', { ...filter, owes: ({ data }) => (ofWhom(data) === undefined ? true : undefined), consume: loopWith() })
    expect(told(await on.run(open, 'others-in-between'))).toEqual(['valid'])
    const closed = own('filters', {
      ...filter,
      owes: ({ data }) => (ofWhom(data) === undefined ? true : undefined),
      consume: loopWith({ entry: matching }),
    })
    expect(told(await on.run(closed, 'others-in-between'))).toEqual(['valid'])
  })

  it('is unknown where it owes nothing at all', async () => {
    const nothing = own('owes nothing', { ...filter, owes: () => false, consume: loopWith({ entry: () => [] }) })
    const [result, reason] = told(await on.run(nothing, 'empty-gap'))
    expect([result, reason]).toEqual(['unknown', expect.stringMatching(/owes|no frame that it handed out/)])
  })

  it('is unknown where what it makes for others is owed', async () => {
    const confused = own('confused', { ...filter, foreign: (token) => ({ token }), consume: loopWith({ entry: matching }) })
    expect(told(await on.run(confused, 'others-in-between'))).toEqual([
      'unknown',
      expect.stringMatching(/expected an entry that is not owed to every consumer \(foreign\), but owes says that it is/),
    ])
  })
})

it('says what it owes where it makes entries of others', () => {
  const { owes: _, ...rest } = moves('memory')
  expect(() => checkConfig({ subjects: [rest] }, 'config')).toThrow(
    /foreign makes entries that owes says are not owed, and owes is missing/,
  )
  expect(() => checkConfig({ subjects: [moves('memory')] }, 'config')).not.toThrow()
})
