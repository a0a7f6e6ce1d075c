/**
 * A strategy says which schedule runs next, and is told what came of it: three methods, in the manner of Shuttle's
 * scheduler. Scenarios, bursts and exploration are strategies; so is making a schedule small. One loop runs them all,
 * for `run`, `explore`, the self-test and the benchmarks alike, and they know nothing of what runs a schedule.
 */
import type { Anomaly } from '../oracle/anomaly.js'
import type { Verdict } from '../oracle/check.js'
import type { History, HistoryEvent } from '../history/event.js'
import type { Chooser } from '../stage/chooser.js'
import type { Run } from '../stage/stage.js'
import type { Gate } from '../schedule/gate.js'
import type { ReferenceConsumer } from '../schedule/scenario.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Capabilities } from '../contract/capabilities.js'

/** One schedule run on one subject, and the verdict on its history. */
export interface Judged {
  readonly run: Run
  readonly verdict: Verdict
  readonly ms: number
}

/** A schedule that a strategy wants to see run. */
export interface Candidate {
  readonly schedule: Schedule
  /** Chooses what comes behind its steps, as the run goes. */
  readonly chooser?: Chooser
  /** The harness's loop to run it with, where the subject has none of its own. */
  readonly consumer?: ReferenceConsumer
  /** Judged beside those that the subject declares. */
  readonly capabilities?: Capabilities
  /** On a subject that is opened anew: nothing that an earlier run left behind can play a part. */
  readonly afresh?: true
  /** Run for what it tells of another: to see that again, to make it small, to explain it. It does not count as tried. */
  readonly aside?: true
  /** Where it comes from, in words: `empty-gap`, `bursts, seed 42`. */
  readonly by?: string
}

export type Judge = (candidate: Candidate) => Promise<Judged>

export interface Strategy<Report> {
  /** The next schedule, or undefined when there is none left. Called once `told` has said what came of the one before. */
  next(): Candidate | undefined | Promise<Candidate | undefined>
  told(judged: Judged): void
  /** What is known so far, at any time: also where a run was broken off. */
  report(): Report
}

/** A strategy written down as it goes: it yields a schedule, and goes on with what came of it. */
export type Walk<T = void> = Generator<Candidate, T, Judged>
export type AsyncWalk<T = void> = AsyncGenerator<Candidate, T, Judged>

export function strategy<Report>(walk: Walk | AsyncWalk, report: () => Report): Strategy<Report> {
  let judged: Judged
  const candidateOf = ({ done, value }: IteratorResult<Candidate, void>) => (done ? undefined : value)
  return {
    next: () => {
      const step = walk.next(judged)
      return step instanceof Promise ? step.then(candidateOf) : candidateOf(step)
    },
    told: (came) => (judged = came),
    report,
  }
}

/** Runs what the strategy asks for, until it asks for nothing more or there is `enough`. */
export async function search<Report>(from: Strategy<Report>, judge: Judge, enough: () => boolean = () => false): Promise<Report> {
  for (;;) {
    const candidate = enough() ? undefined : await from.next()
    if (candidate === undefined) return from.report()
    from.told(await judge(candidate))
  }
}

/** A strategy as a part of another one's walk. */
export async function* asking<Report>(
  inner: Strategy<Report>,
  as: (candidate: Candidate) => Candidate = (candidate) => candidate,
): AsyncWalk<Report> {
  for (;;) {
    const candidate = await inner.next()
    if (candidate === undefined) return inner.report()
    inner.told(yield as(candidate))
  }
}

/** The first schedule that showed what was looked for. */
export interface Found {
  readonly by: string
  /** Schedules run until then, this one included. */
  readonly after: number
  readonly anomaly: Anomaly
  readonly candidate: Candidate
}

/** Runs schedules until one shows an anomaly that is wanted; at most `limit`. */
export async function hunt(
  from: Strategy<unknown>,
  judge: Judge,
  wanted: (anomaly: Anomaly) => boolean,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ found?: Found; others: readonly Anomaly[]; schedules: number }> {
  const others: Anomaly[] = []
  let schedules = 0
  let found: Found | undefined
  const judgeAndLook: Judge = async (candidate) => {
    const judged = await judge(candidate)
    schedules++
    const { anomalies } = judged.verdict
    const anomaly = anomalies.find(wanted)
    if (anomaly === undefined) others.push(...anomalies)
    else found = { by: candidate.by ?? '', after: schedules, anomaly, candidate: asRun(candidate, judged) }
    return judged
  }
  await search(from, judgeAndLook, () => found !== undefined || schedules >= limit)
  return { ...(found === undefined ? {} : { found }), others, schedules }
}

/** The same without anybody who chooses: with the steps that were chosen. */
function asRun(candidate: Candidate, { run }: Judged): Candidate {
  const { chooser, ...rest } = candidate
  return chooser === undefined ? candidate : { ...rest, schedule: run.schedule }
}

type Seen = Pick<Run, 'history' | 'sideBySide'>

/** The gates that a run came to. */
export const gatesOf = (run: Run): ReadonlySet<Gate> => new Set(run.history.map(({ type }) => type as Gate))

/**
 * But for how long the consumer's own pauses were: a jitter changes nothing unless it changes the order of things. Where a program asks
 * for several things at once on several connections, it is not ours to say which of them comes first, and what came of them all is
 * compared.
 */
export const sameHistory = (a: Seen, b: Seen): boolean =>
  a.sideBySide || b.sideBySide ? withoutCalls(a) === withoutCalls(b) : withoutPauses(a) === withoutPauses(b)

/** Has this run come to where that history ends in the same way? Steps may be cut into finer ones, and faults that never strike be left out. */
export function beginsAs(run: Run, history: History): boolean {
  const lines = (events: History) =>
    events
      .filter(({ type }) => (run.sideBySide ? OUTCOMES.has(type) : !PLANNED.has(type)))
      .map((event) => JSON.stringify(withoutPause(event)))
  const seen = lines(run.history)
  return lines(history).every((line, i) => line === seen[i])
}

/** What the schedule has in mind, and nobody can tell. */
const PLANNED: ReadonlySet<HistoryEvent['type']> = new Set(['step', 'drain', 'fault-armed', 'wire-fault'])

const OUTCOMES: ReadonlySet<HistoryEvent['type']> = new Set([
  'announced',
  'delivered',
  'closed',
  'append-called',
  'append-returned',
  'removed',
  'witness',
])

const withoutCalls = ({ history }: Seen): string => JSON.stringify(history.filter(({ type }) => OUTCOMES.has(type)))

const withoutPauses = ({ history }: Seen): string => JSON.stringify(history.map(withoutPause))

const withoutPause = (event: HistoryEvent): HistoryEvent => (event.type === 'paused' ? { ...event, ms: 0 } : event)
