/**
 * The result as JUnit XML, for CI: one test suite a subject, one test case a scenario, one for its bursts, and one for
 * its exploration. An anomaly is a failure; a verdict that shows nothing is an error, so that no CI takes it for green;
 * what is known and accepted is skipped, with its failure in the output.
 *
 * There is no standard. Written is what GitHub's reporters, GitLab and Jenkins read: counts at both levels, `classname`,
 * `name`, `file` and `time` of a case, `message` and text of a failure, `message` of a skip, properties, `system-out`.
 */
import type { XMLElement } from 'xmlbuilder'
import { failureText } from './failure.js'
import { type Finding, pointerTo, tellersOf } from '../findings.js'
import { type Outcome, outcomesOf } from '../outcomes.js'
import type { SubjectResult, SuiteResult } from '../result.js'
import { visible } from '../text.js'

export async function toJunit(suite: SuiteResult): Promise<string> {
  const { default: xml } = await import('xmlbuilder')
  const suites = suite.subjects.map((subject) => ({ subject, outcomes: outcomesOf(subject) }))
  const root = xml.create('testsuites', { encoding: 'UTF-8' })
  attributes(root, { name: 'tailrace', ...tally(suites.flatMap(({ outcomes }) => outcomes)), time: seconds(suite.ms) })
  for (const { subject, outcomes } of suites) addSuite(root, subject, outcomes, suite)
  return `${root.end({ pretty: true })}\n`
}

function addSuite(root: XMLElement, subject: SubjectResult, outcomes: readonly Outcome[], { seed, tailrace }: SuiteResult): void {
  const xml = root.ele('testsuite')
  attributes(xml, { name: `${subject.name} × ${subject.consumer}`, ...tally(outcomes), time: seconds(subject.ms), ...fileOf(subject) })
  const properties = xml.ele('properties')
  const all = { store: subject.store, consumer: subject.consumer, seed: subject.bursts?.seed ?? seed, tailrace }
  for (const [name, value] of Object.entries(all)) attributes(properties.ele('property'), { name, value })
  const tellers = tellersOf(subject)
  for (const outcome of outcomes) addCase(xml, outcome, subject, outcome.result && tellers.get(outcome.result))
}

/** @param told where it is told already what it shows: it points there. */
function addCase(suite: XMLElement, outcome: Outcome, subject: SubjectResult, told: Finding | undefined): void {
  const { name, status, ms, message, result } = outcome
  const xml = suite.ele('testcase')
  attributes(xml, { classname: subject.name, name, time: seconds(ms), ...fileOf(subject) })
  const text = told !== undefined ? pointerTo(told) : result === undefined ? message : failureText(result, subject)
  switch (status) {
    case 'passed':
      if (message !== '') xml.ele('system-out', xmlText(message))
      return
    case 'skipped':
      attributes(xml.ele('skipped'), { message })
      return
    case 'known':
      attributes(xml.ele('skipped'), { message: result?.notes.at(-1) ?? message })
      xml.ele('system-out', xmlText(text))
      return
    case 'unknown':
      attributes(xml.ele('error', xmlText(text)), { message, type: 'unknown' })
      return
    case 'failed':
      attributes(xml.ele('failure', xmlText(text)), { message, type: result?.verdict.anomalies[0]?.code ?? 'anomaly' })
  }
}

function tally(outcomes: readonly Outcome[]) {
  const of = (...wanted: readonly Outcome['status'][]) => outcomes.filter(({ status }) => wanted.includes(status)).length
  return { tests: outcomes.length, failures: of('failed'), errors: of('unknown'), skipped: of('skipped', 'known') }
}

/** Attributes are one line: some readers show a line break as a blank, others as nothing. */
function attributes(xml: XMLElement, values: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(values)) xml.att(name, xmlText(visible(String(value))))
}

const fileOf = ({ source }: SubjectResult) => (source === undefined ? {} : { file: source.file })

const seconds = (ms: number) => Math.round(ms * 1000) / 1_000_000

/** XML 1.0 has no way to write these, not even escaped: https://www.w3.org/TR/xml/#charsets */
// oxlint-disable-next-line no-control-regex
const ILLEGAL = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu

const xmlText = (text: string): string => text.replace(ILLEGAL, '\ufffd')
