/** The formats for other programs, and the words for a whole run. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { snapshotCursor } from '../../src/consumers/snapshot-cursor.js'
import { subjectText, summaryText } from '../../src/report/green-text.js'
import { toJson } from '../../src/report/json.js'
import { toJunit } from '../../src/report/junit.js'
import type { BurstsResult } from '../../src/report/result.js'
import { advanceTo } from '../../src/schedule/scenario.js'
import { EMPTY_GAP, emptyGap, runCase, subjectResult, suiteResult } from './runs.js'

const green = () => runCase(EMPTY_GAP, { name: 'empty-gap', consume: snapshotCursor })
const nothing = () => runCase([advanceTo('blocked')], { name: 'nothing', consume: snapshotCursor })
const skipped = [{ name: 'done-before-drained', reason: 'its consumer does not end on a status' }]
const bursts: BurstsResult = {
  runs: 1200,
  seed: 7,
  ms: 800,
  counts: { owed: 1500, delivered: 1500, lost: 0, gaps: 1346, injected: 1346, injectedDelivered: 1346 },
}

describe('a green subject', () => {
  it('says how often the gap was open, and what arrived', async () => {
    const subject = subjectResult([await green()], { consumer: 'snapshot-cursor', bursts })
    expect(subjectText(subject)).toBe(
      [
        '✓ RedisStreamRepository × snapshot-cursor   redis 7.0.15 (private process)',
        '  scenarios 1/1 · bursts 1,200',
        '  gap opened 1,347×, sentinel injected 1,347×, delivered 1,347× · 0 lost · 0.9 s',
        '  seed 7',
      ].join('\n'),
    )
  })

  it('names what was skipped, and why', async () => {
    const text = subjectText(subjectResult([await green()], { skipped }), { width: 60, seed: 42 })
    expect(text).toContain('scenarios 1/1 · 1 skipped')
    expect(text).toContain('  skipped done-before-drained: its consumer does not end\n    on a status')
    expect(text).toContain('seed 42')
  })
})

describe('what a subject does not declare', () => {
  const capabilities = [
    { name: 'signalsTruncation', declared: true, outcome: 'supported' },
    { name: 'tailSurvivesTrim', declared: false, outcome: 'unsupported, confirmed' },
    { name: 'resumes', declared: false, outcome: 'unverified' },
  ] as const

  it('is on a line of its own, with what came of trying it', async () => {
    const text = subjectText(subjectResult([await green()], { capabilities }), { width: 100 })
    expect(text.split('\n').at(-1)).toBe('  not declared: tailSurvivesTrim (unsupported, confirmed), resumes (unverified)')
    const narrow = subjectText(subjectResult([await green()], { capabilities }), { width: 50 })
    expect(narrow).toContain('\n  not declared: tailSurvivesTrim (unsupported,\n    confirmed), resumes (unverified)')
  })

  it('is not mentioned where everything that was tried is declared', async () => {
    expect(subjectText(subjectResult([await green()], { capabilities: capabilities.slice(0, 1) }))).not.toContain('declared')
    expect(subjectText(subjectResult([await green()]))).not.toContain('declared')
  })
})

describe('the summary', () => {
  it('of one that passed', async () => {
    const text = summaryText(suiteResult([subjectResult([await green()])]))
    expect(text).toBe(
      '✓ RedisStreamRepository × literal-dollar   scenarios 1/1   0.9 s\n\npassed · 0.9 s · seed 42 · exit 0: whatever was owed was delivered',
    )
  })

  it('of several, one of which failed', async () => {
    const text = summaryText(suiteResult([subjectResult([await green()]), subjectResult([await emptyGap()])]))
    expect(text).toContain('✗ RedisStreamRepository × literal-dollar   failed: empty-gap   0.9 s\n')
    expect(text).toContain('\n1 of 2 subjects failed · 0.9 s · seed 42 · exit 1: at least one anomaly')
  })

  it('of one that shows nothing', async () => {
    const text = summaryText(suiteResult([subjectResult([await green(), await nothing()])]))
    expect(text).toContain('? RedisStreamRepository × literal-dollar   nothing shown by: nothing')
    expect(text).toContain('exit 2: not everything could be shown, so nothing is proven')
    expect(summaryText(suiteResult([]))).toContain('no subject was run')
    expect(summaryText(suiteResult([subjectResult([], { error: 'it did not open' })]))).toContain('not run to the end: it did not open')
  })
})

describe('JSON', () => {
  it('is the same for the same result, with histories only where they are needed', async () => {
    const suite = suiteResult([subjectResult([await green(), await emptyGap(), await nothing()], { bursts })])
    const parsed = JSON.parse(toJson(suite))
    expect(toJson(suiteResult([subjectResult([await green(), await emptyGap(), await nothing()], { bursts })]))).toBe(toJson(suite))
    expect(Object.keys(parsed)).toEqual(['version', 'tailrace', 'result', 'exit', 'seed', 'ms', 'subjects'])
    expect(parsed).toMatchObject({ result: 'invalid', exit: 1 })
    expect(parsed.subjects[0].scenarios.map((each: object) => [(each as { result: string }).result, 'history' in each])).toEqual([
      ['valid', false],
      ['invalid', true],
      ['unknown', true],
    ])
    expect(toJson(suite)).toContain('\n  "version": 1')
  })
})

interface JunitCase {
  readonly '@name': string
  readonly '@time'?: string
  readonly failure?: { readonly '#text': string; readonly '@message': string; readonly '@type': string }
  readonly error?: { readonly '#text': string; readonly '@type': string }
  readonly skipped?: string
  readonly 'system-out'?: string
}

describe('JUnit', () => {
  const parse = (xml: string) => {
    expect(XMLValidator.validate(xml)).toBe(true)
    const parsed = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '@',
      trimValues: false,
      isArray: (name) => name === 'testcase' || name === 'testsuite',
    }).parse(xml)
    return parsed.testsuites as {
      readonly '@tests': string
      readonly testsuite: readonly { readonly '@name': string; readonly '@time': string; readonly testcase: readonly JunitCase[] }[]
    }
  }

  it('has a suite for each subject and a case for each scenario', async () => {
    const suites = parse(
      await toJunit(suiteResult([subjectResult([await green(), await emptyGap(), await nothing()], { skipped, bursts })])),
    )
    expect(suites).toMatchObject({ '@tests': '5', '@failures': '1', '@errors': '1', '@skipped': '1' })
    const [suite] = suites.testsuite
    expect(suite).toMatchObject({ '@name': 'RedisStreamRepository × literal-dollar', '@time': '0.9' })
    const [ok, failed, unknown, left, burst] = suite!.testcase
    expect(ok).toMatchObject({ '@name': 'empty-gap', '@time': '0.004' })
    expect(failed!.failure).toMatchObject({ '@type': 'unseen', '@message': expect.stringContaining('s1 at 1-0') })
    expect(failed!.failure!['#text']).toContain('read #2 after "$"')
    expect(unknown!.error).toMatchObject({ '@type': 'unknown' })
    expect(left).toMatchObject({ '@name': 'done-before-drained', skipped: '', 'system-out': skipped[0]!.reason })
    expect(burst).toMatchObject({ '@name': 'bursts', '@time': '0.8', 'system-out': '1,200 schedules' })
  })

  it('stays well-formed, whatever the subject says', async () => {
    const nasty = 'a\u0000b\u001b[31m<&"\'>]]>\ud800 c\uffff 🚫'
    const failing = await emptyGap({ kind: 'burst', name: nasty })
    const suites = parse(
      await toJunit(
        suiteResult([
          subjectResult([failing, { ...(await nothing()), notes: [nasty] }], {
            name: nasty,
            error: nasty,
            skipped: [{ name: nasty, reason: nasty }],
            bursts: { ...bursts, failure: failing },
          }),
        ]),
      ),
    )
    expect(suites.testsuite[0]!.testcase).toHaveLength(5)
    expect(suites.testsuite[0]!.testcase[0]!['@name']).toContain('🚫')
  })
})
