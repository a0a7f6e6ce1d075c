/** The JSON, and the schema that is published for it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Coverage } from '../../../src/report/coverage.js'
import { decodeResult, toJson } from '../../../src/report/formats/json.js'
import { REPORT_VERSION, reportSchema } from '../../../src/report/report-schema.js'
import type { SuiteResult } from '../../../src/report/result.js'
import { smoke } from '../../../scenarios/index.js'
import { command } from '../../package/command.js'
import { emptyGap, subjectResult, suiteResult } from '../runs.js'
import { bad, broken, bursts, coverage, good, green, mutated, nastySuite, nothing, plain, runSubjects } from '../suites.js'

const ROOT = join(import.meta.dirname, '../../..')
const FILE = `schema/report-v${REPORT_VERSION}.schema.json`
const schema = JSON.parse(readFileSync(join(ROOT, FILE), 'utf8'))
const validate = new Ajv.default({ strict: true, allErrors: true, formats: { date: /^\d{4}-\d\d-\d\d$/ } }).compile(schema)

/**
 * What each version was when it was published. A shape that has changed needs a new version, and a line here: programs
 * that read reports rely on it. Until the first release, version 1 may still change.
 */
const PUBLISHED: Readonly<Record<number, string>> = { 1: 'bec8487b399bef40' }

function expectValid(suite: SuiteResult) {
  const data: unknown = JSON.parse(toJson(suite))
  expect(validate(data), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true)
  // What is published and what is read back are the same.
  expect(v.safeParse(reportSchema, data).issues?.[0]).toBeUndefined()
  return data as { readonly result: string; readonly exit: number; readonly subjects: readonly Record<string, unknown>[] }
}

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

  it('has no lone surrogate in it, neither in a text nor in a key, and keeps whole ones and backslashes', async () => {
    const failing = await emptyGap({ notes: ['a\ud800b', 'c\\\ud800', 'whole 🚫', String.raw`\ud800`] })
    const schedule = { ...failing.schedule, steps: [{ append: 1, payloads: [{ '\udfff': 1 }] }] }
    const json = toJson(suiteResult([subjectResult([{ ...failing, schedule }])]))
    const [{ notes, schedule: read }] = JSON.parse(json).subjects[0].scenarios
    expect(notes).toEqual([String.raw`a\ud800b`, String.raw`c\\ud800`, 'whole 🚫', String.raw`\ud800`])
    expect(Object.keys(read.steps[0].payloads[0])).toEqual([String.raw`\udfff`])
    expect(JSON.stringify(JSON.parse(json))).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/)
  })
})

const few = smoke

describe('the schema of the report', () => {
  it('is what the code says', async () => {
    const { output } = await command(process.execPath, [join(ROOT, 'scripts/schema.mjs'), '--print'], ROOT)
    expect(JSON.parse(output), `npm run docs writes ${FILE} anew`).toEqual(schema)
  })

  it('changes with its version only', () => {
    // Examples restrict nothing: a new anomaly is no new version.
    const shape = JSON.stringify(schema, (key, value: unknown) => (key === 'examples' ? undefined : value))
    const hash = createHash('sha256').update(shape).digest('hex').slice(0, 16)
    expect(hash, `${FILE} has changed: raise REPORT_VERSION in src/report/report-schema.ts, and add a line here`).toBe(
      PUBLISHED[REPORT_VERSION],
    )
  })

  it('allows nothing that it does not name', async () => {
    const report = expectValid(suiteResult([subjectResult([await emptyGap()])]))
    expect(validate({ ...report, more: 1 })).toBe(false)
    expect(validate({ ...report, subjects: [{ ...report.subjects[0], more: 1 }] })).toBe(false)
    expect(validate({ ...report, version: 2 })).toBe(false)
  })

  it('fits a green run, with bursts and an exploration', async () => {
    const report = expectValid(await runSubjects([good, plain], { bursts: 10, exploration: { appends: 1, cycles: 1 } }))
    expect(report).toMatchObject({ result: 'valid', exit: 0 })
    expect(report.subjects[0]).toMatchObject({ bursts: { runs: 10 }, exploration: { appends: 1 } })
    expect(report.subjects[0]!['skipped']).not.toEqual([])
    expect(report.subjects[0]!['capabilities']).not.toEqual([])
  })

  it('fits a run that ended with its time, in all its parts', async () => {
    const { subjects } = await runSubjects([plain], { bursts: 3, exploration: { appends: 1, cycles: 1 } })
    const { bursts: ran, exploration, ...rest } = subjects[0]!
    const timed = { ...rest, bursts: { ...ran!, timeMs: 30_000 }, exploration: { ...exploration!, covered: '1', stopped: true as const } }
    const report = expectValid(suiteResult([timed]))
    expect(report.subjects[0]).toMatchObject({ result: 'unknown', bursts: { runs: 3, timeMs: 30_000 }, exploration: { stopped: true } })
  })

  it('fits failures of every kind, minimised and not', async () => {
    const report = expectValid(await runSubjects([bad], { bursts: 10, exploration: { appends: 1, cycles: 1 } }))
    expect(report.subjects[0]).toMatchObject({
      bursts: { failure: { result: 'invalid' } },
      exploration: { failure: { result: 'invalid' } },
    })
  })

  it('fits what was tried where, which is read back as it was, and holds disturbances of other versions', () => {
    const report = expectValid(suiteResult([subjectResult([], { coverage })]))
    expect(report.subjects[0]!['coverage']).toEqual(coverage)
    expect(decodeResult(report, 'f').subjects[0]!.coverage).toEqual(coverage)
    const [place] = coverage.places
    const later = { schedules: 1, places: [{ ...place, fell: { ...place!.fell, 'power-cut': 2 } }] } as unknown as Coverage
    expect(decodeResult(expectValid(suiteResult([subjectResult([], { coverage: later })])), 'f').subjects[0]!.coverage).toEqual(later)
    const strange = { schedules: 1, places: [{ ...place, fell: { 'No such': 1 } }] } as unknown as Coverage
    expect(() => decodeResult(JSON.parse(toJson(suiteResult([subjectResult([], { coverage: strange })]))), 'f')).toThrow(
      'expected a disturbance, such as "failing-read"',
    )
  })

  it('fits errors, and a run of nothing', async () => {
    expect(expectValid(await runSubjects([broken])).subjects[0]).toMatchObject({ error: 'open() failed: no route', result: 'unknown' })
    expect(expectValid(await runSubjects([]))).toMatchObject({ result: 'unknown', exit: 2 })
  })

  it('fits mutants, which break in every way there is', async () => {
    for (const name of ['acknowledges-without-writing', 'swallows-read-error', 'ends-on-status', 'never-moves', 'prefix-match'])
      expectValid(await runSubjects([mutated('mutant', name)], { scenarios: few }))
  })

  it('fits whatever a subject says', async () => {
    expectValid(await nastySuite())
  })

  it('fits known losses', async () => {
    const failing = await emptyGap()
    const loss = {
      subject: 'a',
      where: 'empty-gap',
      code: 'unseen',
      window: 'empty-gap',
      rule: '4.2',
      reason: 'r',
      expires: '2027-01-31',
    } as const
    const suite = suiteResult([subjectResult([{ ...failing, known: true }])])
    expect(expectValid({ ...suite, known: [{ loss, outcome: 'occurs' }] })).toMatchObject({ result: 'invalid', exit: 0 })
  })
})
