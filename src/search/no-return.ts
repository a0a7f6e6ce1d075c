/**
 * The point of no return of a loss: the first moment of its schedule after which the entry can no longer be delivered.
 *
 * From each moment a schedule can go on in any number of ways. A few are tried: it is run up to there, and then left alone (`idle`), or
 * one more entry is appended (`append`), or the consumer goes on ahead of the others (`ahead`), or, where it has ended by then, it comes
 * back (`restart`). The moment is looked for among the steps first, and then among the gates that the step passes, or the entries that
 * it appends.
 *
 * ```
 *   steps        s1 appended ── read times out ── tail asked for ── next read ── … lost
 *   left alone    delivered       delivered            lost            lost
 *                                                       └─ the point of no return
 * ```
 * A fault that is armed and has not struck yet is only what the schedule has in mind: it is left out of what is run.
 *
 * Where a run does not come to its moment in the way that the failing one did, or does not come to rest after it, nothing is said.
 */
import { FENCE, type History, type HistoryEvent, consumerOf } from '../history/event.js'
import { type Anomaly, LOST } from '../oracle/anomaly.js'
import { causeOf } from '../oracle/cause.js'
import { type CaseResult, type Continuation, type MomentKind, type NoReturn, bySize } from '../report/result.js'
import { GATES, type Gate } from '../schedule/gate.js'
import type { ReferenceConsumer } from '../schedule/scenario.js'
import type { Schedule } from '../schedule/schedule.js'
import { type Step, advance, append, restart } from '../schedule/step.js'
import {
  type AsyncWalk,
  type Candidate,
  type Judged,
  type Strategy,
  type Walk,
  asking,
  beginsAs,
  sameHistory,
  strategy,
} from './strategy.js'

/** For one loss. */
const MAX_RUNS = 24

export interface NoReturnOptions {
  /** The loop that it was found with, where the subject has none of its own. */
  readonly consumer?: ReferenceConsumer
  /** A session that starts at an id goes on above it. */
  readonly resumes: boolean
  /** How many runs it may take at most. */
  readonly runs: number
}

/** A loss that has an entry, and a session that should have delivered it. */
export type Loss = Anomaly & Required<Pick<Anomaly, 'value' | 'consumer' | 'session'>>

/** The first of them. */
export const lossOf = ({ verdict: { anomalies } }: Pick<CaseResult, 'verdict'>): Loss | undefined =>
  anomalies.find(
    (each): each is Loss => LOST.has(each.code) && each.value !== FENCE && each.consumer !== undefined && each.session !== undefined,
  )

/** @param failing what was run, and came out as `loss` says. The report is undefined where the moment cannot be told. */
export function noReturn(
  failing: Pick<CaseResult, 'schedule' | 'history'>,
  loss: Loss,
  options: NoReturnOptions,
): Strategy<NoReturn | undefined> {
  const { value, consumer, session } = loss
  const search = new Search(failing, loss, options)
  let moment: Moment | undefined
  return strategy(walk(), () => moment && { value, consumer, session, ...moment, runs: search.runs })

  function* walk(): Walk {
    moment = yield* search.moment()
  }
}

type Moment = Omit<NoReturn, 'value' | 'consumer' | 'session' | 'runs'>

/** A step with those that are performed at once with it, or all that comes after the last: what one `step` of the history begins. */
interface Part {
  readonly step: number
  /** The first step behind it. */
  readonly until: number
  /** Places in the history: its first event, and the first behind it. */
  readonly begin: number
  readonly end: number
}

/** A moment: where the schedule is cut. */
interface Cut {
  readonly part: Part
  /** What is performed until then. */
  readonly steps: readonly Step[]
  /** The first event of the history behind it. */
  readonly end: number
  /** Within a step that passes several. */
  readonly gate?: Gate
}

/** As many gates as there are from the beginning of a session to its first entry. */
const MOVES_AHEAD = 6

/** Undefined where it cannot be said. */
type Answer<T = boolean> = Walk<T | undefined>

class Search {
  runs = 0
  #sideBySide = false
  readonly #schedule: Schedule
  readonly #history: History
  readonly #loss: Loss
  readonly #options: NoReturnOptions
  readonly #known = new Map<Cut, Readonly<Partial<Record<Continuation, boolean>>>>()
  /** Found to deliver it even from the end. */
  readonly #stillBy: Continuation[] = []

  constructor({ schedule, history }: Pick<CaseResult, 'schedule' | 'history'>, loss: Loss, options: NoReturnOptions) {
    this.#schedule = schedule
    this.#history = history
    this.#loss = loss
    this.#options = options
  }

  *moment(): Answer<Moment> {
    const followed = yield* this.#confirmed()
    const behind = followed === undefined ? [] : this.#behindSteps(followed)
    const last = behind.at(-1)
    if (last === undefined) return undefined
    const fine = behind.flatMap((cut) => [...this.#inside(cut), cut])
    // Left alone at its end, the schedule is the one that failed; but for what was armed, and had not struck by then.
    const isWhole = followed === this.#schedule.steps.length && this.#lead(last) === 'idle'
    const isFailing = isWhole && this.#steps(last) === last.steps
    const cuts = isWhole && !isFailing ? [...fine, ...this.#atRest(last)] : fine
    const exact = yield* this.#first(cuts, last, isFailing)
    const moment = exact ?? (fine.length > behind.length ? yield* this.#first(behind, last, isFailing) : undefined)
    return moment && { ...moment, ...(yield* this.#resumed(last)) }
  }

  /** The first of these moments from which it is lost. @param isLost it is known to be lost at the last of them. */
  *#first(cuts: readonly Cut[], last: Cut, isLost: boolean): Answer<Moment> {
    this.#stillBy.length = 0
    const high = isLost ? cuts.length - 1 : cuts.length
    const alone = yield* this.#firstLost(cuts, -1, high, (cut) => this.#delivers(cut, this.#lead(cut)))
    if (alone === undefined || alone === cuts.length) return undefined
    const found = yield* this.#afterAll(cuts, alone, high, cuts.indexOf(last))
    const cut = found === undefined ? undefined : cuts[found]
    if (found === undefined || cut === undefined) return undefined
    const { part, end, gate } = cut
    const event = deciding(this.#history, cuts[found - 1]?.end ?? part.begin, end, this.#loss)
    return { step: part.step, ...(gate === undefined ? {} : { gate }), ...event, continuations: this.#continuations(cut) }
  }

  /** That it happens again, and how many steps could be followed. */
  *#confirmed(): Answer<number> {
    const { steps } = this.#schedule
    const again = yield* this.#run(steps)
    if (again === undefined) return undefined
    const { run, verdict } = again
    this.#sideBySide = run.sideBySide === true
    if (!sameHistory(run, { history: this.#history }) || !verdict.anomalies.some((each) => this.#isLoss(each))) return undefined
    if (run.ending.kind === 'completed') return steps.length
    return run.ending.kind === 'diverged' ? run.ending.step - 1 : undefined
  }

  /** The first of these from which it is lost, where it is lost from `high` on, and not yet from `low`. */
  *#firstLost(cuts: readonly Cut[], low: number, high: number, delivers: (cut: Cut) => Answer): Answer<number> {
    // Most are lost as soon as they are appended, or not long after: in leaps that grow, and then by halving.
    let leap: number | undefined = 1
    while (low + 1 < high) {
      const next: number = leap === undefined ? (low + high) >> 1 : Math.min(low + leap, high - 1)
      const delivered: boolean | undefined = yield* delivers(cuts[next]!)
      if (delivered === undefined) return undefined
      if (delivered) low = next
      else high = next
      leap = delivered && leap !== undefined ? leap * 2 : undefined
    }
    return high
  }

  /**
   * What else may help there, or when its consumer has been given the entry, or at the `end` of the schedule. What helps even at the end
   * is told, and counts no more.
   */
  *#afterAll(cuts: readonly Cut[], first: number, high: number, end: number): Answer<number> {
    const tried: Continuation[] = [this.#lead(cuts[first]!)]
    let found = first
    for (const how of this.#continuations(cuts[first]!).slice(1)) {
      const helpsAt = yield* this.#firstHelped(cuts, new Set([found, this.#given(cuts, found), Math.max(found, end)]), how)
      if (helpsAt === undefined) return undefined
      const helpsAlways = helpsAt !== -1 && helpsAt <= end && (yield* this.#delivers(cuts[end]!, how))
      if (helpsAlways === undefined) return undefined
      if (helpsAlways) this.#stillBy.push(how)
      else tried.push(how)
      if (helpsAlways || helpsAt === -1) continue
      const later = yield* this.#firstLost(cuts, helpsAt, high, (cut) =>
        this.#deliversBy(cut, this.#isOver(cut) ? [this.#lead(cut)] : tried),
      )
      if (later === undefined) return undefined
      found = later
    }
    return found
  }

  /** -1 where it helps at none of them. */
  *#firstHelped(cuts: readonly Cut[], among: ReadonlySet<number>, how: Continuation): Answer<number> {
    for (const at of among) {
      const helps = yield* this.#delivers(cuts[at]!, how)
      if (helps !== false) return helps && at
    }
    return -1
  }

  /** The first of these, from `from` on, at which its consumer has been given it, and may yet hand it out; `from` where it never was. */
  #given(cuts: readonly Cut[], from: number): number {
    const { consumer, value } = this.#loss
    const given = this.#history.findIndex(
      (event) =>
        consumerOf(event) === consumer &&
        ((event.type === 'read-entry' && event.value === value) || (event.type === 'command-returned' && event.gave?.includes(value))),
    )
    const found = given === -1 ? -1 : cuts.findIndex(({ end }, at) => at >= from && end > given)
    return found === -1 ? from : found
  }

  /** Does a client that comes back after all this get it? For information. */
  *#resumed(last: Cut): Walk<Pick<NoReturn, 'stillBy'>> {
    if (this.#options.resumes && !this.#isOver(last) && (yield* this.#delivers(last, 'restart'))) this.#stillBy.push('restart')
    return this.#stillBy.length === 0 ? {} : { stillBy: this.#stillBy }
  }

  // ── Moments

  /** Behind each step from the one on that appends the entry, or that tells a channel of it. */
  #behindSteps(followed: number): readonly Cut[] {
    const { value } = this.#loss
    const notifies = this.#history.some(({ type }) => type === 'notification')
    const first = this.#history.findIndex((event) => event.type === (notifies ? 'notification' : 'append-called') && event.value === value)
    return this.#parts(followed)
      .filter(({ end }) => first !== -1 && end > first)
      .map((part) => {
        const gates = this.#isMove(part) ? this.#gatesIn(part) : []
        const gate = gates.length > 1 ? gates.at(-1)!.type : undefined
        return { part, steps: this.#schedule.steps.slice(0, part.until), end: part.end, ...(gate === undefined ? {} : { gate }) }
      })
  }

  #isMove({ step, until }: Part): boolean {
    return this.#schedule.steps.slice(step, until).every((each) => 'advance' in each)
  }

  #parts(followed: number): readonly Part[] {
    const drains = this.#history.findIndex(({ type }) => type === 'drain')
    const starts = this.#history.flatMap((event, begin) => (event.type === 'step' ? [{ step: event.index, begin }] : []))
    return starts
      .map(({ step, begin }, i) => ({ step, begin, until: starts[i + 1]?.step ?? followed, end: starts[i + 1]?.begin ?? drains }))
      .filter(({ step }) => step < followed)
  }

  /** Between the gates that a step passes, or between the entries that it appends, from the lost one on; not its end. */
  #inside({ part }: Cut): readonly Cut[] {
    const before = this.#schedule.steps.slice(0, part.step)
    return this.#isMove(part) ? this.#betweenGates(part, before).slice(0, -1) : this.#betweenAppends(part, before)
  }

  /** Behind all steps, while everybody comes to rest. */
  #atRest({ steps, end: begin, part: { until } }: Cut): readonly Cut[] {
    const end = this.#history.findIndex((event, at) => at > begin && event.type === 'quiescent')
    return this.#betweenGates({ step: until, until, begin, end }, steps)
  }

  #betweenGates(part: Part, before: readonly Step[]): readonly Cut[] {
    // Side by side it comes to them in an order of its own.
    const gates = this.#sideBySide ? [] : this.#gatesIn(part)
    const step = part.until > part.step ? this.#schedule.steps[part.step] : undefined
    const heldOf = (consumer: number) => (step !== undefined && 'advance' in step && step.advance === consumer ? step.held : undefined)
    return gates.map(({ type: gate, at }, i) => ({
      part,
      steps: [...before, ...gates.slice(0, i + 1).map(({ consumer }) => advance(consumer, { held: heldOf(consumer) ?? 0 }))],
      end: at + 1,
      gate,
    }))
  }

  #betweenAppends(part: Part, behind: readonly Step[]): readonly Cut[] {
    const cuts: Cut[] = []
    let before = behind
    const returned = this.#placesIn(part, ({ type }) => type === 'append-returned')
    const own = this.#placesIn(part, (event) => event.type === 'append-returned' && event.value === this.#loss.value)[0] ?? part.begin
    for (const step of this.#schedule.steps.slice(part.step, part.until)) {
      if ('append' in step) {
        if (step.together) return cuts
        for (let count = 1; count <= step.append; count++) {
          const at = returned.shift()
          if (at === undefined) return []
          if (at < own || returned.length === 0) continue
          const some = { ...step, append: count, ...(step.ids === undefined ? {} : { ids: step.ids.slice(0, count) }) }
          cuts.push({ part, steps: [...before, some], end: at + 1 })
        }
      }
      before = [...before, step]
    }
    return cuts
  }

  #placesIn({ begin, end }: Part, holds: (event: HistoryEvent) => boolean): number[] {
    return this.#history.flatMap((event, at) => (at >= begin && at < end && holds(event) ? [at] : []))
  }

  #gatesIn(part: Part): readonly { readonly type: Gate; readonly consumer: number; readonly at: number }[] {
    return this.#placesIn(part, (event) => isGate(event.type) && consumerOf(event) !== undefined).map((at) => {
      const event = this.#history[at]!
      return { type: event.type as Gate, consumer: consumerOf(event)!, at }
    })
  }

  // ── Continuations

  /** Has the consumer ended by then? */
  #isOver({ end }: Pick<Cut, 'end'>): boolean {
    const isBoundary = (event: HistoryEvent) =>
      (event.type === 'session' || event.type === 'closed') && event.consumer === this.#loss.consumer
    return this.#history.slice(0, end).findLast(isBoundary)?.type === 'closed'
  }

  /** How it comes back, where it has ended: as the schedule says, or as its client can. */
  #return({ part, end }: Pick<Cut, 'part' | 'end'>): Step | undefined {
    const { consumer } = this.#loss
    for (const step of this.#schedule.steps.slice(part.until)) if ('restart' in step && step.restart === consumer) return step
    return this.#options.resumes || !this.#isOver({ end }) ? restart('last-id', consumer) : undefined
  }

  /** What delivers it first, if anything does. */
  #lead(cut: Pick<Cut, 'part' | 'end'>): Continuation {
    return this.#isOver(cut) && this.#return(cut) !== undefined ? 'restart' : 'idle'
  }

  /** All that is tried there, the likeliest first. */
  #continuations(cut: Pick<Cut, 'part' | 'end'>): readonly Continuation[] {
    if (this.#isOver(cut)) return [this.#lead(cut)]
    const all: Continuation[] = (this.#schedule.consumers ?? 1) > 1 ? ['idle', 'ahead', 'append'] : ['idle', 'append']
    return all.filter((how) => !this.#stillBy.includes(how))
  }

  *#deliversBy(cut: Cut, continuations: readonly Continuation[]): Answer {
    for (const how of continuations) {
      const delivered = yield* this.#delivers(cut, how)
      if (delivered !== false) return delivered
    }
    return false
  }

  *#delivers(cut: Cut, how: Continuation): Answer {
    const known = this.#known.get(cut)?.[how]
    if (known !== undefined) return known
    const delivered = yield* this.#tried(cut, how)
    if (delivered !== undefined) this.#known.set(cut, { ...this.#known.get(cut), [how]: delivered })
    return delivered
  }

  *#tried(cut: Cut, how: Continuation): Answer {
    const { consumer, value } = this.#loss
    const steps = this.#steps(cut)
    const judged = yield* this.#run([...steps, ...this.#further(cut, how)])
    if (judged === undefined || !beginsAs(judged.run, this.#history.slice(0, cut.end))) return undefined
    const { ending } = judged.run
    // It may end before all of its further moves.
    if (ending.kind !== 'completed' && !(ending.kind === 'diverged' && ending.step > steps.length)) return undefined
    const { history } = judged.run
    const id = history.find((event) => event.type === 'append-returned' && event.value === value)
    const isIt = (event: HistoryEvent) =>
      event.type === 'delivered' &&
      event.consumer === consumer &&
      (event.value === value || (event.value === undefined && id?.type === 'append-returned' && event.id === id.id))
    // What comes only when everything had come to rest counts as lost.
    if (history.some(isIt)) return !judged.verdict.anomalies.some((each) => this.#isLoss(each))
    const own = history.findLast(
      (event) => consumerOf(event) === consumer && ['session', 'closed', 'quiescent', 'restless'].includes(event.type),
    )
    return own?.type === 'quiescent' || own?.type === 'closed' ? false : undefined
  }

  #further(cut: Cut, how: Continuation): readonly Step[] {
    const { consumer } = this.#loss
    if (how === 'idle') return []
    if (how === 'restart') return [this.#return(cut) ?? restart('last-id', consumer)]
    if (how === 'ahead') return Array.from({ length: MOVES_AHEAD }, () => advance(consumer))
    // What is appended right behind a cut connection would be done at once with it.
    return 'disconnect' in (this.#schedule.steps[cut.part.step] ?? {}) ? [advance(consumer), append(1)] : [append(1)]
  }

  #isLoss({ code, consumer, value }: Anomaly): boolean {
    return LOST.has(code) && consumer === this.#loss.consumer && value === this.#loss.value
  }

  *#run(steps: readonly Step[]): Answer<Judged> {
    if (this.runs >= Math.min(this.#options.runs, MAX_RUNS)) return undefined
    this.runs++
    const { consumer } = this.#options
    return yield { schedule: { ...this.#schedule, steps }, ...(consumer === undefined ? {} : { consumer }), aside: true }
  }

  /** Its steps, without the faults that have not struck by then; the same list where there is none. */
  #steps({ steps, end }: Pick<Cut, 'steps' | 'end'>): readonly Step[] {
    const kept = steps.flatMap((step, index) => {
      const armed = this.#history.findIndex((event) => event.type === 'step' && event.index === index)
      return struck(step, armed === -1 ? [] : this.#history.slice(armed, end))
    })
    return kept.length === steps.length && kept.every((step, i) => step === steps[i]) ? steps : kept
  }
}

const isGate = (type: string): boolean => (GATES as readonly string[]).includes(type)

/** What there is of a step that arms a fault, after this has happened. Where nobody can see whether it has struck, it is taken to have. */
function struck(step: Step, since: History): readonly Step[] {
  if ('fail' in step) {
    const times = Math.min(step.times, failuresOf(step.fail, since))
    return times === step.times ? [step] : times === 0 ? [] : [{ ...step, times }]
  }
  const asks = ['tail-called', 'read-called', 'read-sent', 'command-called', 'read-returned']
  if ('reply' in step) return since.some((event) => consumerOf(event) === step.reply && asks.includes(event.type)) ? [step] : []
  if ('acknowledgement' in step) return since.some(({ type }) => type === 'append-called') ? [step] : []
  return [step]
}

function failuresOf(what: 'read' | 'append' | 'tail', history: History): number {
  const failed = history.flatMap((event, at): (string | number)[] => {
    if (what === 'append') return event.type === 'append-returned' && event.outcome !== 'ok' ? [at] : []
    if (what === 'tail') return event.type === 'tail-returned' && event.error !== undefined ? [at] : []
    const failedRead =
      (event.type === 'read-returned' && event.outcome === 'error') || (event.type === 'read-ended' && event.how === 'error')
    return failedRead ? [`${event.consumer} ${event.read}`] : []
  })
  return new Set(failed).size
}

/** Of what happened between two moments, what made the difference: what is done to the consumer before what it does. */
function deciding(history: History, begin: number, end: number, { value, consumer }: Loss): Pick<NoReturn, 'kind' | 'at'> {
  const kinds: readonly (readonly [MomentKind, (event: HistoryEvent) => boolean])[] = [
    ['disconnect', (event) => (event.type === 'disconnected' || event.type === 'aborted') && event.consumer === consumer],
    ['append', (event) => event.type === 'append-called' && event.value === value],
    ['removal', ({ type }) => type === 'removed'],
    ['later-append', ({ type }) => type === 'append-called' || type === 'poisoned'],
    ['notification', ({ type }) => type === 'notification'],
    ['status', ({ type }) => type === 'finished'],
  ]
  const places = history.map((event, at) => ({ event, at })).slice(begin, end)
  for (const [kind, holds] of kinds) {
    const found = places.find(({ event }) => holds(event))
    if (found !== undefined) return { kind, at: found.at }
  }
  const moves = places.filter(({ event }) => consumerOf(event) !== undefined)
  const mover = moves[0] === undefined ? consumer : consumerOf(moves[0].event)
  const gate = places.findLast(({ event }) => isGate(event.type) && consumerOf(event) === mover)
  const at = gate?.at ?? end - 1
  if (mover !== consumer) return { kind: 'other-consumer', at }
  const failure = moves.find(({ event }) => isFailure(event))
  if (failure !== undefined) return { kind: 'fault', at: failure.at }
  return { kind: gate?.event.type === 'read-returned' && gate.event.outcome === 'empty' ? 'time-out' : 'own-move', at }
}

const isFailure = (event: HistoryEvent): boolean =>
  (event.type === 'read-returned' && event.outcome === 'error') ||
  ('error' in event && event.error !== undefined && event.type !== 'append-returned')

// ── One of each kind

/** `runs`: for all of them together. */
export interface NoReturnsOptions extends Pick<NoReturnOptions, 'resumes' | 'runs'> {
  /** The loop that a case was run with, where the subject has none of its own. */
  readonly consumerOf: (result: CaseResult) => ReferenceConsumer | undefined
  /** Kinds that are told of already: those of these cases are added. Default none. */
  readonly told?: Set<string>
}

/** The points of no return of the first losses of these cases: once for each kind of loss, in the case with the smallest schedule. */
export function noReturns(
  cases: readonly CaseResult[],
  { consumerOf: loopOf, told = new Set(), resumes, runs }: NoReturnsOptions,
): Strategy<ReadonlyMap<CaseResult, NoReturn>> {
  const found = new Map<CaseResult, NoReturn>()
  return strategy(walk(), () => found)

  async function* walk(): AsyncWalk {
    let left = runs
    for (const failing of cases.filter(isTellable).toSorted(bySize)) {
      const loss = lossOf(failing)!
      const kind = causeOf(loss)
      if (told.has(kind)) continue
      told.add(kind)
      const consumer = loopOf(failing)
      const search = noReturn(failing, loss, { resumes, runs: left, ...(consumer === undefined ? {} : { consumer }) })
      const counted = (candidate: Candidate) => {
        left--
        return candidate
      }
      const moment = yield* asking(search, counted)
      if (moment !== undefined) found.set(failing, moment)
    }
  }
}

/** A scenario of which no smaller schedule was looked for was not the same twice, or hangs. */
const isTellable = (each: CaseResult): boolean =>
  lossOf(each) !== undefined && (each.kind !== 'scenario' || each.wholeSteps !== undefined) && !each.history.some(waitsForLong)

/** Where only time tells that nothing more comes, each run takes as long as all others together. */
const waitsForLong = (event: HistoryEvent): boolean =>
  (event.type === 'quiescent' && event.silent === true) || (event.type === 'pending' && event.claims !== undefined)
