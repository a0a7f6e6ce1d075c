import { describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { decodeSchedule } from '../../src/schedule/codec.js'
import {
  abort,
  advance,
  advanceTo,
  append,
  disconnect,
  drop,
  elsewhere,
  expire,
  fail,
  finish,
  leave,
  poison,
  remove,
  restart,
  trim,
} from '../../src/schedule/scenario.js'
import { redisWords } from '../../src/dialects/redis/words.js'
import { DEFAULT_READ, schedule } from '../../src/schedule/schedule.js'
import { type Step, describeStep, isProducerStep } from '../../src/schedule/step.js'

const WORDS: readonly (readonly [Step, string])[] = [
  [advance(), 'consumer → next gate'],
  [advance(2), 'consumer 2 → next gate'],
  [advanceTo('blocked'), 'consumer → blocked'],
  [advanceTo('read-returned', { outcome: 'empty', consumer: 1 }), 'consumer 1 → empty'],
  [advance(0, { held: 1 }), 'consumer → next gate past 1 held gate'],
  [advanceTo('command-called', { command: 'XACK', held: 2 }), 'consumer → command-called (XACK) past 2 held gates'],
  [expire(), 'consumer: BLOCK times out'],
  [abort(1), 'consumer 1: abort'],
  [leave(1), 'consumer 1: client leaves'],
  [restart('tail'), 'consumer: restart from tail'],
  [restart('last-id', 1, { back: 1 }), 'consumer 1: restart from last-id, 1 id back'],
  [restart('last-id', 0, { back: 2 }), 'consumer: restart from last-id, 2 ids back'],
  [append(3), 'append 3'],
  [append(2, { ids: ['9-0', '10-0'] }), 'append 2 as 9-0, 10-0'],
  [trim(1), 'trim to 1'],
  [remove(2), 'delete s2'],
  [drop(), 'drop topic'],
  [poison(1), 'add 1 undecodable entry'],
  [poison(10), 'add 10 undecodable entries'],
  [elsewhere(2), 'append 2 to another topic'],
  [finish(), 'status: done'],
  [disconnect(), 'consumer: connection cut'],
]

describe('steps', () => {
  it.each(WORDS)('%j: %s', (step, words) => {
    expect(describeStep(step, redisWords)).toBe(words)
    expect(decodeSchedule(schedule([step], { consumers: 3 })).steps).toEqual([step])
  })

  it('that fail something say what, how often and when', () => {
    expect(fail('read')).toEqual({ fail: 'read', times: 1 })
    expect(fail('append', { times: 2, after: 1 })).toEqual({ fail: 'append', times: 2, after: 1 })
    expect(describeStep(fail('read'))).toMatch(/^next .*read fails$/)
    expect(describeStep(fail('tail', { times: 3 }))).toMatch(/^next 3 tails fail/)
  })

  it("are the producer's, or not", () => {
    const producers = [append(1), trim(0), remove(1), drop(), poison(1), elsewhere(1), finish()]
    const others = [advance(), expire(), abort(), restart('tail'), disconnect(), fail('read')]
    expect(producers.every(isProducerStep)).toBe(true)
    expect(others.some(isProducerStep)).toBe(false)
  })
})

describe('a schedule', () => {
  it('reads with the defaults, unless it says otherwise, and has one consumer', () => {
    expect(schedule([])).toEqual({ version: 1, steps: [], read: DEFAULT_READ })
    expect(schedule([], { read: { count: 2 }, consumers: 2 })).toEqual({
      version: 1,
      steps: [],
      read: { timeoutMs: 2000, count: 2 },
      consumers: 2,
    })
  })
})

describe('the scenarios', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s survives a file', (_, { schedule }) => {
    expect(decodeSchedule(JSON.parse(JSON.stringify(schedule)))).toEqual(schedule)
  })

  it('have names of their own', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
  })
})
