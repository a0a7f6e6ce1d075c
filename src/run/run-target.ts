/**
 * The life of one subject, whatever it is (see target.ts):
 *
 *  1. A survey, twice: one schedule without steps, to learn which gates the subject comes to, and whether the same
 *     schedule gives the same history.
 *  2. Every scenario that applies. What fails is run once more on a subject opened anew: a verdict that does not come
 *     again is unknown, never green.
 *  3. What it can do beyond what is required, for information.
 *  4. The bursts: for a consumer of the subject's own on the model first, where they cost next to nothing, then on its store.
 *  5. Every interleaving up to a small bound. Where the run is given a time, this comes before the bursts, for it has an end of its own:
 *     it may take half of what is left, and bursts go on until all of that is over.
 *  6. Of each kind of loss that was found, the moment from which on it could not be avoided any more.
 *  7. A replay file for everything that failed.
 */
import { alarm, stopwatch } from '../clock/clock.js'
import { endedOnFault } from '../oracle/analysis.js'
import { anomaly } from '../oracle/anomaly.js'
import { NO_COUNTS, type Verdict, addCounts } from '../oracle/check.js'
import { type Capability, isToldByFrame, lackOf as lackOfCapability, offers } from '../contract/capabilities.js'
import { lackOf } from '../dialects/store.js'
import { rules } from '../oracle/rules.js'
import type { Activity } from '../report/formats/live.js'
import { Tally } from '../report/coverage.js'
import { findingsOf } from '../report/findings.js'
import type { BurstsResult, CaseResult, ExplorationResult, NoReturn, ProbedCapability, Skipped, SubjectResult } from '../report/result.js'
import { explorationResult, exploreTarget } from './explore-target.js'
import { saveReplay } from './replay-file.js'
import { consumerName } from './resolve.js'
import type { Observer, Runner } from './runner.js'
import { judgeOf, runnerOf, type Target } from './target.js'
import { type TimeBudget, isOver, partOf } from './time-budget.js'
import type { ReferenceConsumer, Scenario } from '../schedule/scenario.js'
import type { History } from '../history/event.js'
import { schedule } from '../schedule/schedule.js'
import { type Step, advanceTo, append } from '../schedule/step.js'
import type { Alphabet } from '../search/alphabet.js'
import { bursts } from '../search/bursts.js'
import { Corpus } from '../search/corpus.js'
import { type NoReturnsOptions, lossOf, noReturns } from '../search/no-return.js'
import { type Cases, type ScenariosOptions, type Survey, scenarios, UNDISTURBED, undisturbed } from '../search/scenarios.js'
import { type Candidate, type Judge, type Judged, search, type Strategy, strategy, type Walk } from '../search/strategy.js'

export interface TargetOptions {
  readonly scenarios: readonly Scenario[]
  /** 0 runs none; infinite, where a time ends them. */
  readonly bursts: number
  /** So many on the model, where they cost next to nothing. Default: as many as elsewhere. */
  readonly burstsOnModel?: number | undefined
  /** When no further schedule of bursts and exploration is begun. What comes before them is always run. Default: there is time for all. */
  readonly time?: TimeBudget
  readonly seed: number
  readonly path?: string
  /** None unless said. */
  readonly exploration?: { readonly appends: number; readonly cycles: number }
  readonly watchdogMs?: number
  /** Where replay files go, below `.tailrace/`. Undefined: nowhere. */
  readonly saveTo?: string
  readonly onProgress?: (activity: Activity) => void
  readonly observer?: Observer
  /** Ends the run before its next schedule, or in one that takes longer: what came of it until then is the result, with the reason for its error. */
  readonly signal?: AbortSignal
}

/** How long the schedule that it is at may take once the signal has aborted, in milliseconds. */
const GRACE_MS = 2000

/** What there is of the result so far: an error leaves it as it is. */
interface Parts {
  cases: CaseResult[]
  skipped: readonly Skipped[]
  bursts?: BurstsResult
  exploration?: ExplorationResult
  capabilities?: readonly ProbedCapability[]
  noReturns?: ReadonlyMap<CaseResult, NoReturn>
  /** Those that a finding is told by. */
  told?: ReadonlySet<CaseResult>
  /** What may happen to it in bursts, once that is known. */
  alphabet?: Alphabet | undefined
}

export async function runTarget(target: Target, options: TargetOptions): Promise<SubjectResult> {
  const elapsed = stopwatch()
  const { watchdogMs, observer, saveTo } = options
  const { definition, store, again } = target
  const runner = runnerOf(target, { observer, ...(watchdogMs === undefined ? {} : { watchdogMs }) })
  const parts: Parts = { cases: [], skipped: [] }
  const tally = new Tally()
  const running = new Interruptible(counting(judgeOf(runner), tally), options.signal)
  const brokenOff = await failureOf(runParts(target, (candidate) => running.judge(candidate), options, parts, tally))
  running.over()
  // One that is still at a schedule cannot be closed: whoever gave the signal ends, and takes it along.
  const unclosed = running.isLate ? undefined : await failureOf(runner.close())
  const error = brokenOff ?? unclosed
  if (runner.leak !== undefined) parts.cases.push(leakCase(runner.leak))
  const { cases, skipped, bursts: ofBursts, exploration, capabilities: probed = [] } = parts
  const coverage = tally.coverage(target.takes(parts.alphabet))
  const result = {
    name: definition.name,
    consumer: consumerName(definition),
    store: store.description,
    dialect: store.dialect,
    ...(store.limits === undefined ? {} : { limits: store.limits }),
    scenarios: cases,
    skipped,
    ...(ofBursts === undefined ? {} : { bursts: ofBursts }),
    ...(exploration === undefined ? {} : { exploration }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(again === undefined ? {} : { again }),
    ...(probed.length === 0 ? {} : { capabilities: probed }),
    ...(error === undefined ? {} : { error }),
    ms: elapsed(),
  }
  return withEachCase(result, async (each) => {
    const told = parts.told?.has(each) === true ? withMoment(each, parts.noReturns?.get(each)) : each
    const isSaved = saveTo !== undefined && each.verdict.result === 'invalid' && each.history.length > 0
    return {
      ...told,
      ...(isSaved ? { replayFile: await saveReplay(result.name, each, target.saved(each.name, options.scenarios), saveTo) } : {}),
    }
  })
}

/** Begins no schedule once a signal has aborted, and waits for the one that it is at no longer than `GRACE_MS`. */
class Interruptible {
  /** It has not waited for the end of the last one. */
  isLate = false
  readonly #over = new AbortController()
  #giveUp: (reason: Error) => void = () => undefined

  constructor(
    readonly running: Judge,
    readonly signal: AbortSignal | undefined,
  ) {
    const inTime = () => {
      const late = alarm(GRACE_MS, () => this.#giveUp(signal!.reason as Error))
      this.#over.signal.addEventListener('abort', late, { once: true })
    }
    signal?.addEventListener('abort', inTime, { once: true, signal: this.#over.signal })
  }

  judge(candidate: Candidate): Promise<Judged> {
    if (this.signal?.aborted) return Promise.reject(this.signal.reason as Error)
    return new Promise((resolve, reject) => {
      this.#giveUp = (reason) => {
        this.isLate = true
        reject(reason)
      }
      this.running(candidate)
        .finally(() => (this.#giveUp = () => undefined))
        .then(resolve, reject)
    })
  }

  over(): void {
    this.#over.abort()
  }
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** What it rejects with, in words. */
const failureOf = (running: Promise<void>): Promise<string | undefined> => running.then(() => undefined, messageOf)

/**
 * Notes what each schedule has tried, where it has shown anything: one whose verdict is unknown shows neither a fault nor its absence, unless
 * its consumer has answered a fault by ending with it.
 */
export const counting =
  (judge: Judge, tally: Tally): Judge =>
  async (candidate) => {
    const judged = await judge(candidate)
    const { run, verdict } = judged
    if (candidate.aside === undefined && (verdict.result !== 'unknown' || endsOnFault(run.history))) tally.note(run)
    return judged
  }

const endsOnFault = (history: History): boolean => history.some((event) => event.type === 'closed' && endedOnFault(event))

/** @throws what broke the run off; what came of it until then is in `parts`. */
async function runParts(target: Target, running: Judge, options: TargetOptions, parts: Parts, tally: Tally): Promise<void> {
  const { definition } = target
  let runs = 0
  const judge: Judge = (candidate) => {
    runs++
    return running(candidate)
  }
  const doing = (part: string, rest: Omit<Activity, 'subject' | 'part'> = {}) =>
    options.onProgress?.({ subject: definition.name, part, ...rest })
  doing('survey')
  const survey = await surveyOf(target, judge)
  if (survey.failure !== undefined) return void parts.cases.push(survey.failure)
  const tried = scenariosOn(target, options.scenarios, survey.judged, ({ name }, done) =>
    doing('scenarios', { what: name, done, total: options.scenarios.length }),
  )
  await search(tried, judge).finally(() => {
    const { cases, skipped } = tried.report()
    parts.cases = [...cases]
    parts.skipped = skipped
  })
  if (target.hasCapabilities) {
    doing('capabilities')
    parts.capabilities = await search(capabilities(target, options.scenarios, survey.judged), judge)
  }
  if (target.alphabet !== undefined) await runGenerated(target, judge, options, parts, tally)
  const { cases: scenarios, bursts: ofBursts, exploration } = parts
  const found = { scenarios, dialect: target.store.dialect, ...(ofBursts && { bursts: ofBursts }), ...(exploration && { exploration }) }
  // Nobody would read it of a case that is not told.
  parts.told = new Set(findingsOf(found).map(({ told }) => told))
  const moments = noReturnsOn(
    target,
    ({ name }) => target.saved(name, options.scenarios).consumer,
    [...parts.told],
    Math.max(target.replays, Math.floor(runs * SHARE_OF_REPLAYS)),
  )
  // It is only to explain what was found: where it cannot be run, that stands.
  await search(moments, judge).catch(() => undefined)
  parts.noReturns = moments.report()
}

async function runGenerated(target: Target, judge: Judge, options: TargetOptions, parts: Parts, tally: Tally): Promise<void> {
  const { exploration, time } = options
  const all = async () => {
    if (options.bursts === 0) return
    parts.alphabet = await alphabetOn(target, judge)
    parts.bursts = await runBursts(target, judge, parts.alphabet, options, tally)
  }
  const bounded = async () => {
    if (exploration !== undefined) parts.exploration = await runExploration(target, judge, exploration, options)
  }
  if (time === undefined) {
    await all()
    await bounded()
    return
  }
  // That one of them cannot be run takes no time from the other.
  try {
    await bounded()
    if (parts.exploration !== undefined) parts.exploration = { ...parts.exploration, beforeBursts: true }
  } finally {
    await all()
  }
}

/** What the subject does undisturbed: before anything else, for every other part builds on it. */
export const surveyOf = (target: Target, judge: Judge): Promise<Survey> => {
  const { settled = (run) => run(), silence, predicates } = target
  return settled(() => search(undisturbed(silence, predicates), judge))
}

/** Those of these scenarios that apply, one after the other. */
export const scenariosOn = (
  target: Target,
  of: readonly Scenario[],
  survey: Judged,
  onScenario?: ScenariosOptions['onScenario'],
): Strategy<Cases> =>
  scenarios({
    scenarios: of,
    applies: (scenario) => target.applies(scenario, survey),
    saidNothing: target.saidNothing,
    variants: target.variants,
    budget: target.budget === undefined ? undefined : { left: target.budget },
    ...(target.predicates === undefined ? {} : { predicates: target.predicates }),
    ...(onScenario === undefined ? {} : { onScenario }),
  })

/** Of the losses of these cases. @param runs at most so many. @param told kinds of losses that are told of already. */
export const noReturnsOn = (
  { definition: { capabilities: declared, consume } }: Target,
  consumerOf: NoReturnsOptions['consumerOf'],
  cases: readonly CaseResult[],
  runs: number,
  told?: Set<string>,
): Strategy<ReadonlyMap<CaseResult, NoReturn>> =>
  noReturns(cases, {
    resumes: lackOfCapability('resumes', declared, consume !== undefined) === undefined,
    runs,
    consumerOf,
    ...(told === undefined ? {} : { told }),
  })

/** The same of one case that was run by itself. */
export async function withNoReturn(
  result: CaseResult,
  target: Target,
  judge: Judge,
  consumer: ReferenceConsumer | undefined,
): Promise<CaseResult> {
  if (result.verdict.result !== 'invalid') return result
  const moments = noReturnsOn(target, () => consumer, [result], target.replays)
  return withMoment(result, (await search(moments, judge)).get(result))
}

/** On the wire a run may cost too much, and elsewhere it may come out differently: then the act stands as the history shows it, marked so. */
export function withMoment(result: CaseResult, noReturn: NoReturn | undefined): CaseResult {
  if (noReturn !== undefined) return { ...result, noReturn }
  return lossOf(result) === undefined ? result : { ...result, notes: [...result.notes, BY_HISTORY] }
}

const BY_HISTORY = 'what lost it is told by this history alone: when that was decided was not found by running it again'

/** How many the model is ahead of the store at most, where nobody knows how many there is time for. */
const ROUND = 50

/** @param tally of what is run on the model, where that is what is told of. */
export async function runBursts(
  target: Target,
  judge: Judge,
  alphabet: Alphabet | undefined,
  options: TargetOptions,
  tally?: Tally,
): Promise<BurstsResult> {
  const { store } = target
  const { seed, path, observer, time } = options
  const { bursts: usual, burstsOnModel = usual } = options
  const drawn = { seed, ...(alphabet && { alphabet }), lacks: (step: Step) => lackOf(store, step), ...(path === undefined ? {} : { path }) }
  const ahead = target.onModel && new Ahead(runnerOf(target.onModel(), { observer }), target, judge, tally)
  // Where more have been run on the model before, the store has to show less.
  const onServer = ahead !== undefined && burstsOnModel > usual ? Math.ceil(usual / 2) : usual
  const [runs, runsAhead] = path !== undefined ? [1, 1] : [store.virtual ? burstsOnModel : onServer, burstsOnModel]
  // What takes a server its time takes the model none.
  const { largest: _, quietest: __, ...whole } = drawn.alphabet ?? {}
  const round = ahead === undefined || time === undefined ? runs : ROUND
  // What one of them has come to, the other may not.
  const [onModel, onStore] = [new Corpus(), new Corpus()]
  let total: BurstsResult = { runs: 0, seed, counts: NO_COUNTS, ms: 0 }
  try {
    for (let first = 1; first <= runs && total.failure === undefined && !isOver(time); first += round) {
      const part = { ...drawn, first, runs: Math.min(round, runs - first + 1), enough: () => isOver(time) }
      const partAhead = { ...part, alphabet: whole, ...(time === undefined ? { runs: runsAhead } : {}) }
      const onRun = progressOf('bursts on the model', target, runsAhead, options)
      const found = await ahead?.look(bursts({ ...partAhead, corpus: onModel, onRun }))
      const searched = () => search(bursts({ ...part, corpus: onStore, onRun: progressOf('bursts', target, runs, options) }), judge)
      total = after(total, found ?? (await searched()))
    }
  } finally {
    await ahead?.close()
  }
  return time !== undefined && total.failure === undefined && total.runs < runs ? { ...total, timeMs: time.ms } : total
}

const progressOf =
  (part: string, { definition }: Target, total: number, { time, onProgress }: TargetOptions) =>
  (done: number): void =>
    onProgress?.({
      subject: definition.name,
      part,
      done,
      ...(Number.isFinite(total) ? { total } : {}),
      ...(time === undefined ? {} : { leftMs: time.leftMs() }),
    })

/** One round added to those before it. */
const after = (before: BurstsResult, round: BurstsResult): BurstsResult => ({
  ...round,
  runs: before.runs + round.runs,
  goneOn: (before.goneOn ?? 0) + (round.goneOn ?? 0),
  counts: addCounts(before.counts, round.counts),
  ms: before.ms + round.ms,
})

/** Looks on the model first, where bursts cost next to nothing, until something is found there that its store does not show. */
class Ahead {
  #isOfUse = true

  constructor(
    readonly runner: Runner,
    readonly target: Target,
    readonly judge: Judge,
    readonly tally: Tally | undefined,
  ) {}

  /** What was found, if the store shows it, too. */
  async look(strategy: Strategy<BurstsResult>): Promise<BurstsResult | undefined> {
    if (!this.#isOfUse) return undefined
    const onModel = new Tally()
    const found = await search(strategy, counting(judgeOf(this.runner), onModel))
    if (found.failure === undefined) return undefined
    const confirmed = await this.judge({ schedule: found.failure.schedule, aside: true })
    this.#isOfUse = isSameCode(confirmed, found.failure)
    if (!this.#isOfUse) return undefined
    this.tally?.add(onModel)
    const notes = [`found on the in-memory model, confirmed on ${this.target.store.description}`]
    return { ...found, failure: { ...found.failure, verdict: confirmed.verdict, history: confirmed.run.history, notes } }
  }

  close(): Promise<void> {
    return this.runner.close()
  }
}

/**
 * What may happen to it, as two runs show in which nothing comes in between. Another writer is one only where what that appends reaches the
 * consumer at all. And where a read waits for that of another consumer, with a timer of the adapter's own, each schedule with several of
 * them takes as long as that really does: scenarios try those, and bursts do not.
 */
export async function alphabetOn({ alphabet }: Target, judge: Judge): Promise<Alphabet | undefined> {
  if (alphabet === undefined) return undefined
  const probed = { ...alphabet }
  if (alphabet.otherWriters) {
    const { verdict } = await judge({ schedule: schedule([advanceTo('read-called'), append(1, { writer: 'another' })]), aside: true })
    probed.otherWriters = verdict.result === 'valid'
    probed.ids &&= probed.otherWriters
  }
  if (alphabet.consumers === undefined) {
    const { run } = await judge({
      schedule: schedule([advanceTo('blocked'), advanceTo('read-returned', { consumer: 1 })], { consumers: 2 }),
      aside: true,
    })
    if (waitsForAnother(run.history)) probed.consumers = 1
  }
  return probed
}

/** A read that was to wait has come back empty, and has not waited in the store. */
function waitsForAnother(history: History): boolean {
  const waiting = new Set<string>()
  return history.some((event) => {
    if (!('read' in event)) return false
    const read = `${event.consumer}/${event.read}`
    if (event.type === 'read-called' && event.timeoutMs > 0) waiting.add(read)
    else if (event.type === 'blocked') waiting.delete(read)
    return event.type === 'read-returned' && event.outcome === 'empty' && event.aborted === undefined && waiting.has(read)
  })
}

const isSameCode = (a: Pick<Judged, 'verdict'>, b: CaseResult): boolean => a.verdict.anomalies[0]?.code === b.verdict.anomalies[0]?.code

/** What reads ask for in an exploration: small, so that few appends fill a batch. */
const EXPLORED_COUNT = 2

async function runExploration(target: Target, judge: Judge, bound: NonNullable<TargetOptions['exploration']>, options: TargetOptions) {
  const { bursts: drawn, time: left } = options
  const time = left && partOf(left, drawn > 0 ? 2 : 1)
  const explored = await exploreTarget(target, judge, {
    ...bound,
    count: EXPLORED_COUNT,
    enough: () => isOver(time),
    onProgress: (covered, _, whole) =>
      options.onProgress?.({
        subject: target.definition.name,
        part: 'exploration',
        done: Number(covered),
        total: Number(whole),
        ...(time === undefined ? {} : { leftMs: time.leftMs() }),
      }),
  })
  return explorationResult(explored)
}

/** A leak shows when the subject is closed, after every schedule: a case without one. */
export function leakCase(leak: string): CaseResult {
  const verdict: Verdict = { result: 'invalid', anomalies: [anomaly('leak', leak)], reasons: [], counts: NO_COUNTS }
  return {
    kind: 'scenario',
    name: 'close',
    summary: 'the repository is closed at the end',
    rule: '3.12',
    verdict,
    schedule: UNDISTURBED,
    history: [],
    ms: 0,
    notes: [],
  }
}

/** Of the runs that it took to find what is wrong, those that may be spent on saying when it came about. */
const SHARE_OF_REPLAYS = 0.07

/** With something noted of each of its cases. */
async function withEachCase(result: SubjectResult, note: (each: CaseResult) => Promise<CaseResult>): Promise<SubjectResult> {
  const noted = async <P extends { readonly failure?: CaseResult }>(part: P): Promise<P> =>
    part.failure === undefined ? part : { ...part, failure: await note(part.failure) }
  const { bursts: ofBursts, exploration } = result
  return {
    ...result,
    scenarios: await Promise.all(result.scenarios.map(note)),
    ...(exploration === undefined ? {} : { exploration: await noted(exploration) }),
    ...(ofBursts === undefined ? {} : { bursts: await noted(ofBursts) }),
  }
}

// ── What a subject can do beyond what is required: the scenarios of each such rule, run as if it were declared.
//
// "Unsupported, confirmed" differs from "unverified": the one was tried and seen to fail, of the other nothing is known.
// It is information; what is declared and does not hold fails in the scenarios themselves.

type Outcome = ProbedCapability['outcome']

/** Tries those that `scenarios` have something for. */
export function capabilities(target: Target, scenarios: readonly Scenario[], undisturbed: Judged): Strategy<readonly ProbedCapability[]> {
  const { definition } = target
  const probed: ProbedCapability[] = []
  return strategy(walk(), () => probed)

  function* walk(): Walk {
    for (const { id, needs } of rules) {
      const trying = scenarios.filter((each) => each.rule === id)
      if (needs === undefined || trying.length === 0) continue
      const declared = offers(definition.capabilities, needs)
      probed.push({ name: needs, declared, outcome: yield* tryAll(needs, trying) })
    }
  }

  function* tryAll(name: Capability, trying: readonly Scenario[]): Walk<Outcome> {
    if (isToldByFrame(name) && definition.consume !== undefined && definition.isTruncation === undefined) return 'unverified'
    const asIf = { [name]: true }
    const outcomes: Outcome[] = []
    for (const scenario of trying) {
      if (target.applies(scenario, undisturbed, asIf) !== undefined) {
        outcomes.push('unverified')
        continue
      }
      const { verdict, run } = yield { schedule: scenario.schedule, consumer: scenario.consumer, capabilities: asIf }
      // A hang or a step that could not be followed says nothing about this capability.
      if (verdict.result === 'unknown' || run.ending.kind !== 'completed') outcomes.push('unverified')
      else outcomes.push(verdict.result === 'valid' ? 'supported' : 'unsupported, confirmed')
    }
    if (outcomes.includes('unsupported, confirmed')) return 'unsupported, confirmed'
    return outcomes.every((outcome) => outcome === 'supported') ? 'supported' : 'unverified'
  }
}
