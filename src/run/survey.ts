/**
 * What the subject does when nobody disturbs it: which gates it comes to, and whether the same schedule gives the same
 * history twice. A failure here would only be repeated by every scenario.
 */
import type { Verdict } from '../oracle/check.js'
import { FENCE } from '../history/event.js'
import type { CaseResult } from '../report/result.js'
import { advanceTo, append } from '../schedule/scenario.js'
import { schedule } from '../schedule/schedule.js'
import { type Judged, type SubjectRunner, gatesOf, sameHistory } from './subject-runner.js'

export const UNDISTURBED = schedule([])

export interface Survey {
  readonly judged: Judged
  /** Why there is no point in going on. */
  readonly failure?: CaseResult
}

export async function takeSurvey(runner: SubjectRunner): Promise<Survey> {
  const judged = await runner.judge(UNDISTURBED)
  const summary = 'nothing is disturbed: the consumer starts, waits, and one entry is added while it waits'
  const about = { kind: 'scenario', name: 'undisturbed', summary, schedule: UNDISTURBED } as const
  const failed = (verdict = judged.verdict): Survey => ({ judged, failure: caseOf(about, { ...judged, verdict }) })

  const silent = await handsNothingOut(judged, runner)
  if (silent !== undefined) return failed(unknown(judged.verdict, silent))
  if (judged.verdict.result === 'invalid' || judged.run.ending.kind !== 'completed') return failed()
  // One that ends by itself after it has read may still be tried: what it leaves behind is for the scenarios to show.
  if (!delivered(judged, FENCE) && !(hasEnded(judged) && gatesOf(judged.run).has('read-returned'))) return failed()
  await runner.close()
  const again = await runner.judge(UNDISTURBED)
  if (sameHistory(judged.run, again.run)) return { judged }
  return failed(
    unknown(
      judged.verdict,
      'the same schedule gave two histories: the subject does something that the harness does not control (a timer or a connection of its own)',
    ),
  )
}

/** It is given entries, and no frame comes out that carries one: more likely a wrong `entryOf` than a loss. */
async function handsNothingOut(judged: Judged, runner: SubjectRunner): Promise<string | undefined> {
  const given = judged.run.history.find((event) => event.type === 'read-entry' && event.value === FENCE)
  if (given?.type !== 'read-entry' || delivered(judged)) return undefined
  if (delivered(await runner.judge(schedule([advanceTo('read-called'), append(3)])))) return undefined
  const question = runner.options.silence ?? 'is entryOf right?'
  return `read #${given.read} gave the consumer an entry, and no frame that it handed out carries one: ${question}`
}

const delivered = ({ run: { history } }: Judged, value?: string): boolean =>
  history.some((event) => event.type === 'delivered' && (value === undefined || event.value === value))

const hasEnded = ({ run: { history } }: Judged): boolean => history.some((event) => event.type === 'closed' && event.how !== 'aborted')

export type About = Pick<CaseResult, 'kind' | 'name' | 'schedule'> & Partial<Pick<CaseResult, 'summary' | 'rule' | 'race'>>

export function caseOf(about: About, judged: Judged, notes: readonly string[] = []): CaseResult {
  const blind = judged.run.blind === undefined ? [] : [judged.run.blind]
  return { ...about, verdict: judged.verdict, history: judged.run.history, ms: judged.ms, notes: [...blind, ...notes] }
}

export const unknown = (verdict: Verdict, reason: string): Verdict => ({ ...verdict, result: 'unknown', anomalies: [], reasons: [reason] })
