/** The words for a whole run. */
import { describe, expect, it } from 'vitest'
import { failureText } from '../../../src/report/formats/failure.js'
import { subjectText, summaryText } from '../../../src/report/formats/summary.js'
import { emptyGap, subjectResult, suiteResult } from '../runs.js'
import type { SubjectResult } from '../../../src/report/result.js'
import { bursts, green, nothing, plain, runSubjects, skipped } from '../suites.js'

describe('a terminal of 40 columns', () => {
  it('gets every figure, and prose that fits', async () => {
    const subject = subjectResult([await emptyGap()])
    const text = subjectText(subject, { width: 40 })
    expect(text).toContain('sentinel injected 1× · delivered 0×')
    expect(text).not.toContain('…')
    const prose = failureText(subject.scenarios[0]!, subject, { width: 40 })
      .split('\n\n')
      .filter((each) => !/^ {2}replay|─/.test(each))
    for (const line of prose.join('\n').split('\n')) expect(line.length, line).toBeLessThanOrEqual(40)
  })
})

describe('a green subject', () => {
  it('says how often the gap was open, and what arrived', async () => {
    const subject = subjectResult([await green()], { consumer: 'snapshot-cursor', bursts })
    expect(subjectText(subject)).toBe(
      [
        '✓ RedisStreamRepository × snapshot-cursor   redis 7.0.15 (private process)',
        '  scenarios 1/1 · bursts 1,200',
        '  gap opened 1,347×, sentinel injected 1,347×, delivered 1,347× · 0 lost · 0.9 s',
        '  seed 7',
        '  schedules by strategy: scenarios 1 (< 1 %), swarm 1,200 (100 %)',
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

describe('a subject that could not be run', () => {
  it('says all of why, and what to do; its line in the summary has the beginning', () => {
    const error = `cannot use the Redis at redis://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\nStart one there, or correct the \u001bURL.`
    const subject = subjectResult([], { error })
    expect(subjectText(subject, { width: 60 })).toContain(
      [
        '  cannot use the Redis at redis://127.0.0.1:1: connect',
        '  ECONNREFUSED 127.0.0.1:1',
        '  Start one there, or correct the \\x1bURL.',
        '  scenarios 0/0',
      ].join('\n'),
    )
    const summary = summaryText(suiteResult([subject]), { width: 200 })
    expect(summary).toContain('not run to the end: cannot use the Redis at redis://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1   ')
    expect(summary).not.toContain('Start one')
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

  it('of one that ended with its time: the command that runs as much again is on a line of its own', async () => {
    const again = { command: "npx tailrace wire --topic 'task:*'", rest: ' -- node consumer.mjs' }
    const subject = subjectResult([await green()], { bursts: { ...bursts, timeMs: 30_000 }, again })
    const text = subjectText(subject, { width: 60 })
    expect(text).toContain('scenarios 1/1 · bursts 1,200, then the time was over')
    expect(text).toContain('  the time of 30 s was over after 1,200 bursts; the same\n    ones, whatever the time:\n')
    expect(text).toContain(`\n    npx tailrace wire --topic 'task:*' --runs 1200 --seed 7 -- node consumer.mjs`)
    expect(summaryText(suiteResult([subject]))).toContain('exit 0')
  })

  it('of one whose time was over before anything was shown', async () => {
    const none = { ...bursts, runs: 0, timeMs: 10, counts: { ...bursts.counts, owed: 0 } }
    const few = { ...none, runs: 3 }
    const said = async (rest: Partial<SubjectResult>) => summaryText(suiteResult([subjectResult([await green()], rest)]), { width: 120 })
    expect(await said({ bursts: none })).toContain('no burst was run: the time was over (--time asks for more)')
    expect(await said({ bursts: few })).toContain('nothing was owed in 3 bursts (--time asks for more)')
    const { exploration } = (await runSubjects([plain], { scenarios: [], exploration: { appends: 1, cycles: 1 } })).subjects[0]!
    const stopped = await said({ exploration: { ...exploration!, covered: '1', stopped: true } })
    expect(stopped).toContain('the exploration is not complete: the time was over (--time asks for more)')
    expect(stopped).toContain('exit 2')
  })

  it('of one whose bursts owed nothing, and what to do', async () => {
    const subject = subjectResult([await green()], { bursts: { ...bursts, runs: 3, counts: { ...bursts.counts, owed: 0 } } })
    expect(summaryText(suiteResult([subject]))).toContain(
      '? RedisStreamRepository × literal-dollar\n  nothing was owed in 3 bursts (--runs asks for more)   0.9 s\n',
    )
  })

  it('of one that shows nothing', async () => {
    const text = summaryText(suiteResult([subjectResult([await green(), await nothing()])]))
    expect(text).toContain('? RedisStreamRepository × literal-dollar   nothing shown by: nothing')
    expect(text).toContain('exit 2: not everything could be shown, so nothing is proven')
    expect(summaryText(suiteResult([]))).toContain('no subject was run')
    expect(summaryText(suiteResult([subjectResult([], { error: 'it did not open' })]))).toContain('not run to the end: it did not open')
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
