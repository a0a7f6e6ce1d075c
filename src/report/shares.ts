/** What each strategy took of the schedules that were run, and what it was the first to find. */
import { findingsOf } from './findings.js'
import { type CaseResult, STRATEGIES, type StrategyName, type SubjectResult } from './result.js'
import { list, number } from './text.js'

export interface Share {
  readonly strategy: StrategyName
  /** Repeats, and what makes a schedule small, are not counted. */
  readonly schedules: number
  /** The causes of findings that no strategy before it has shown, as reports name them. */
  readonly first: readonly string[]
}

/** Of those that ran. */
export function sharesOf(subject: SubjectResult): readonly Share[] {
  const { scenarios, bursts, exploration } = subject
  const schedules = {
    scenarios: scenarios.length,
    swarm: (bursts?.runs ?? 0) - (bursts?.goneOn ?? 0),
    greybox: bursts?.goneOn ?? 0,
    exploration: exploration?.schedules ?? 0,
  }
  const found = findingsOf(subject).map(({ cause, cases }) => ({ cause, by: strategyOf(cases[0]!, subject) }))
  return STRATEGIES.filter((strategy) => schedules[strategy] > 0).map((strategy) => ({
    strategy,
    schedules: schedules[strategy],
    first: found.filter(({ by }) => by === strategy).map(({ cause }) => cause),
  }))
}

/** The path of a burst that goes on from another names that, too. */
function strategyOf(result: CaseResult, { bursts, exploration }: SubjectResult): StrategyName {
  if (result === exploration?.failure) return 'exploration'
  if (result !== bursts?.failure) return 'scenarios'
  return result.path?.includes(',') ? 'greybox' : 'swarm'
}

/** In sentences; none where there was one strategy alone. */
export function sharesText(subject: SubjectResult): readonly string[] {
  const shares = sharesOf(subject)
  if (shares.length < 2) return []
  const all = shares.reduce((sum, { schedules }) => sum + schedules, 0)
  const parts = shares.map(({ strategy, schedules }) => `${strategy} ${number(schedules)} (${percent(schedules / all)})`)
  const firsts = shares.flatMap(({ strategy, first }) => (first.length === 0 ? [] : [`${strategy} (${list(first)})`]))
  return [`schedules by strategy: ${parts.join(', ')}`, ...(firsts.length === 0 ? [] : [`first found by: ${firsts.join('; ')}`])]
}

const percent = (share: number): string => (share < 0.005 ? '< 1 %' : `${Math.round(100 * share)} %`)
