/**
 * The smallest schedule that shows the same thing: runs of single moves become one move to a named gate, steps are left
 * out, appends made smaller (to one, or by halving), and what a step says beside its kind is dropped, as long as it fails in the
 * same way. Greedy, and every candidate is run: nothing is guessed.
 */
import { type HistoryEvent, consumerOf } from '../history/event.js'
import { GATES, type Gate } from '../schedule/gate.js'
import { DEFAULT_READ, type Schedule, schedule } from '../schedule/schedule.js'
import { type AdvanceStep, type Step, consumerOf as takesPart } from '../schedule/step.js'
import { failureOf } from './failure.js'
import { type Judged, type Strategy, type Walk, strategy } from './strategy.js'

/** Candidates to try at most. */
const MAX_RUNS = 60

/** How many candidates all failures of a subject may take together, where each costs much. The next one takes half of what is left at most. */
export interface Budget {
  left: number
}

/** What a schedule says beside its steps. */
type Beside = Omit<Schedule, 'steps'>

/** Whether what was tried still shows the same. */
type Trying = Walk<boolean>

export interface Smallest {
  readonly schedule: Schedule
  readonly judged: Judged
}

export interface MinimiseOptions {
  /** Default: as many runs as it takes. */
  readonly budget?: Budget | undefined
  /** What a smaller schedule must have in common with this one, to fail in the same way. Default: its first anomaly. */
  readonly sameAs?: (judged: Judged) => string
}

/** @param failing what came of `schedule`. The report is the smallest so far. */
export function minimise(
  failing: Judged,
  schedule: Schedule,
  { budget = { left: Number.POSITIVE_INFINITY }, sameAs = failureOf }: MinimiseOptions = {},
): Strategy<Smallest> {
  const wanted = sameAs(failing)
  let best: Smallest = { schedule, judged: failing }
  let runs = 0
  const most = Math.min(MAX_RUNS, Math.ceil(budget.left / 2))
  /** Different ways lead to the same candidate. */
  const tried = new Set([JSON.stringify(schedule)])
  /** How many entries one append needs more of, by the steps around it. */
  const tooFew = new Map<string, number>()
  return strategy(walk(), () => best)

  function* walk(): Walk {
    yield* acceptFollowed(schedule.steps, failing)
    yield* accept(named(best.schedule.steps, best.judged.run.history))
    yield* plainerBeside(() => best.schedule, accept)
    for (let size = largestPart(best.schedule.steps.length); size > 1; size >>= 1) yield* withoutParts(size)
    for (let progress = true; progress && runs < most; ) {
      progress = yield* withoutParts(1)
      if (yield* withPlainerSteps()) progress = true
    }
    yield* plainerBeside(() => best.schedule, accept)
  }

  function* accept(steps: readonly Step[], beside: Beside = best.schedule): Trying {
    const candidate = { ...beside, steps }
    const key = JSON.stringify(candidate)
    if (runs >= most || tried.has(key)) return false
    tried.add(key)
    runs++
    budget.left--
    const judged = yield { schedule: candidate, aside: true }
    if (judged.run.ending.kind === 'broken' || sameAs(judged) !== wanted) return false
    if (judged.run.ending.kind === 'diverged') return yield* acceptFollowed(steps, judged, beside)
    best = { schedule: candidate, judged }
    return true
  }

  /** The steps that could be followed: those behind the end of a consumer have no part in what they show. */
  function* acceptFollowed(steps: readonly Step[], { run: { ending } }: Judged, beside?: Beside): Trying {
    const followed = ending.kind === 'diverged' ? ending.step - 1 : steps.length
    return followed > 0 && followed < steps.length && (yield* accept(steps.slice(0, followed), beside))
  }

  /** Leaves out so many steps in a row, from the end on: true where that could be done anywhere. */
  function* withoutParts(size: number): Trying {
    let progress = false
    for (let end = best.schedule.steps.length; end >= size && best.schedule.steps.length > size && runs < most; ) {
      if (yield* accept(best.schedule.steps.toSpliced(end - size, size))) progress = true
      end = Math.min(end - size, best.schedule.steps.length)
    }
    return progress
  }

  /** With smaller appends, and without what steps say beside their kind. */
  function* withPlainerSteps(): Trying {
    const before = best
    for (let i = best.schedule.steps.length - 1; i >= 0; i--) {
      const step = best.schedule.steps[i]
      if (step === undefined) continue
      if ('append' in step && step.ids === undefined) {
        const others = JSON.stringify(best.schedule.steps.toSpliced(i, 1, { ...step, append: 0 }))
        tooFew.set(others, yield* least(tooFew.get(others) ?? 0, step.append, (append) => withStep(i, { ...step, append })))
      }
      const left = best.schedule.steps[i]
      for (const plainer of left === undefined ? [] : plainerThan(left)) if (yield* withStep(i, plainer)) break
    }
    return best !== before
  }

  /** Another one in the place of this step, which may have been cut off. */
  function* withStep(at: number, step: Step): Trying {
    const { steps } = best.schedule
    return at < steps.length && (yield* accept(steps.toSpliced(at, 1, step)))
  }
}

/**
 * Halves towards the least below `high` that is enough, one first: that is enough most often. Fewer may be enough where more are not, so it
 * need not be the least of all.
 * @param low known to be too few. Returns what is then.
 */
function* least(low: number, high: number, isEnough: (count: number) => Trying): Walk<number> {
  while (low + 1 < high) {
    const middle = low === 0 ? 1 : (low + high) >> 1
    if (yield* isEnough(middle)) high = middle
    else low = middle
  }
  return low
}

/** The same step with less, the least first. */
function plainerThan(step: Step): readonly Step[] {
  if ('append' in step) {
    const { payloads, ...bare } = step
    const { writer, ...own } = step
    return [...(payloads === undefined ? [] : [bare]), ...(writer === undefined ? [] : [own])]
  }
  if ('fail' in step)
    return step.times > 1
      ? [
          { ...step, times: 1 },
          { ...step, times: step.times >> 1 },
          { ...step, times: step.times - 1 },
        ]
      : []
  if ('poison' in step) return step.poison > 1 ? [{ poison: 1 }] : []
  if ('disconnect' in step) return step.with === undefined ? [] : [{ disconnect: step.disconnect }]
  if ('restart' in step) {
    const { back, ...last } = step
    return back === undefined ? [] : back > 1 ? [last, { ...last, back: 1 }] : [last]
  }
  if (!('advance' in step) || step.held === undefined) return []
  const { held, ...plain } = step
  return held > 1 ? [plain, { ...plain, held: 1 }] : [plain]
}

/** Without the consumers that have no part in it, and with the usual reads. */
function* plainerBeside(best: () => Schedule, accept: (steps: readonly Step[], beside: Beside) => Trying): Walk {
  for (let fewer = withoutLast(best()); fewer !== undefined; fewer = withoutLast(best())) if (!(yield* accept(fewer.steps, fewer))) break
  yield* accept(best().steps, { ...best(), read: DEFAULT_READ })
}

/** The same without its last consumer; undefined where there is one alone. */
function withoutLast({ consumers = 1, steps, read }: Schedule): Schedule | undefined {
  if (consumers === 1) return undefined
  const ofOthers = steps.filter((step) => takesPart(step) !== consumers - 1)
  return schedule(ofOthers, { read, consumers: consumers - 1 })
}

/** The largest power of two that is at most a third of them. */
const largestPart = (steps: number): number => 2 ** Math.floor(Math.log2(Math.max(1, steps / 3)))

/** Runs of single moves of one consumer as moves to the gate that the run came to, as often as it passed there. */
function named(steps: readonly Step[], history: readonly HistoryEvent[]): Step[] {
  const gates = gatesOf(history)
  const out: Step[] = []
  let run: AdvanceStep[] = []
  const close = () => {
    const last = run.at(-1)
    // One move to a gate ends where the consumer first comes there: to come there for the third time takes three.
    if (last !== undefined) out.push(...run.filter(({ to, outcome }) => to === last.to && outcome === last.outcome))
    run = []
  }
  for (const [index, step] of steps.entries()) {
    const gate = 'advance' in step && step.to === undefined ? withHeld(gates.get(index)?.get(step.advance), step) : undefined
    if (gate === undefined || gate.advance !== run[0]?.advance || gate.held !== run[0]?.held) close()
    if (gate === undefined) out.push(step)
    else run.push(gate)
  }
  close()
  return out
}

/** What one move keeps back, all of them do. */
const withHeld = (gate: AdvanceStep | undefined, { held }: AdvanceStep): AdvanceStep | undefined =>
  gate === undefined || held === undefined ? gate : { ...gate, held }

/** The gate that each step brought each consumer to, if any. */
function gatesOf(history: readonly HistoryEvent[]): ReadonlyMap<number, ReadonlyMap<number, AdvanceStep>> {
  const gates = new Map<number, Map<number, AdvanceStep>>()
  let current = new Map<number, AdvanceStep>()
  for (const event of history) {
    if (event.type === 'drain') break
    if (event.type === 'step') gates.set(event.index, (current = new Map()))
    const consumer = consumerOf(event)
    if (consumer === undefined || !isGate(event.type)) continue
    const outcome = event.type === 'read-returned' ? { outcome: event.outcome } : {}
    current.set(consumer, { advance: consumer, to: event.type, ...outcome })
  }
  return gates
}

const isGate = (type: string): type is Gate => (GATES as readonly string[]).includes(type)
