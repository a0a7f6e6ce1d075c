/** What GitHub's reporters, GitLab and Jenkins read of a JUnit file, and that it is XML whatever is in it. */
import { spawnSync } from 'node:child_process'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { toHtml } from '../../../src/report/formats/html/index.js'
import { matrixText } from '../../../src/report/formats/summary.js'
import { toJunit } from '../../../src/report/formats/junit.js'
import type { SuiteResult } from '../../../src/report/result.js'
import { emptyGap, subjectResult, suiteResult } from '../runs.js'
import { NASTY, bursts, green, nastySuite, nothing, skipped } from '../suites.js'

interface JunitCase {
  readonly '@classname': string
  readonly '@name': string
  readonly '@file'?: string
  readonly '@time'?: string
  readonly failure?: { readonly '#text': string; readonly '@message': string; readonly '@type': string }
  readonly error?: { readonly '#text': string; readonly '@message': string; readonly '@type': string }
  readonly skipped?: { readonly '@message': string }
  readonly 'system-out'?: string
}

interface JunitSuites {
  readonly '@tests': string
  readonly testsuite: readonly {
    readonly '@name': string
    readonly '@time': string
    readonly properties: { readonly property: readonly { readonly '@name': string; readonly '@value': string }[] }
    readonly testcase: readonly JunitCase[]
  }[]
}

function parse(xml: string): JunitSuites {
  expect(XMLValidator.validate(xml)).toBe(true)
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    trimValues: false,
    isArray: (name) => ['testcase', 'testsuite', 'property'].includes(name),
  })
  return parser.parse(xml).testsuites as JunitSuites
}

/** libxml2, which Jenkins's and GitLab's parsers agree with. */
const xmllint = (xml: string) => spawnSync('xmllint', ['--noout', '--huge', '-'], { input: xml, encoding: 'utf8' })
const hasXmllint = spawnSync('xmllint', ['--version']).error === undefined

describe('JUnit', () => {
  it('has a suite for each subject and a case for each scenario', async () => {
    const source = { file: 'src/events.ts', line: 7 }
    const subject = subjectResult([await green(), await emptyGap(), await nothing()], { skipped, bursts, source })
    const suites = parse(await toJunit(suiteResult([subject])))
    expect(suites).toMatchObject({ '@tests': '5', '@failures': '1', '@errors': '1', '@skipped': '1', '@time': '0.912' })
    const [suite] = suites.testsuite
    expect(suite).toMatchObject({ '@name': 'RedisStreamRepository × literal-dollar', '@time': '0.9', '@tests': '5' })
    expect(suite!.properties.property).toContainEqual({ '@name': 'store', '@value': 'redis 7.0.15 (private process)' })
    expect(suite!.properties.property).toContainEqual({ '@name': 'seed', '@value': '7' })
    const [ok, failed, unknown, left, burst] = suite!.testcase
    expect(ok).toMatchObject({ '@name': 'empty-gap', '@time': '0.004', '@classname': 'RedisStreamRepository', '@file': 'src/events.ts' })
    expect(failed!.failure).toMatchObject({ '@type': 'unseen', '@message': expect.stringContaining('s1 at 1-0') })
    expect(failed!.failure!['#text']).toContain('read #2 after "$"')
    expect(unknown!.error).toMatchObject({ '@type': 'unknown', '@message': expect.stringMatching(/\w/) })
    expect(left).toMatchObject({ '@name': 'done-before-drained', skipped: { '@message': skipped[0]!.reason } })
    expect(burst).toMatchObject({ '@name': 'bursts', '@time': '0.8', 'system-out': '1,200 schedules' })
  })

  it('says of bursts and an exploration that their time was over', async () => {
    const { counts } = (await green()).verdict
    const part = { appends: 1, cycles: 1, interleavings: '6', covered: '2', lost: '0', schedules: 2, counts, certificate: 'c', ms: 1 }
    const timed = { bursts: { ...bursts, timeMs: 30_000 }, exploration: { ...part, stopped: true as const } }
    const [suite] = parse(await toJunit(suiteResult([subjectResult([], timed)]))).testsuite
    expect(suite!.testcase[0]).toMatchObject({ 'system-out': '1,200 schedules, then the time of 30 s was over' })
    expect(suite!.testcase[1]!.error).toMatchObject({ '@message': 'nothing shown by 2 of 6 interleavings, then the time was over' })
  })

  it('takes an exploration that was joined with its losses for a failure', async () => {
    const { counts } = (await green()).verdict
    const whole = { appends: 1, cycles: 1, interleavings: '6', covered: '6', lost: '2', schedules: 6, counts, certificate: 'c', ms: 1 }
    const suite = suiteResult([subjectResult([await green()], { exploration: whole })])
    const last = parse(await toJunit(suite)).testsuite[0]!.testcase.at(-1)!
    expect(last).toMatchObject({ '@name': 'exploration', failure: { '@message': '2 lost, 6 of 6 interleavings run' } })
    expect(await toHtml(suite)).toMatch(/invalid[^/]*<span[^>]*>✗ <\/span>6 of 6 interleavings, 2 lost/)
    expect(matrixText({ ...suite, subjects: [...suite.subjects, subjectResult([await green()], { name: 'b' })] })).toContain(
      'exploration ✗',
    )
  })

  it('takes an exploration that is not complete for an error', async () => {
    const counts = { ...bursts.counts }
    const exploration = {
      appends: 1,
      cycles: 1,
      interleavings: '10',
      covered: '4',
      lost: '0',
      schedules: 4,
      counts,
      certificate: 'a',
      ms: 1,
    }
    const suites = parse(await toJunit(suiteResult([subjectResult([await green()], { exploration })])))
    expect(suites.testsuite[0]!.testcase[1]).toMatchObject({
      '@name': 'exploration',
      error: { '@message': 'nothing shown by 4 of 10 interleavings' },
    })
  })

  it('skips what is known, and keeps its text', async () => {
    const known = { ...(await emptyGap({ notes: ['known until 2027-01-31: legacy'] })), known: true as const }
    const [each] = parse(await toJunit(suiteResult([subjectResult([known])]))).testsuite[0]!.testcase
    expect(each).toMatchObject({
      skipped: { '@message': 'known until 2027-01-31: legacy' },
      'system-out': expect.stringContaining('empty-gap'),
    })
  })

  const hostile: [string, () => Promise<SuiteResult>][] = [
    ['whatever the subject says', () => nastySuite()],
    ['a text of a megabyte', () => nastySuite(`${NASTY} ${'0123456789abcdef'.repeat(65_536)}`)],
    [
      'every character of the first plane',
      () => nastySuite(Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join('')),
    ],
  ]
  for (const [what, suite] of hostile) {
    let written: Promise<string> | undefined
    const xml = () => (written ??= suite().then(toJunit))
    it(`stays well-formed with ${what}`, async () => {
      const suites = parse(await xml())
      expect(suites.testsuite[0]!.testcase).toHaveLength(6)
      expect(suites.testsuite[0]!.testcase[0]!['@name'].length).toBeGreaterThan(20)
    })
    it.skipIf(!hasXmllint)(`stays well-formed with ${what}, says libxml2`, async () => {
      expect(xmllint(await xml())).toMatchObject({ status: 0, stderr: '' })
    })
  }
})
