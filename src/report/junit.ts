/**
 * The result as JUnit XML, for CI: one test suite a subject, one test case a scenario, and one for its bursts.
 * An anomaly is a failure; a verdict that shows nothing is an error, so that no CI takes it for green.
 */
import type { Builder, TestSuite } from 'junit-report-builder'
import { failureText } from './failure-text.js'
import type { BurstsResult, CaseResult, SubjectResult, SuiteResult } from './result.js'
import { count } from './words.js'

export async function toJunit(suite: SuiteResult): Promise<string> {
  // The package is CommonJS, and its default export is all of it; its types are written as if it were not.
  const { default: junit } = (await import('junit-report-builder')) as unknown as { default: Builder }
  const builder = junit.newBuilder()
  for (const subject of suite.subjects) {
    const xml = builder
      .testSuite()
      .name(xmlText(`${subject.name} × ${subject.consumer}`))
      .time(seconds(subject.ms))
    xml.property('store', xmlText(subject.store))
    xml.property('seed', String(subject.bursts?.seed ?? suite.seed))
    for (const result of subject.scenarios) addCase(xml, result, subject)
    for (const { name, reason } of subject.skipped) newCase(xml, name, subject).skipped().standardOutput(xmlText(reason))
    if (subject.bursts !== undefined) addBursts(xml, subject.bursts, subject)
    if (subject.error !== undefined) newCase(xml, 'run', subject).error(xmlText(subject.error), 'error')
  }
  return builder.build()
}

const newCase = (suite: TestSuite, name: string, { name: subject }: SubjectResult) =>
  suite.testCase().className(xmlText(subject)).name(xmlText(name))

function addCase(suite: TestSuite, result: CaseResult, subject: SubjectResult, name = result.name): void {
  const xml = newCase(suite, name, subject).time(seconds(result.ms))
  const { verdict } = result
  if (verdict.result === 'valid') return
  const text = xmlText(failureText(result, subject))
  if (verdict.result === 'unknown') xml.error(xmlText(verdict.reasons.join('; ')), 'unknown', text)
  else xml.failure(xmlText(messageOf(result)), verdict.anomalies[0]?.code ?? 'anomaly').stacktrace(text)
}

function addBursts(suite: TestSuite, { failure, runs, ms }: BurstsResult, subject: SubjectResult): void {
  if (failure === undefined) newCase(suite, 'bursts', subject).time(seconds(ms)).standardOutput(count(runs, 'schedule'))
  else addCase(suite, { ...failure, ms }, subject, 'bursts')
}

function messageOf({ verdict }: CaseResult): string {
  const [first, ...others] = verdict.anomalies
  const more = others.length === 0 ? '' : ` (and ${count(others.length, 'more anomaly', 'more anomalies')})`
  return (first?.evidence ?? 'an anomaly') + more
}

const seconds = (ms: number) => Math.round(ms * 1000) / 1_000_000

/** XML 1.0 has no way to write these, not even escaped: https://www.w3.org/TR/xml/#charsets */
// oxlint-disable-next-line no-control-regex
const ILLEGAL = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu

const xmlText = (text: string): string => text.replace(ILLEGAL, '\ufffd')
