/** Files of other versions: a report and its baseline as the first version wrote them, and one with an anomaly that nobody knows yet. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../src/dialects/redis/dialect.js'
import { analyse } from '../../src/oracle/analysis.js'
import { lossesOf, readBaseline } from '../../src/report/baseline.js'
import { compare } from '../../src/report/compare.js'
import { explain } from '../../src/report/explain.js'
import { compareText } from '../../src/report/formats/comparison.js'
import { failureText } from '../../src/report/formats/failure.js'
import { toHtml } from '../../src/report/formats/html/index.js'
import { decodeResult, toJson } from '../../src/report/formats/json.js'
import { toMarkdown } from '../../src/report/formats/markdown.js'
import { markKnown } from '../../src/report/known-losses.js'
import { mergeResults } from '../../src/report/merge.js'
import { type JsonReport, checkReport, readJson } from '../../src/report/report-schema.js'
import { exitOf } from '../../src/report/result.js'
import { plainStyle } from '../../src/report/style.js'

const OLD = join(import.meta.dirname, 'fixtures/report-v1.json')
const OLD_BASELINE = join(import.meta.dirname, 'fixtures/baseline-v1.json')
const BECAUSE = { reason: 'later', expires: '2099-12-31' }

/** The same report as a later version may write it: another anomaly, which speaks of another rule. */
async function later(): Promise<unknown> {
  const report = (await readJson(OLD)) as { subjects: { scenarios: { anomalies: Record<string, string>[] }[] }[] }
  const [anomaly] = report.subjects[0]!.scenarios[0]!.anomalies
  Object.assign(anomaly!, { code: 'stale-offset', rule: '8.1', ruleAt: 'docs/rules.md#rule-8-1' })
  return report
}

describe('a report of the first version', () => {
  it('is read, and gives the same file again but for what commands do, and the dialect', async () => {
    const data = (await readJson(OLD)) as JsonReport
    const suite = decodeResult(data, OLD)
    const written = toJson(suite)
    expect(written).toContain('"does": [')
    expect(data.subjects.map(({ dialect }) => dialect)).toEqual([undefined])
    expect((JSON.parse(written) as JsonReport).subjects.map(({ dialect }) => dialect)).toEqual(['redis'])
    expect(JSON.parse(written.replaceAll(/,\s*"does": \[[^\]]*\]/g, '').replaceAll(/\s*"dialect": "redis",/g, ''))).toEqual(data)
  })

  it('is explained as before: what its commands do follows from their names', async () => {
    const { subjects } = decodeResult(await readJson(OLD), OLD)
    const { history, verdict } = subjects[0]!.scenarios[0]!
    const asked = history.findIndex(({ type }) => type === 'command-called')
    expect(analyse(history).sessions[0]!.tailAsked).toBe(asked)
    expect(explain(history, verdict, redisDialect)[0]).toContain('Then the consumer asked for the tail again')
  })

  it('goes with its baseline: what it lost is known', async () => {
    const known = await readBaseline(OLD_BASELINE)
    const suite = decodeResult(await readJson(OLD), OLD)
    expect(exitOf({ ...suite, subjects: suite.subjects.map((subject) => markKnown(subject, known, '2098-01-01')) })).toBe(0)
  })
})

describe('an anomaly of a later version', () => {
  it('is read, merged, and written as it came', async () => {
    const data = await later()
    const merged = mergeResults([decodeResult(data, 'later')])
    expect(JSON.parse(toJson(merged)).subjects[0].scenarios[0].anomalies).toEqual((data as JsonReport).subjects[0]!.scenarios[0]!.anomalies)
  })

  it('is shown with its evidence, without a hint or a rule that nobody knows', async () => {
    const suite = decodeResult(await later(), 'later')
    const [subject] = suite.subjects
    const text = failureText(subject!.scenarios[0]!, subject!)
    expect(text).toContain('stale-offset @empty-gap · rule 8.1')
    expect(text).not.toContain('hint')
    expect(toMarkdown(suite)).toContain('stale-offset')
    expect(await toHtml(suite)).toContain('stale-offset')
  })

  it('is compared, and can be accepted until a day', async () => {
    const [old, next] = [decodeResult(await readJson(OLD), OLD), decodeResult(await later(), 'later')]
    const comparison = compare(old, next)
    expect(comparison.regression).toBe(true)
    expect(compareText(comparison, { style: plainStyle, width: 80 })).toContain('stale-offset')
    const known = lossesOf(next, BECAUSE)
    expect(known).toMatchObject([{ cause: 'stale-offset', shownBy: ['empty-gap'] }])
    expect(exitOf({ ...next, subjects: next.subjects.map((subject) => markKnown(subject, known, '2098-01-01')) })).toBe(0)
  })

  it.each(['Unseen', 'un seen', '', '-'])('has a code that is one: not %j', async (code) => {
    const report = (await later()) as { subjects: { scenarios: { anomalies: Record<string, string>[] }[] }[] }
    report.subjects[0]!.scenarios[0]!.anomalies[0]!['code'] = code
    expect(() => checkReport(report, 'f.json')).toThrow('expected the code of an anomaly, such as "unseen"')
  })
})
