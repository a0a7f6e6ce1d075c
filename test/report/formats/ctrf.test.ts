/** The Common Test Report Format, held against its published schema. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv'
import { describe, expect, it } from 'vitest'
import { toCtrf } from '../../../src/report/formats/ctrf.js'
import type { SuiteResult } from '../../../src/report/result.js'
import { emptyGap, subjectResult, suiteResult } from '../runs.js'
import { bursts, good, green, nastySuite, nothing, runSubjects, skipped } from '../suites.js'

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../../node_modules/ctrf/dist/ctrf-schema-0.0.json'), 'utf8'))
const validate = new Ajv.default({ allErrors: true, validateFormats: false }).compile(schema)

function read(suite: SuiteResult) {
  const data = JSON.parse(toCtrf(suite, { stop: 1_800_000_000_000 }))
  expect(validate(data), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true)
  return data.results as { readonly summary: Record<string, number>; readonly tests: readonly Record<string, unknown>[] }
}

describe('CTRF', () => {
  it('has a test for each scenario, and the bursts', async () => {
    const source = { file: 'src/events.ts', line: 12 }
    const { summary, tests } = read(
      suiteResult([subjectResult([await green(), await emptyGap(), await nothing()], { skipped, bursts, source })]),
    )
    expect(summary).toMatchObject({ tests: 5, passed: 2, failed: 1, skipped: 1, other: 1, stop: 1_800_000_000_000, duration: 912 })
    expect(tests.map(({ name, status }) => [name, status])).toEqual([
      ['empty-gap', 'passed'],
      ['empty-gap', 'failed'],
      ['nothing', 'other'],
      ['done-before-drained', 'skipped'],
      ['bursts', 'passed'],
    ])
    expect(tests[1]).toMatchObject({ filePath: 'src/events.ts', line: 12, tags: ['rule 4.2', 'race R1'] })
  })

  it('fits its schema for real runs, and for whatever a subject says', async () => {
    expect(read(await runSubjects([good])).summary['failed']).toBe(0)
    read(await nastySuite())
    expect(validate({ results: {} })).toBe(false)
  })
})
