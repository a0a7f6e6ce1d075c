/** One scenario on one subject. What fails is run once more: a verdict that does not come again is unknown. */
import { endedOnFault } from '../oracle/analysis.js'
import type { CaseResult } from '../report/result.js'
import type { Scenario } from '../schedule/scenario.js'
import { minimise } from '../search/minimise.js'
import { type SubjectRunner, sameHistory } from './subject-runner.js'
import { caseOf, unknown } from './survey.js'

export async function runScenario(runner: SubjectRunner, scenario: Scenario): Promise<CaseResult> {
  const judge = (each: Scenario['schedule']) => runner.judge(each, scenario.consumer)
  const judged = await judge(scenario.schedule)
  const about = {
    kind: 'scenario',
    name: scenario.name,
    summary: scenario.summary,
    rule: scenario.rule,
    ...(scenario.race === undefined ? {} : { race: scenario.race }),
    schedule: scenario.schedule,
  } as const
  // The store is gone: every scenario after this one would say the same.
  if (judged.run.ending.kind === 'broken') throw new Error(judged.run.ending.message)
  if (judged.verdict.result !== 'invalid') return caseOf(about, judged)
  await runner.close()
  const again = await judge(scenario.schedule)
  if (!sameHistory(judged.run, again.run)) {
    if (again.verdict.anomalies[0]?.code !== judged.verdict.anomalies[0]?.code) {
      return caseOf(about, {
        ...judged,
        verdict: unknown(judged.verdict, 'the same schedule, run twice, gave two verdicts: the subject is not deterministic under it'),
      })
    }
    return caseOf(about, judged, ['the same schedule, run twice, gave two histories with the same anomaly'])
  }
  // A hang costs the watchdog's patience at every try.
  if (judged.run.ending.kind === 'stalled') return caseOf(about, judged)
  const { schedule: smallest } = await minimise(judged, scenario.schedule, judge)
  return { ...caseOf(about, judged), smallest }
}

/** It let its caller know of the injected fault before it had promised anything: nothing was tried, and nothing is wrong. */
export function gaveUpInTime({ history }: CaseResult): string | undefined {
  const closed = history.findIndex((event) => event.type === 'closed' && endedOnFault(event))
  const promised = history.findIndex((event) => event.type === 'announced' || (event.type === 'tail-returned' && event.error === undefined))
  if (closed === -1 || (promised !== -1 && promised < closed)) return undefined
  return 'its consumer passes the error on to its caller before it has promised anything'
}
