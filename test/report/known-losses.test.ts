/** Losses that are accepted until a day: which results they cover, and what becomes of them. */
import { describe, expect, it } from 'vitest'
import { decodeResult, toJson } from '../../src/report/formats/json.js'
import { failureText } from '../../src/report/formats/failure.js'
import { urgentText } from '../../src/report/formats/summary.js'
import { toHtml } from '../../src/report/formats/html/index.js'
import { mergeResults } from '../../src/report/merge.js'
import { baselineText, join, lossesOf } from '../../src/report/baseline.js'
import { knownLines, markKnown, outcomesOfKnown } from '../../src/report/known-losses.js'
import { type CaseResult, exitOf, resultOf } from '../../src/report/result.js'
import type { KnownAnomaly, KnownFinding, KnownLoss } from '../../src/subject/known-loss.js'
import { WHO, emptyGap, subjectResult, suiteResult } from './runs.js'
import { bursts, green, nothing } from './suites.js'

const TODAY = '2027-01-31'
const loss: KnownAnomaly = {
  subject: WHO.name,
  where: 'empty-gap',
  code: 'unseen',
  window: 'empty-gap',
  rule: '4.2',
  reason: 'the old client',
  expires: TODAY,
}
const finding: KnownFinding = { subject: WHO.name, cause: 'latest-anew', shownBy: ['empty-gap'], reason: 'the old client', expires: TODAY }
const afterwards = (scenarios: readonly CaseResult[], losses: readonly KnownLoss[]) => {
  const subject = markKnown(subjectResult(scenarios), losses, TODAY)
  return { subject, suite: suiteResult([subject]), known: outcomesOfKnown([subject], losses, TODAY) }
}

describe('a known loss', () => {
  it('does not fail the run, and stays what it is', async () => {
    const { subject, suite, known } = afterwards([await green(), await emptyGap()], [loss])
    expect(exitOf(suite)).toBe(0)
    expect(resultOf(subject)).toBe('invalid')
    expect(subject.scenarios[1]).toMatchObject({ known: true, notes: ['known until 2027-01-31: the old client'] })
    expect(subject.scenarios[0]).not.toHaveProperty('known')
    expect(known).toEqual([{ loss, outcome: 'occurs' }])
  })

  it('is called known in its first line, which is all that --quiet shows of it', async () => {
    const { subject, suite, known } = afterwards([await emptyGap()], [loss])
    expect(failureText(subject.scenarios[0]!, subject)).toContain('1 of 1 owed entries lost (known)')
    expect(failureText(await emptyGap(), subject)).not.toContain('(known)')
    expect(urgentText({ ...suite, known })).toEqual([])
  })

  it('is called known on the page, whose exit code is that of the run', async () => {
    const { suite, known } = afterwards([await emptyGap()], [loss])
    const page = await toHtml({ ...suite, known })
    expect(page).toContain('<title>tailrace: valid, exit 0</title>')
    expect(page).toContain('Nothing new is wrong')
    expect(page).toContain('1 of 1 owed entries lost (known)')
    expect(page).toContain('known until 2027-01-31: RedisStreamRepository · empty-gap · unseen @empty-gap · rule 4.2 (the old client)')
  })

  it('stays known where the parts of a run are joined, and is not gone where one part has it', async () => {
    const shown = afterwards([await emptyGap()], [loss, { ...loss, where: 'bursts' }])
    const other = afterwards([{ ...(await green()), name: 'other' }], [loss, { ...loss, where: 'bursts' }])
    const parts = [other, shown].map(({ suite, known }) => decodeResult(JSON.parse(toJson({ ...suite, known })), 'part'))
    expect(parts.map(({ known }) => known)).toEqual([other.known, shown.known])
    const whole = mergeResults(parts)
    expect(exitOf(whole)).toBe(0)
    expect(whole.known!.map(({ outcome }) => outcome)).toEqual(['occurs', 'not-run'])
  })

  it('fails again from the day after its last, and says so', async () => {
    const expired = { ...loss, expires: '2027-01-30' }
    const { subject, suite, known } = afterwards([await emptyGap()], [expired])
    expect(exitOf(suite)).toBe(1)
    expect(subject.scenarios[0]!.notes).toEqual(['was known until 2027-01-30, and has expired: the old client'])
    expect(urgentText({ ...suite, known })[0]).toMatch(/^! expired on 2027-01-30/)
    expect(knownLines(known)).toEqual([
      'expired on 2027-01-30, and fails again: RedisStreamRepository · empty-gap · unseen @empty-gap · rule 4.2 (the old client)',
    ])
  })

  it('covers its own subject, scenario, code, window and rule, and nothing else', async () => {
    const others: Partial<KnownAnomaly>[] = [
      { subject: 'other' },
      { where: 'bursts' },
      { code: 'poll-skip' },
      { window: 'batch-gap' },
      { rule: '4.3' },
    ]
    for (const other of others) {
      expect(exitOf(afterwards([await emptyGap()], [{ ...loss, ...other }]).suite), JSON.stringify(other)).toBe(1)
    }
  })

  it('does not cover a result that has something new in it', async () => {
    const failing = await emptyGap()
    const anomalies = [...failing.verdict.anomalies, { code: 'livelock', rule: '4.6', evidence: 'round and round' } as const]
    const { suite, known } = afterwards([{ ...failing, verdict: { ...failing.verdict, anomalies } }], [loss])
    expect(exitOf(suite)).toBe(1)
    expect(known[0]!.outcome).toBe('occurs')
  })

  it('never makes an unknown result green', async () => {
    expect(exitOf(afterwards([await emptyGap(), await nothing()], [loss]).suite)).toBe(2)
  })

  it('is reported as gone where its scenario is green, and only there', async () => {
    const { suite, known } = afterwards([await green()], [loss])
    expect(exitOf(suite)).toBe(0)
    expect(knownLines(known)[0]).toMatch(/^no longer occurs, remove it/)
    expect(urgentText({ ...suite, known })).toEqual([expect.stringMatching(/^! no longer occurs/), expect.any(String)])
    expect(afterwards([], [loss]).known[0]!.outcome).toBe('not-run')
    expect(afterwards([{ ...(await nothing()), name: 'empty-gap' }], [loss]).known[0]!.outcome).toBe('not-run')
    expect(outcomesOfKnown([], [loss], TODAY)[0]!.outcome).toBe('not-run')
    expect(outcomesOfKnown([subjectResult([], { bursts })], [{ ...loss, where: 'bursts' }], TODAY)[0]!.outcome).toBe('gone')
  })

  it('covers the counterexample of the bursts', async () => {
    const failure = await emptyGap({ kind: 'burst', name: 'bursts' })
    const subject = markKnown(subjectResult([await green()], { bursts: { ...bursts, failure } }), [{ ...loss, where: 'bursts' }], TODAY)
    expect(exitOf(suiteResult([subject]))).toBe(0)
  })
})

describe('a known finding', () => {
  it('is known in whichever scenario it shows, and nothing else is', async () => {
    const added = { ...(await emptyGap()), name: 'added later' }
    const { subject, suite, known } = afterwards([await emptyGap(), added], [finding])
    expect(exitOf(suite)).toBe(0)
    expect(subject.scenarios.map((each) => each.known)).toEqual([true, true])
    expect(known).toEqual([{ loss: finding, outcome: 'occurs' }])
    expect(knownLines(known)).toEqual(['known until 2027-01-31: RedisStreamRepository · latest-anew (the old client)'])
    expect(exitOf(afterwards([await emptyGap()], [{ ...finding, cause: 'tail-after-empty' }]).suite)).toBe(1)
    expect(exitOf(afterwards([await emptyGap()], [{ ...finding, subject: 'other' }]).suite)).toBe(1)
    expect(exitOf(afterwards([await emptyGap()], [{ ...finding, expires: '2027-01-30' }]).suite)).toBe(1)
  })

  it('covers what may be the same, in a schedule that ends too soon to tell', async () => {
    const failing = await emptyGap()
    const [anomaly] = failing.verdict.anomalies
    const perhaps = { ...anomaly!, culprit: { ...anomaly!.culprit!, name: 'latest-at-first' as const } }
    const { suite } = afterwards([{ ...failing, verdict: { ...failing.verdict, anomalies: [perhaps] } }], [finding])
    expect(exitOf(suite)).toBe(0)
  })

  it('does not cover a second cause of the same result', async () => {
    const failing = await emptyGap()
    const anomalies = [...failing.verdict.anomalies, { code: 'livelock', rule: '4.6', evidence: 'round and round' } as const]
    expect(exitOf(afterwards([{ ...failing, verdict: { ...failing.verdict, anomalies } }], [finding]).suite)).toBe(1)
  })

  it('is gone where all that had shown it were run and show it no more', async () => {
    const outcome = (results: readonly CaseResult[], known: KnownFinding, rest = {}) =>
      outcomesOfKnown([subjectResult(results, rest)], [known], TODAY)[0]!.outcome
    const both = { ...finding, shownBy: ['empty-gap', 'bursts'] }
    expect(outcome([await green()], finding)).toBe('gone')
    expect(outcome([await green()], both)).toBe('not-run')
    expect(outcome([await green()], both, { bursts })).toBe('gone')
    const other = { ...(await emptyGap({ kind: 'burst', name: 'bursts' })), verdict: (await nothing()).verdict }
    expect(outcome([await green()], both, { bursts: { ...bursts, failure: other } })).toBe('not-run')
    expect(outcome([{ ...(await nothing()), name: 'empty-gap' }], finding)).toBe('not-run')
    const { shownBy: _, ...byHand } = finding
    expect(outcome([await green()], byHand)).toBe('not-run')
  })
})

describe('the file of known losses', () => {
  const because = { reason: 'accepted', expires: '2027-06-30' }

  it('takes each loss of a report once, and nothing unknown', async () => {
    const failure = await emptyGap({ kind: 'burst', name: 'bursts' })
    const subject = subjectResult([await green(), await emptyGap(), await emptyGap(), await nothing()], { bursts: { ...bursts, failure } })
    const losses = lossesOf(decodeResult(JSON.parse(toJson(suiteResult([subject]))), 'report.json'), because)
    expect(losses).toEqual([{ ...finding, ...because, shownBy: ['empty-gap', 'bursts'] }])
    expect(JSON.parse(baselineText(losses))).toEqual({ version: 2, knownLosses: losses })
  })

  it('keeps what is there, renews what has expired, and adds what is new', () => {
    const expired = { ...finding, cause: 'dropped', expires: '2026-01-01' }
    const found = [{ ...finding, shownBy: ['added'] }, expired, { ...finding, cause: 'leak' }].map((each) => ({ ...each, ...because }))
    const { losses, added, renewed, kept } = join([finding, expired, loss, { ...finding, cause: 'livelock' }], found, TODAY)
    expect([added.length, renewed.length, kept.length]).toEqual([1, 1, 1])
    expect(losses).toEqual([
      { ...finding, shownBy: ['empty-gap', 'added'] },
      { ...expired, ...because },
      loss,
      { ...finding, cause: 'livelock' },
      { ...finding, ...because, cause: 'leak' },
    ])
  })
})
