/**
 * Everything for one subject on the wire: the survey, the scenarios of the wire, and bursts. Only deliveries are judged:
 * what reads and appends do is Redis's own doing here.
 */
import { DELIVERY_KINDS, catalogue } from '../oracle/anomaly.js'
import { stopwatch } from '../clock/clock.js'
import type { Activity } from '../report/formats/live.js'
import type { BurstsResult, CaseResult, Skipped, SubjectResult } from '../report/result.js'
import { WAITS_FOR_MESSAGE } from '../stage/stall.js'
import type { History } from '../history/event.js'
import type { Gate } from '../schedule/gate.js'
import type { Scenario } from '../schedule/scenario.js'
import { turnedTo } from '../schedule/turned.js'
import type { Wired } from '../sources/wire/definition.js'
import { consumersOf } from '../sources/wire/host.js'
import { runBursts } from '../search/bursts.js'
import { consumerName, notApplicable } from './resolve.js'
import { runScenario } from './run-scenario.js'
import { SubjectRunner } from './subject-runner.js'
import { takeSurvey } from './survey.js'

export interface WireRunOptions {
  readonly scenarios: readonly Scenario[]
  /** 0 runs none. */
  readonly bursts: number
  readonly seed: number
  readonly path?: string
  readonly watchdogMs?: number
  /** The command that runs it again. */
  readonly again?: SubjectResult['again']
  readonly onProgress?: (activity: Activity) => void
}

/** One that is told of entries shows in a run that nothing disturbs what it is told, and not all that it would do. */
const GATES_OF_TOLD: readonly Gate[] = ['command-called', 'command-returned', 'read-called', 'read-returned', 'notified', 'delivered']

/** The survey ends when the last entry is delivered, and a member of a group acknowledges behind that. */
function gatesToCome(undisturbed: History, isTold: boolean): ReadonlySet<Gate> {
  const inGroup = undisturbed.some((event) => event.type === 'read-called' && event.cursor === '>')
  return new Set([
    ...undisturbed.map(({ type }) => type as Gate),
    ...(inGroup ? (['command-called', 'command-returned'] as const) : []),
    ...(isTold ? GATES_OF_TOLD : []),
  ])
}

const SILENCE = 'does it show each entry as it handles it (--deliveries says where), unchanged, and flush its output?'
const ACKNOWLEDGES_NOTHING = 'it acknowledges nothing (XACK)'

/**
 * What the appends are is the publisher's doing only where that is under test. A program may start with what is there: only of
 * one that is said to start at the tail is it a fault.
 */
const checksOf = ({ subject }: Wired['store']) => [
  ...DELIVERY_KINDS.filter(({ code }) => code !== 'replayed-history' || subject.startsAt === 'tail'),
  ...catalogue.filter(({ code }) => code === 'duplicate-append' && subject.appendsThroughProbe),
]

/** Runs subjects on the wire like this one. */
export const wireRunner = ({ definition, store }: Wired, watchdogMs?: number): SubjectRunner =>
  new SubjectRunner(definition, store, { checks: checksOf(store), silence: SILENCE, ...(watchdogMs === undefined ? {} : { watchdogMs }) })

/** Which of several streams is the topic shows when they are read together, and is not known before: it is run once more then. */
export async function knowingItsStreams<T>(store: { readonly readsSeveral?: boolean }, run: () => Promise<T>): Promise<T> {
  const known = store.readsSeveral
  const result = await run()
  return store.readsSeveral === known ? result : run()
}

export async function runWire(wired: Wired, options: WireRunOptions): Promise<SubjectResult> {
  const elapsed = stopwatch()
  const { definition, store } = wired
  const runner = wireRunner(wired, options.watchdogMs)
  const scenarios: CaseResult[] = []
  const skipped: Skipped[] = []
  let bursts: BurstsResult | undefined
  let error: string | undefined
  try {
    const doing = (part: string, rest: Omit<Activity, 'subject' | 'part'> = {}) =>
      options.onProgress?.({ subject: definition.name, part, ...rest })
    doing('survey')
    const { failure, judged } = await knowingItsStreams(store, () => takeSurvey(runner))
    if (failure !== undefined) scenarios.push(failure)
    else {
      const count = consumersOf(store.subject)
      const gates = gatesToCome(judged.run.history, store.subject.notify !== undefined)
      for (const [done, scenario] of options.scenarios.entries()) {
        doing('scenarios', { what: scenario.name, done, total: options.scenarios.length })
        const result =
          lacking(store, scenario, gates) ?? notApplicable(definition, scenario, gates) ?? (await triedOnEach(runner, scenario, count))
        if (typeof result === 'string') skipped.push({ name: scenario.name, reason: result })
        else scenarios.push(result)
      }
      // Nothing tells when one that is told of entries has come to rest in the middle of a burst.
      if (options.bursts > 0 && store.subject.notify === undefined) bursts = await burstsOf(runner, options, count)
    }
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown)
  }
  await runner.close().catch(() => undefined)
  return {
    name: definition.name,
    consumer: consumerName(definition),
    store: store.description,
    scenarios,
    skipped,
    ...(bursts === undefined ? {} : { bursts }),
    ...(options.again === undefined ? {} : { again: options.again }),
    ...(error === undefined ? {} : { error }),
    ms: elapsed(),
  }
}

const burstsOf = (runner: SubjectRunner, { bursts, seed, path, onProgress }: WireRunOptions, count: number): Promise<BurstsResult> =>
  runBursts(runner, {
    ...(count === 1 ? {} : { as: (schedule) => turnedTo(schedule, schedule.steps.length % count, count) }),
    runs: bursts,
    seed,
    ...(path === undefined ? {} : { path }),
    onRun: (done) => onProgress?.({ subject: runner.definition.name, part: 'bursts', done, total: bursts }),
  })

function lacking({ readsSeveral, subject }: Wired['store'], { needs }: Scenario, gates: ReadonlySet<Gate>): string | undefined {
  if (needs.includes('acknowledges') && !gates.has('command-returned')) return ACKNOWLEDGES_NOTHING
  if (needs.includes('fromBeginning') && subject.startsAt !== 'beginning')
    return 'nothing says that it starts with what is there (--from beginning, or startsAt)'
  if (needs.includes('severalStreams') && !readsSeveral) return 'it reads one stream at a time'
  if (needs.includes('appendsThroughProbe') && !subject.appendsThroughProbe)
    return 'its publisher is not behind the probe (appendsThroughProbe)'
  if (needs.includes('notifies') && subject.notify === undefined) return 'its publisher tells no channel (notify)'
  return undefined
}

/** On each consumer of the program, up to the first that fails. */
async function triedOnEach(runner: SubjectRunner, scenario: Scenario, count: number): Promise<CaseResult | string> {
  if (count === 1) return tried(runner, scenario)
  let result: CaseResult | string = ''
  for (let consumer = 0; consumer < count; consumer++) {
    result = await tried(runner, { ...scenario, schedule: turnedTo(scenario.schedule, consumer, count) })
    if (typeof result !== 'string' && result.verdict.result !== 'valid') break
  }
  return result
}

/** The scenario's result, or why it says nothing about this program. */
async function tried(runner: SubjectRunner, scenario: Scenario): Promise<CaseResult | string> {
  if (scenario.needs.includes('givesUp') && (await runner.judge(scenario.schedule)).run.ending.kind === 'stalled')
    return 'its client waits for an answer without a time-out of its own'
  const result = await runScenario(runner, scenario)
  if (result.verdict.reasons.some((reason) => reason.endsWith(WAITS_FOR_MESSAGE)))
    return `it ${WAITS_FOR_MESSAGE} where the scenario goes on`
  const { history, verdict } = result
  if (verdict.result === 'unknown' && scenario.needs.includes('acknowledges') && !acknowledges(history)) return ACKNOWLEDGES_NOTHING
  if (verdict.result === 'unknown' && verdict.counts.owed === 0 && !history.some(({ type }) => type === 'stalled'))
    return 'the program has promised nothing yet where it appends'
  const faulted = history.findIndex(({ type }) => type === 'disconnected' || type === 'wire-fault')
  if (faulted === -1) return result
  const closed = history.findIndex((event) => event.type === 'closed' && event.how !== 'aborted')
  return closed > faulted ? 'the program ends when its connection fails: whoever restarts it is not under test here' : result
}

const acknowledges = (history: History) =>
  history.some((event) => event.type === 'command-called' && event.does?.includes('acknowledge') === true)
