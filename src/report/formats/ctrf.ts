/**
 * The result in the Common Test Report Format (ctrf.io): one test for each scenario, the bursts and the exploration.
 * Its `other` is our unknown. A known loss is `skipped`, with `rawStatus` "known".
 */
import { failureText } from './failure.js'
import { type Finding, pointerTo, tellersOf } from '../findings.js'
import { wellFormed } from './json.js'
import { type Outcome, outcomesOf } from '../outcomes.js'
import type { SubjectResult, SuiteResult } from '../result.js'

const STATUS = { passed: 'passed', failed: 'failed', unknown: 'other', known: 'skipped', skipped: 'skipped' } as const

export interface Ran {
  /** Milliseconds since 1970. */
  readonly stop: number
}

export function toCtrf(suite: SuiteResult, { stop }: Ran): string {
  const tests = suite.subjects.flatMap((subject) => {
    const tellers = tellersOf(subject)
    return outcomesOf(subject).map((outcome) => testOf(outcome, subject, outcome.result && tellers.get(outcome.result)))
  })
  const of = (...wanted: readonly string[]) => tests.filter(({ status }) => wanted.includes(status)).length
  const summary = {
    tests: tests.length,
    passed: of('passed'),
    failed: of('failed'),
    skipped: of('skipped'),
    pending: 0,
    other: of('other'),
    suites: suite.subjects.length,
    start: stop - Math.round(suite.ms),
    stop,
    duration: Math.round(suite.ms),
  }
  const report = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    generatedBy: `tailrace ${suite.tailrace}`,
    results: { tool: { name: 'tailrace', version: suite.tailrace, extra: { seed: suite.seed } }, summary, tests },
  }
  return `${wellFormed(JSON.stringify(report, null, 2))}\n`
}

function testOf(outcome: Outcome, subject: SubjectResult, told: Finding | undefined) {
  const { name, status, ms, message, result } = outcome
  const { source } = subject
  return {
    name,
    status: STATUS[status],
    duration: Math.round(ms),
    suite: [subject.name],
    rawStatus: status,
    type: 'race',
    ...(message === '' ? {} : { message }),
    ...(status === 'passed' || result === undefined ? {} : { trace: told === undefined ? failureText(result, subject) : pointerTo(told) }),
    ...(source === undefined ? {} : { filePath: source.file, line: source.line }),
    ...(result?.rule === undefined ? {} : { tags: [`rule ${result.rule}`, ...(result.race === undefined ? [] : [`race ${result.race}`])] }),
    extra: { consumer: subject.consumer, store: subject.store, ...(result?.replayFile === undefined ? {} : { replay: result.replayFile }) },
  }
}
