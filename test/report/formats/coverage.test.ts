/** What was not tried, in a line, and the whole as a table of a terminal. */
import { describe, expect, it } from 'vitest'
import { coverageLine, coverageTable } from '../../../src/report/formats/coverage.js'
import { subjectText } from '../../../src/report/formats/summary.js'
import { mergeResults } from '../../../src/report/merge.js'
import { subjectResult, suiteResult } from '../runs.js'
import { bursts, coverage } from '../suites.js'

describe('the line', () => {
  it('says how much was tried, and what was not: nowhere, nothing, and where somebody was most often', () => {
    expect(coverageLine(coverage)).toBe(
      'tried 5 of 10 combinations of gate, window and disturbance, but no failing tail anywhere, nothing at delivered @batch-gap and no undecodable entry at read-called @empty-gap; the others: --reporter html',
    )
  })

  it('leaves nothing to be asked for where all is named, or was tried', () => {
    const few = { ...coverage, places: coverage.places.slice(0, 1) }
    expect(coverageLine(few)).toBe('tried 2 of 3 combinations of gate, window and disturbance, but no failing tail anywhere')
    const all = { schedules: 1, places: [{ gate: 'closed', held: 1, fell: { append: 1 } }] } as const
    expect(coverageLine(all)).toBe('tried all of 1 combination of gate, window and disturbance')
  })

  it('is part of what is said of a subject that was searched, and missing where nothing was counted', () => {
    const text = subjectText(subjectResult([], { coverage, bursts }), { width: 60 })
    expect(text).toContain('\n  tried 5 of 10 combinations of gate, window and\n    disturbance, but no failing tail')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
    for (const rest of [{ coverage }, { bursts }]) expect(subjectText(subjectResult([], rest))).not.toContain('combinations')
  })
})

describe('the table', () => {
  it('has a row for each place, and tells what was not tried from what cannot be', () => {
    expect(coverageTable(coverage)).toBe(
      [
        '  tried 5 of 10 combinations of gate, window and disturbance, in 1,300 schedules',
        '',
        '                            1  2  3  4',
        '  tail-called @connect-gap 31  2  ·  –',
        '  read-called @empty-gap   1k  ·  –  7',
        '  delivered @batch-gap      ·  ·  –  –',
        '  closed                    4  ·  –  –',
        '',
        '  1 append   2 undecodable entry   3 failing tail   4 failing read   · not tried',
        '  – not possible there',
        '  No consumer came to tail-returned, announced, blocked, read-returned, paused,',
        '  command-called, command-returned or notified.',
      ].join('\n'),
    )
  })

  it('comes in pieces where it is too wide', () => {
    const lines = coverageTable(coverage, { width: 34 }).split('\n')
    expect(lines.filter((line) => line.includes('closed'))).toEqual([
      '  closed                    4  ·',
      '  closed                    –  –',
    ])
    expect(Math.max(...lines.slice(2, -8).map((line) => line.length))).toBeLessThanOrEqual(34)
  })
})

it('is added up where the parts of a run are merged', () => {
  const parts = [subjectResult([], { coverage }), subjectResult([]), subjectResult([], { coverage })]
  const [subject] = mergeResults(parts.map((each) => suiteResult([each]))).subjects
  expect(subject!.coverage!.schedules).toBe(2600)
  expect(subject!.coverage!.places.map(({ held, fell }) => [held, fell.append])).toEqual([
    [2800, 62],
    [6200, 2400],
    [24_000, 0],
    [18, 8],
  ])
  expect(mergeResults([suiteResult([subjectResult([])])]).subjects[0]).not.toHaveProperty('coverage')
})
