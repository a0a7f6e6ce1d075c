/**
 * The hand-written schedules as strategies: what the subject does undisturbed, each scenario as a case of a report, and,
 * for the self-test, each scenario run once.
 */
import type { Verdict } from '../oracle/check.js'
import { FENCE, type HistoryEvent } from '../history/event.js'
import { excusedTexts } from '../report/advice.js'
import type { CaseResult, Skipped } from '../report/result.js'
import { type Scenario, abort, advance, advanceTo, append, restart } from '../schedule/scenario.js'
import { type Schedule, schedule } from '../schedule/schedule.js'
import { failureAndCausesOf } from './failure.js'
import { type Budget, minimise } from './minimise.js'
import { type AsyncWalk, type Judged, type Strategy, type Walk, asking, gatesOf, sameHistory, strategy } from './strategy.js'

export const UNDISTURBED = schedule([])

export interface Survey {
  readonly judged: Judged
  /** Why there is no point in going on: every scenario would only repeat it. */
  readonly failure?: CaseResult
}

/**
 * Functions that a subject declares, by the event that shows one to be true of a frame: what the user calls them. `session`: a later one
 * begins with an id that a frame gave.
 */
export type Predicates = { readonly [Type in 'announced' | 'signalled' | 'session']?: string }

/**
 * What the subject does when nobody disturbs it: which gates it comes to, and whether the same schedule gives the same
 * history twice.
 * @param silence what to ask of a subject that hands nothing out.
 */
export function undisturbed(silence: string, predicates: Predicates = {}): Strategy<Survey> {
  let survey!: Survey
  return strategy(walk(), () => survey)

  function* walk(): Walk {
    const judged = yield { schedule: UNDISTURBED }
    const summary = 'nothing is disturbed: the consumer starts, waits, and one entry is added while it waits'
    const about = { kind: 'scenario', name: 'undisturbed', summary, schedule: UNDISTURBED } as const
    const failed = (verdict: Verdict): Survey => ({ judged, failure: caseOf(about, { ...judged, verdict }) })
    survey = failed(judged.verdict)
    if (judged.run.ending.kind === 'broken') return

    const given = judged.run.history.find((event) => event.type === 'read-entry' && event.value === FENCE)
    if (given?.type === 'read-entry' && !delivered(judged)) {
      // It is given entries, and no frame comes out that carries one: more likely a wrong `entryOf` than a loss.
      const reason = `read #${given.read} gave the consumer an entry, and no frame that it handed out carries one: ${silence}`
      if (!delivered(yield { schedule: SOME_ENTRIES })) {
        survey = failed(unknown(judged.verdict, reason))
        return
      }
    }
    if (judged.verdict.result === 'invalid' || judged.run.ending.kind !== 'completed') return
    // One that ends by itself after it has read may still be tried: what it leaves behind is for the scenarios to show.
    if (!delivered(judged, FENCE) && !(hasEnded(judged) && gatesOf(judged.run).has('read-returned'))) return
    const misled = yield* misleading(judged, predicates)
    if (misled !== undefined) {
      survey = failed(unknown(judged.verdict, misled))
      return
    }
    const again = yield { schedule: UNDISTURBED, afresh: true, aside: true }
    survey = sameHistory(judged.run, again.run) ? { judged } : failed(unknown(judged.verdict, TWO_HISTORIES))
  }
}

/** Undisturbed, every consumer announces that announces at all, and none has anything to say of entries that are gone. */
function* misleading(judged: Judged, { announced, signalled = 'isTruncation', session }: Predicates): Walk<string | undefined> {
  if (has(judged, 'signalled')) return `${signalled} was true of a frame, although no entry was gone: is it right?`
  const announces = announced === undefined || has(judged, 'announced') || has(yield { schedule: SOME_ENTRIES }, 'announced')
  if (!announces) return `${announced} was true of no frame, so nothing was tried between the announcement and the first read: is it right?`
  if (session === undefined || givesIds(yield { schedule: BACK_AFTER_ENTRIES })) return undefined
  return `${session} gave no id for any frame, so nobody could come back with one: is it right?`
}

const SOME_ENTRIES = schedule([advanceTo('read-called'), append(3)])
const BACK_AFTER_ENTRIES = schedule([advanceTo('read-called'), append(1), advanceTo('delivered'), advance(), abort(), restart('last-id')])

const givesIds = ({ run: { history } }: Judged): boolean =>
  history.every((event) => event.type !== 'session' || event.returns === undefined)

const has = ({ run }: Judged, type: HistoryEvent['type']): boolean => run.history.some((event) => event.type === type)

const TWO_HISTORIES =
  'the same schedule gave two histories: the subject does something that the harness does not control (a timer or a connection of its own)'

/** @param value this one. Default: any, or a part of one. */
const delivered = ({ run: { history } }: Judged, value?: string): boolean =>
  history.some((event) =>
    event.type === 'delivered' ? value === undefined || event.value === value : event.type === 'part' && value === undefined,
  )

const hasEnded = ({ run: { history } }: Judged): boolean => history.some((event) => event.type === 'closed' && event.how !== 'aborted')

export interface ScenariosOptions {
  readonly scenarios: readonly Scenario[]
  /** Why a scenario would say nothing about the subject; undefined where it would. */
  readonly applies: (scenario: Scenario) => string | undefined
  /** Why it has said nothing after all; undefined where it has. */
  readonly saidNothing?: (scenario: Scenario, result: CaseResult) => string | undefined
  /** The same schedule for each of several consumers: all of them are tried, up to the first that fails. Default: as it is. */
  readonly variants?: (schedule: Schedule) => readonly Schedule[]
  readonly predicates?: Predicates
  /** For making small what fails. Default: as many runs as it takes. */
  readonly budget?: Budget | undefined
  /** A scenario begins; so many are behind it. */
  readonly onScenario?: (scenario: Scenario, done: number) => void
}

export interface Cases {
  readonly cases: readonly CaseResult[]
  readonly skipped: readonly Skipped[]
}

/** Each scenario as a case: what fails is run once more, opened anew, and made small. What is told is the run of the smallest schedule. */
export function scenarios({
  scenarios: all,
  applies,
  saidNothing = () => undefined,
  variants = (each) => [each],
  predicates: { signalled } = {},
  budget,
  onScenario,
}: ScenariosOptions): Strategy<Cases> {
  const cases: CaseResult[] = []
  const skipped: Skipped[] = []
  return strategy(walk(), () => ({ cases, skipped }))

  async function* walk(): AsyncWalk {
    for (const [done, scenario] of all.entries()) {
      onScenario?.(scenario, done)
      const result = applies(scenario) ?? (yield* onEach(scenario))
      if (typeof result === 'string') skipped.push({ name: scenario.name, reason: result })
      else cases.push(result)
    }
  }

  async function* onEach(scenario: Scenario): AsyncWalk<CaseResult | string> {
    let result: CaseResult | string = ''
    for (const variant of variants(scenario.schedule)) {
      result = yield* tried({ ...scenario, schedule: variant })
      if (typeof result !== 'string' && result.verdict.result !== 'valid') break
    }
    return result
  }

  async function* tried(scenario: Scenario): AsyncWalk<CaseResult | string> {
    if (scenario.needs.includes('givesUp') && (yield { schedule: scenario.schedule }).run.ending.kind === 'stalled')
      return 'its client waits for an answer without a time-out of its own'
    const { schedule: plan, consumer } = scenario
    const judged = yield { schedule: plan, consumer }
    // The store is gone: every scenario after this one would say the same.
    if (judged.run.ending.kind === 'broken') throw new Error(judged.run.ending.message)
    const result = caseOf(aboutOf(scenario), judged)
    if (signalled !== undefined && result.verdict.result === 'valid' && hasUntold(result)) {
      const reason = `entries that were owed were trimmed away, and ${signalled} was true of no frame, there or where more came than most buffers hold: is it right?`
      if (!has(yield { schedule: MANY_ENTRIES }, 'signalled')) return { ...result, verdict: unknown(result.verdict, reason) }
    }
    return saidNothing(scenario, result) ?? (result.verdict.result === 'invalid' ? yield* failing(scenario, judged, budget) : result)
  }
}

/** More than one that keeps a few for its client has room for: it may tell of a gap there, if nowhere else. */
const MANY_ENTRIES = schedule([advanceTo('read-called'), append(300)], { read: { count: 300 } })

/** Entries were trimmed away before they were delivered, and no frame told of them. */
function hasUntold({ history }: CaseResult): boolean {
  const delivered = new Set(history.flatMap((event) => (event.type === 'delivered' ? [event.id] : [])))
  return (
    !history.some(({ type }) => type === 'signalled') &&
    history.some((event) => event.type === 'removed' && event.how === 'trim' && event.ids.some((id) => !delivered.has(id)))
  )
}

const aboutOf = ({ name, summary, rule, race, schedule: plan }: Scenario): About => ({
  kind: 'scenario',
  name,
  summary,
  ...(rule === undefined ? {} : { rule }),
  ...(race === undefined ? {} : { race }),
  schedule: plan,
})

/**
 * What fails is run once more: a verdict that does not come again is unknown, never green. Then the smallest schedule is looked for that
 * fails in the same way, and what it did is the case: its figures, its history, and its steps are all of one run.
 */
async function* failing(scenario: Scenario, judged: Judged, budget: Budget | undefined): AsyncWalk<CaseResult> {
  const { schedule: plan, consumer } = scenario
  const about = aboutOf(scenario)
  const again = yield { schedule: plan, consumer, afresh: true, aside: true }
  if (!sameHistory(judged.run, again.run)) {
    if (again.verdict.anomalies[0]?.code !== judged.verdict.anomalies[0]?.code) {
      const reason = isStalled(judged) && !isStalled(again) ? USED_UP : TWO_VERDICTS
      return caseOf(about, { ...judged, verdict: unknown(judged.verdict, reason) })
    }
    return caseOf(about, judged, ['the same schedule, run twice, gave two histories with the same anomaly'])
  }
  // A hang costs the watchdog's patience at every try.
  if (isStalled(judged)) return caseOf(about, judged)
  const smallest = yield* asking(minimise(judged, plan, { budget, sameAs: failureAndCausesOf }), (each) => ({ ...each, consumer }))
  return { ...caseOf({ ...about, schedule: smallest.schedule }, smallest.judged), wholeSteps: plan.steps.length }
}

const TWO_VERDICTS = 'the same schedule, run twice, gave two verdicts: the subject is not deterministic under it'
const USED_UP =
  'it hung, and on a repository that was opened afresh it did not: earlier sessions have used up something that they did not give back (a connection, a slot, a lock), or the subject is not deterministic'

const isStalled = ({ run }: Judged): boolean => run.ending.kind === 'stalled'

/** The undisturbed run, and every scenario that applies, each once: for whoever looks at the anomalies alone. */
export function eachOnce(
  all: readonly Scenario[],
  applies: (scenario: Scenario, undisturbed: Judged) => string | undefined,
): Strategy<void> {
  return strategy(walk(), () => undefined)

  function* walk(): Walk {
    const undisturbed = yield { by: 'undisturbed', schedule: UNDISTURBED }
    for (const each of all)
      if (applies(each, undisturbed) === undefined) yield { by: each.name, schedule: each.schedule, consumer: each.consumer }
  }
}

type About = Pick<CaseResult, 'kind' | 'name' | 'schedule'> & Partial<Pick<CaseResult, 'summary' | 'rule' | 'race'>>

function caseOf(about: About, judged: Judged, notes: readonly string[] = []): CaseResult {
  const blind = judged.run.blind === undefined ? [] : [judged.run.blind]
  const { verdict, run, ms } = judged
  const excused = excusedTexts(verdict.excused === undefined ? [] : [verdict.excused])
  return { ...about, verdict, history: run.history, ms, notes: [...blind, ...excused, ...run.history.flatMap(unacknowledged), ...notes] }
}

/** No loss, and yet nobody wants it: what was handled comes again, or fills a list that never ends. */
function unacknowledged(event: HistoryEvent): readonly string[] {
  if (event.type !== 'pending' || event.claims !== undefined) return []
  const { values } = event
  const which = values.length <= SHOWN ? values.join(', ') : `${values.slice(0, SHOWN).join(', ')} and ${values.length - SHOWN} more`
  return [`when everything was handled, ${which} stayed pending: handed out, and never acknowledged`]
}

const SHOWN = 5

const unknown = (verdict: Verdict, reason: string): Verdict => ({ ...verdict, result: 'unknown', anomalies: [], reasons: [reason] })
