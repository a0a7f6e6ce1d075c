/**
 * Results of several runs as one, where each ran a part: the test files of one shard, say. Subjects are joined by name; a
 * case that was run twice must have come out the same, for nobody could say which of two counts.
 */
import { isDeepStrictEqual } from 'node:util'
import { ReportError } from './read-report.js'
import type { CaseResult, Skipped, SubjectResult, SuiteResult } from './result.js'

/** @throws ReportError where they contradict each other. */
export function mergeResults(suites: readonly SuiteResult[]): SuiteResult {
  const [first] = suites
  if (first === undefined) throw new ReportError('there is nothing to merge')
  const stranger = suites.find(({ tailrace }) => tailrace !== first.tailrace)
  if (stranger !== undefined)
    throw new ReportError(
      `these were written by two versions of tailrace, ${first.tailrace} and ${stranger.tailrace}: run all parts with one`,
    )
  const subjects = new Map<string, SubjectResult>()
  for (const subject of suites.flatMap((suite) => suite.subjects)) {
    const known = subjects.get(subject.name)
    subjects.set(subject.name, known === undefined ? subject : joined(known, subject))
  }
  return { ...first, subjects: [...subjects.values()], ms: suites.reduce((sum, { ms }) => sum + ms, 0) }
}

function joined(a: SubjectResult, b: SubjectResult): SubjectResult {
  if (a.consumer !== b.consumer)
    throw new ReportError(`"${a.name}" ran with two consumers, ${a.consumer} and ${b.consumer}: give the subjects names of their own`)
  const scenarios = [...a.scenarios]
  for (const each of b.scenarios) {
    const known = a.scenarios.find(({ kind, name }) => kind === each.kind && name === each.name)
    if (known === undefined) scenarios.push(each)
    else same(known, each, `"${a.name}" has the case ${each.name}`)
  }
  // Of these there is one at most.
  for (const key of ['bursts', 'exploration', 'capabilities', 'error'] as const)
    if (a[key] !== undefined && b[key] !== undefined) same(a[key], b[key], `"${a.name}" has its ${key}`)
  const skipped = new Map<string, Skipped>([...a.skipped, ...b.skipped].map((each) => [each.name, each]))
  for (const { name } of scenarios) skipped.delete(name)
  return {
    ...b,
    ...a,
    store: a.store === b.store ? a.store : `${a.store}, ${b.store}`,
    scenarios,
    skipped: [...skipped.values()],
    ms: a.ms + b.ms,
  }
}

function same(a: unknown, b: unknown, what: string): void {
  if (!isDeepStrictEqual(timeless(a), timeless(b)))
    throw new ReportError(`${what} twice, and they differ: merge the parts of one run, each once`)
}

/** Without what differs from run to run: how long it took, and where it was saved. */
function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => key !== 'ms' && key !== ('replayFile' satisfies keyof CaseResult))
  return Object.fromEntries(kept.map(([key, each]) => [key, timeless(each)]))
}
