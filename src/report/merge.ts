/**
 * Results of several runs as one, where each ran a part: the test files of one shard, say. Subjects are joined by name; a
 * case that was run twice must have come out the same, for nobody could say which of two counts.
 */
import { isDeepStrictEqual } from 'node:util'
import { addCoverage } from './coverage.js'
import { ReportError } from './report-schema.js'
import type { CaseResult, KnownOutcome, ProbedCapability, Skipped, SubjectResult, SuiteResult } from './result.js'

/** @throws ReportError where they contradict each other. */
export function mergeResults(suites: readonly SuiteResult[]): SuiteResult {
  const [first] = suites
  if (first === undefined) throw new ReportError('there is nothing to merge')
  const stranger = suites.find(({ tailrace }) => tailrace !== first.tailrace)
  if (stranger !== undefined)
    throw new ReportError(
      `these were written by two versions of tailrace, ${first.tailrace} and ${stranger.tailrace}: run all parts with one`,
    )
  checkShards(suites)
  const subjects = new Map<string, SubjectResult>()
  for (const subject of suites.flatMap((suite) => suite.subjects)) {
    const known = subjects.get(subject.name)
    subjects.set(subject.name, known === undefined ? subject : joined(known, subject))
  }
  const { shard: _, known: __, ...whole } = first
  return { ...whole, subjects: [...subjects.values()], ...knownOf(suites), ms: suites.reduce((sum, { ms }) => sum + ms, 0) }
}

/** What says least first: of the parts of a run, one shows a loss, and the others have not run the place. */
const SAYS = ['not-run', 'gone', 'occurs', 'expired'] as const

function knownOf(suites: readonly SuiteResult[]): Pick<SuiteResult, 'known'> {
  const outcomes = new Map<string, KnownOutcome>()
  for (const each of suites.flatMap(({ known }) => known ?? [])) {
    const key = JSON.stringify(each.loss)
    const other = outcomes.get(key)
    if (other === undefined || SAYS.indexOf(each.outcome) > SAYS.indexOf(other.outcome)) outcomes.set(key, each)
  }
  return outcomes.size === 0 ? {} : { known: [...outcomes.values()] }
}

/** One that is missing would make what was not run look green. */
function checkShards(suites: readonly SuiteResult[]): void {
  const shards = suites.flatMap(({ shard }) => shard ?? [])
  if (shards.length === 0) return
  const of = Number(shards[0]!.split('/')[1])
  const missing = Array.from({ length: of }, (_, index) => `${index + 1}/${of}`).filter((each) => !shards.includes(each))
  if (missing.length > 0) throw new ReportError(`shard ${missing.join(', ')} is missing: merge all parts of the run`)
  const strange = shards.find((each, at) => !each.endsWith(`/${of}`) || shards.indexOf(each) !== at)
  if (strange !== undefined)
    throw new ReportError(`shard ${strange} is there twice, or of another run: merge the parts of one run, each once`)
}

function joined(a: SubjectResult, b: SubjectResult): SubjectResult {
  if (a.consumer !== b.consumer)
    throw new ReportError(`"${a.name}" ran with two consumers, ${a.consumer} and ${b.consumer}: give the subjects names of their own`)
  if (a.dialect.words !== b.dialect.words)
    throw new ReportError(
      `"${a.name}" ran on stores of two kinds, ${a.dialect.name} and ${b.dialect.name}: give the subjects names of their own`,
    )
  const scenarios = [...a.scenarios]
  for (const each of b.scenarios) {
    const known = a.scenarios.find(({ kind, name }) => kind === each.kind && name === each.name)
    if (known === undefined) scenarios.push(each)
    else same(known, each, `"${a.name}" has the case ${each.name}`)
  }
  // Of these there is one at most.
  for (const key of ['bursts', 'exploration', 'error'] as const)
    if (a[key] !== undefined && b[key] !== undefined) same(a[key], b[key], `"${a.name}" has its ${key}`)
  const skipped = new Map<string, Skipped>([...a.skipped, ...b.skipped].map((each) => [each.name, each]))
  for (const { name } of scenarios) skipped.delete(name)
  return {
    ...b,
    ...a,
    store: a.store === b.store ? a.store : `${a.store}, ${b.store}`,
    scenarios,
    skipped: [...skipped.values()],
    ...capabilitiesOf(a, b),
    ...coverageOf(a, b),
    ms: a.ms + b.ms,
  }
}

/** Each part has tried those that its scenarios need, and two of them may have scenarios for the same. */
function capabilitiesOf(a: SubjectResult, b: SubjectResult): Pick<SubjectResult, 'capabilities'> {
  const all = new Map((a.capabilities ?? []).map((each) => [each.name, each]))
  for (const each of b.capabilities ?? []) {
    const known = all.get(each.name)
    if (known !== undefined) same(known.declared, each.declared, `"${a.name}" says of ${each.name} whether it has it`)
    all.set(each.name, known === undefined ? each : { ...known, outcome: outcomeOf(known.outcome, each.outcome) })
  }
  return all.size === 0 ? {} : { capabilities: [...all.values()] }
}

/** The schedules of both together. A part that was saved without it says nothing of what it tried. */
function coverageOf({ coverage: a }: SubjectResult, { coverage: b }: SubjectResult): Pick<SubjectResult, 'coverage'> {
  const whole = a === undefined || b === undefined ? (a ?? b) : addCoverage(a, b)
  return whole === undefined ? {} : { coverage: whole }
}

/** As of one run with the scenarios of both. */
function outcomeOf(a: ProbedCapability['outcome'], b: ProbedCapability['outcome']): ProbedCapability['outcome'] {
  if (a === b) return a
  return a === 'unsupported, confirmed' || b === 'unsupported, confirmed' ? 'unsupported, confirmed' : 'unverified'
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
