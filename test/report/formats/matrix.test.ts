import { expect, it } from 'vitest'
import { snapshotCursor } from '../../../src/consumers/loops.js'
import { eventText } from '../../../src/report/formats/live.js'
import { matrixText } from '../../../src/report/formats/summary.js'
import type { CaseResult } from '../../../src/report/result.js'
import { EMPTY_GAP, emptyGap, runCase, subjectResult, suiteResult } from '../runs.js'

const bad = await emptyGap()
const good = await runCase(EMPTY_GAP, { name: 'empty-gap', consume: snapshotCursor })
const named = (each: CaseResult, name: string) => ({ ...each, name })
const skipped = [{ name: 'resumed', reason: 'it does not resume' }]
const subjects = [
  subjectResult([good, named(good, 'batch-gap'), named(good, 'long-idle')], { name: 'one', consumer: 'c', skipped }),
  subjectResult([bad, named(good, 'batch-gap'), named(good, 'long-idle')], { name: 'two', consumer: 'c' }),
]

it('shows where subjects differ, and counts what is the same on all', () => {
  expect(`\n${matrixText(suiteResult(subjects))}\n`).toBe(`
  1 one × c
  2 two × c

            1 2
  empty-gap ✓ ✗
  resumed   – ·

  2 others: valid on all
  ✓ valid  ✗ invalid  – skipped  · not run
`)
})

it('is left out where the summary says as much, or there is no room', () => {
  expect(matrixText(suiteResult(subjects.slice(1)))).toBeUndefined()
  expect(matrixText(suiteResult([subjects[0]!, subjects[0]!]))).toBeUndefined()
  expect(matrixText(suiteResult([subjects[1]!, subjects[1]!]))).toBeUndefined()
  expect(matrixText(suiteResult(subjects), { width: 29 })).toBeUndefined()
})

it('comes in pieces where the subjects do not fit side by side', () => {
  const many = Array.from({ length: 14 }, (_, i) => ({ ...subjects[i % 2]!, name: `s${i + 1}` }))
  const text = matrixText(suiteResult(many), { width: 40 })!
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(40)
  expect(text).toContain('empty-gap  ✓  ✗  ✓  ✗  ✓  ✗  ✓  ✗  ✓\n')
  expect(text).toContain('\n            10 11 12 13 14\n')
  expect(text).toContain('empty-gap  ✗  ✓  ✗  ✓  ✗\n')
})

it('shows an event as one line, whatever is in it', () => {
  expect(eventText({ type: 'read-returned', consumer: 0, read: 2, outcome: 'error', error: 'a\nb' })).toBe(
    'read-returned    consumer=0 read=2 outcome=error error=a\\nb',
  )
  expect(eventText({ type: 'drain' })).toBe('drain')
})
