/** Subjects with which nothing is really tried, or whose configuration hides what is wrong: none of them is green. */
import { expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { type SubjectResult, resultOf } from '../../src/report/result.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import hollow from './hollow.mjs'

const said = ({ error, scenarios: cases, skipped }: SubjectResult): string =>
  [
    error,
    ...cases.map(({ verdict }) => [...verdict.reasons, ...verdict.anomalies.map(({ code }) => code)]),
    ...skipped.map(({ reason }) => reason),
  ]
    .flat()
    .join('\n')

it.each(hollow)('$name: $summary', async ({ subject, result, says }) => {
  const judged = await runTarget(repositoryTarget(subject, memoryStore()), { scenarios, bursts: 20, seed: 3, watchdogMs: 300 })
  expect(resultOf(judged)).toBe(result)
  expect(said(judged)).toMatch(says)
})
