/** Results of several runs as one. */
import { describe, expect, it } from 'vitest'
import { snapshotCursor } from '../../src/consumers/loops.js'
import { mergeResults } from '../../src/report/merge.js'
import { resultOf, type SubjectResult } from '../../src/report/result.js'
import { EMPTY_GAP, emptyGap, runCase, subjectResult, suiteResult } from './runs.js'

const green = (name: string, ms = 4) => runCase(EMPTY_GAP, { name, consume: snapshotCursor, ms })
const merged = (...subjects: readonly SubjectResult[]) => mergeResults(subjects.map((each) => suiteResult([each]))).subjects
const counts = { owed: 9, delivered: 9, lost: 0, gaps: 1, injected: 1, injectedDelivered: 1 }

describe('results that are joined', () => {
  it('keep subjects of different names apart, in their order', async () => {
    const subjects = merged(subjectResult([await green('a')], { name: 'one' }), subjectResult([await emptyGap()], { name: 'two' }))
    expect(subjects.map((each) => [each.name, resultOf(each)])).toEqual([
      ['one', 'valid'],
      ['two', 'invalid'],
    ])
  })

  it('have the cases of one subject together, and its time added up', async () => {
    const bursts = { runs: 3, seed: 1, counts, ms: 5 }
    const [subject, ...others] = merged(subjectResult([await green('a')], { ms: 1 }), subjectResult([await green('b')], { ms: 2, bursts }))
    expect(others).toEqual([])
    expect(subject!.scenarios.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(subject).toMatchObject({ ms: 3, bursts })
  })

  it('count once what came out the same twice, however long it took', async () => {
    const [subject] = merged(subjectResult([await green('a', 1)]), subjectResult([await green('a', 2)]))
    expect(subject!.scenarios).toHaveLength(1)
  })

  it('have not skipped what another part ran', async () => {
    const skipped = ['a', 'c'].map((name) => ({ name, reason: 'why' }))
    const [subject] = merged(
      subjectResult([await green('b')], { skipped }),
      subjectResult([await green('a')], { skipped: skipped.slice(1) }),
    )
    expect(subject!.skipped).toEqual([{ name: 'c', reason: 'why' }])
  })

  it('have of a capability what one run with the scenarios of both would have', async () => {
    const tried = (outcome: 'supported' | 'unsupported, confirmed' | 'unverified', declared = false) =>
      subjectResult([], { capabilities: [{ name: 'resumes', declared, outcome }] })
    const outcomes = (...of: Parameters<typeof tried>[0][]) =>
      merged(...of.map((each) => tried(each)))[0]!.capabilities!.map(({ outcome }) => outcome)
    expect(outcomes('unverified', 'unsupported, confirmed')).toEqual(['unsupported, confirmed'])
    expect(outcomes('supported', 'unsupported, confirmed')).toEqual(['unsupported, confirmed'])
    expect(outcomes('supported', 'unverified')).toEqual(['unverified'])
    expect(outcomes('supported', 'supported', 'supported')).toEqual(['supported'])
    expect(() => merged(tried('supported'), tried('supported', true))).toThrow('says of resumes whether it has it twice, and they differ')
  })

  it('are not green where a part could not be run', async () => {
    const [subject] = merged(subjectResult([await green('a')]), subjectResult([], { error: 'no server' }))
    expect(resultOf(subject!)).toBe('unknown')
  })
})

describe('results that contradict each other', () => {
  it('in a case', async () => {
    const two = [subjectResult([await green('empty-gap')]), subjectResult([await emptyGap()])] as const
    expect(() => merged(...two)).toThrow('"RedisStreamRepository" has the case empty-gap twice, and they differ')
  })

  it('in what there is one of', () => {
    const withBursts = (seed: number) => subjectResult([], { bursts: { runs: 1, seed, counts, ms: 1 } })
    expect(() => merged(withBursts(1), withBursts(2))).toThrow('"RedisStreamRepository" has its bursts twice, and they differ')
    expect(merged(withBursts(1), withBursts(1))).toHaveLength(1)
  })

  it('in the consumer, or in the version of tailrace', () => {
    expect(() => merged(subjectResult([]), subjectResult([], { consumer: 'other' }))).toThrow(
      'ran with two consumers, literal-dollar and other',
    )
    expect(() => mergeResults([suiteResult([]), { ...suiteResult([]), tailrace: '9.9.9' }])).toThrow('0.1.0 and 9.9.9')
    expect(() => mergeResults([])).toThrow('nothing to merge')
  })
})
