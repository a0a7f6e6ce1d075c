/** What is read back from a file of results, and what is refused. */
import { describe, expect, it } from 'vitest'
import { snapshotCursor } from '../../../src/consumers/loops.js'
import { decodeResult, toJson } from '../../../src/report/formats/json.js'
import type { SuiteResult } from '../../../src/report/result.js'
import { memoryStore } from '../../../src/dialects/memory/memory-store.js'
import { runSuite } from '../../../src/run/run-suite.js'
import { scenarios } from '../../../scenarios/index.js'
import { literal } from '../../support/subjects.js'
import { EMPTY_GAP, emptyGap, runCase, subjectResult, suiteResult } from '../runs.js'

const read = (suite: SuiteResult): unknown => JSON.parse(toJson(suite))
const green = () => runCase(EMPTY_GAP, { name: 'empty-gap', consume: snapshotCursor })

describe('a result that is read back', () => {
  it('gives the same file again, whatever was found', async () => {
    const suite = await runSuite([literal({ name: 'bad' })], {
      scenarios: scenarios.filter(({ name, rule }) => name.includes('empty') || rule === '2.5'),
      bursts: 20,
      seed: 3,
      exploration: { appends: 1, cycles: 2 },
      openStore: async () => memoryStore(),
    })
    expect(suite.subjects[0]).toMatchObject({ bursts: { failure: {} }, exploration: { failure: {} }, capabilities: [{}] })
    expect(toJson(decodeResult(read(suite), 'f'))).toBe(toJson(suite))
  })

  it('keeps why a subject could not be run', () => {
    const suite = suiteResult([subjectResult([], { error: 'it did not open', skipped: [{ name: 'a', reason: 'b' }] })])
    expect(decodeResult(read(suite), 'f')).toEqual(suite)
  })
})

describe('what is refused, and why', () => {
  /** The data with something else at `path`, or nothing where `value` is undefined. */
  function changed(data: unknown, path: string, value: unknown): unknown {
    const keys = path.split('.')
    const last = keys.pop()!
    const parent = keys.reduce((each, key) => each[key] as Record<string, unknown>, data as Record<string, unknown>)
    if (value === undefined) delete parent[last]
    else parent[last] = value
    return data
  }

  it.each([
    ['a future version', 'version', 2, 'f.json has version 2, and this tailrace reads version 1: a newer one is needed'],
    ['no version', 'version', undefined, 'f.json is not a report that "tailrace run --reporter json" wrote: version: '],
    ['a subject without a name', 'subjects.0.name', undefined, 'subjects.0.name: '],
    ['a case without a schedule', 'subjects.0.scenarios.1.schedule', undefined, 'subjects.0.scenarios.1.schedule'],
    ['a step of no kind', 'subjects.0.scenarios.0.schedule.steps.0', { jump: 1 }, 'schedule.steps.0: expected a step'],
    ['an event without a type', 'subjects.0.scenarios.1.history.2', {}, 'subjects.0.scenarios.1.history.2.type: '],
    ['a count that is none', 'subjects.0.scenarios.0.counts.owed', -1, 'subjects.0.scenarios.0.counts.owed'],
    ['an accusation of nothing', 'subjects.0.scenarios.1.anomalies', [], 'it is invalid without an anomaly'],
    ['a subject made green', 'subjects.0.result', 'valid', 'it says valid of "RedisStreamRepository", and its cases give invalid'],
    ['cases cut out', 'subjects.0.scenarios', [], 'it says invalid of "RedisStreamRepository", and its cases give unknown'],
    ['a whole made green', 'result', 'valid', 'it says valid of the whole, and its cases give invalid'],
  ])('%s', async (_, path, value, message) => {
    const data = read(suiteResult([subjectResult([await green(), await emptyGap({ name: 'other' })])]))
    expect(() => decodeResult(changed(data, path, value), 'f.json')).toThrow(message)
  })

  it.each([[null], [[]], ['text'], [{}]])('%j', (data) => {
    expect(() => decodeResult(data, 'f.json')).toThrow('f.json is not a report that "tailrace run --reporter json" wrote: ')
  })
})
