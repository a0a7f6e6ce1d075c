import { describe, expect, it } from 'vitest'
import { anomaly } from '../../src/oracle/anomaly.js'
import { NO_COUNTS } from '../../src/oracle/check.js'
import { dialectOf } from '../../src/dialects/dialect.js'
import type { CaseResult, SubjectResult } from '../../src/report/result.js'
import { sharesOf, sharesText } from '../../src/report/shares.js'
import { schedule } from '../../src/schedule/schedule.js'

const shown = (name: string, code?: 'duplicate-delivery' | 'stale-read', rest: Partial<CaseResult> = {}): CaseResult => ({
  kind: 'scenario',
  name,
  verdict: {
    result: code === undefined ? 'valid' : 'invalid',
    anomalies: code === undefined ? [] : [anomaly(code, 'seen')],
    reasons: [],
    counts: { ...NO_COUNTS, owed: 1 },
  },
  schedule: schedule([]),
  history: [],
  ms: 1,
  notes: [],
  ...rest,
})

const subject = (rest: Partial<SubjectResult>): SubjectResult => ({
  name: 'it',
  consumer: 'its own',
  store: 'model',
  dialect: dialectOf('memory'),
  scenarios: [],
  skipped: [],
  ms: 1,
  ...rest,
})

const bursts = { runs: 50, goneOn: 20, seed: 1, counts: NO_COUNTS, ms: 1 }
const exploration = {
  appends: 2,
  cycles: 2,
  interleavings: '2',
  covered: '2',
  lost: '0',
  schedules: 4,
  counts: NO_COUNTS,
  certificate: 'x',
  ms: 1,
}
const failing = (path: string, code: 'duplicate-delivery' | 'stale-read') => shown('bursts', code, { kind: 'burst', path })

describe('the share of a strategy', () => {
  it('is what it ran of all schedules', () => {
    const all = subject({ scenarios: [shown('a'), shown('b')], bursts, exploration })
    expect(sharesOf(all).map(({ strategy, schedules }) => `${strategy} ${schedules}`)).toEqual([
      'scenarios 2',
      'swarm 30',
      'greybox 20',
      'exploration 4',
    ])
    expect(sharesText(all)).toEqual(['schedules by strategy: scenarios 2 (4 %), swarm 30 (54 %), greybox 20 (36 %), exploration 4 (7 %)'])
    expect(sharesText(subject({ scenarios: [shown('a')] }))).toEqual([])
    expect(sharesOf(subject({ bursts: { runs: 3, seed: 1, counts: NO_COUNTS, ms: 1 } }))).toEqual([
      { strategy: 'swarm', schedules: 3, first: [] },
    ])
  })

  it('has what it was the first to show, and not what it showed again', () => {
    const scenarios = [shown('a', 'duplicate-delivery')]
    const again = subject({ scenarios, bursts: { ...bursts, failure: failing('7', 'duplicate-delivery') } })
    expect(sharesOf(again).map(({ first }) => first)).toEqual([['duplicate-delivery'], [], []])
    const more = subject({ scenarios, bursts: { ...bursts, failure: failing('3:4,7', 'stale-read') } })
    expect(sharesText(more)[1]).toBe('first found by: scenarios (duplicate-delivery); greybox (stale-read)')
    expect(sharesText(subject({ scenarios: [shown('a')], bursts: { ...bursts, failure: failing('7', 'stale-read') } }))[1]).toBe(
      'first found by: swarm (stale-read)',
    )
    const explored = { ...exploration, failure: failing('', 'stale-read') }
    const both = { bursts: { ...bursts, failure: failing('7', 'stale-read') }, exploration: explored }
    expect(sharesText(subject(both))[1]).toBe('first found by: swarm (stale-read)')
    expect(sharesText(subject({ ...both, exploration: { ...explored, beforeBursts: true } }))[1]).toBe(
      'first found by: exploration (stale-read)',
    )
    expect(sharesText(subject({ scenarios, exploration: explored }))[1]).toBe(
      'first found by: scenarios (duplicate-delivery); exploration (stale-read)',
    )
  })
})
