/**
 * A result from a JSON report (see json.ts, report-schema.ts): nothing is decided anew, but what the file says of itself as
 * a whole must follow from its parts. One that was cut by hand is refused.
 */
import { effectsOf } from '../dialects/redis/effects.js'
import { type Report, type ReportCase, type ReportSubject } from './report-schema.js'
import { ReportError, checkReport } from './read-report.js'
import { type CaseResult, type SubjectResult, type SuiteResult, resultOf, worst } from './result.js'

/** @throws ReportError that says what is wrong with it. */
export function decodeResult(data: unknown, where: string): SuiteResult {
  const { version, tailrace, shard, seed, ms, result, subjects: saved, known }: Report = checkReport(data, where)
  const subjects = saved.map((subject) => subjectOf(subject, where))
  agree(where, 'the whole', result, worst(subjects.map(resultOf)))
  return { version, tailrace, ...(shard === undefined ? {} : { shard }), seed, subjects, ...knownOf(known), ms }
}

const knownOf = (known: Report['known']): Pick<SuiteResult, 'known'> =>
  known === undefined ? {} : { known: known.map(({ outcome, ...loss }) => ({ loss, outcome })) }

function subjectOf({ result, bursts, exploration, scenarios, ...rest }: ReportSubject, where: string): SubjectResult {
  const withCase = <P extends { failure?: ReportCase }>({ failure, ...figures }: P) => ({
    ...figures,
    ...(failure === undefined ? {} : { failure: caseOf(failure, where) }),
  })
  const subject = {
    ...rest,
    scenarios: scenarios.map((each) => caseOf(each, where)),
    ...(bursts === undefined ? {} : { bursts: withCase(bursts) }),
    ...(exploration === undefined ? {} : { exploration: withCase(exploration) }),
  }
  agree(where, `"${subject.name}"`, result, resultOf(subject))
  return subject
}

function caseOf({ result, anomalies, reasons, counts, history = [], ...rest }: ReportCase, where: string): CaseResult {
  if (result === 'invalid' && anomalies.length === 0)
    throw new ReportError(`${where}: the case ${rest.name}: it is invalid without an anomaly`)
  // The schema knows what an id looks like only as text.
  return {
    ...rest,
    history: history.map(withEffects),
    verdict: { result, anomalies: anomalies.map(anomalyOf), reasons, counts },
  } as CaseResult
}

/** A report that is older than `does` has only the names of commands. */
function withEffects(event: NonNullable<ReportCase['history']>[number]): typeof event {
  if ((event.type !== 'command-called' && event.type !== 'command-returned') || event.does !== undefined) return event
  const does = effectsOf(event.command)
  return does === undefined ? event : { ...event, does: [...does] }
}

function anomalyOf(saved: ReportCase['anomalies'][number]) {
  const anomaly: Partial<typeof saved> = { ...saved }
  // It follows from the rule.
  delete anomaly.ruleAt
  return anomaly
}

function agree(where: string, what: string, said: string, follows: string): void {
  if (said !== follows) throw new ReportError(`${where} has been changed: it says ${said} of ${what}, and its cases give ${follows}`)
}
