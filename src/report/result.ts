/** What a run of the suite gives, and reporters show: verdicts and histories, nothing of how they came about. */
import type { Counts, Verdict } from '../oracle/check.js'
import type { History } from '../history/event.js'
import type { Capability } from '../contract/capabilities.js'
import type { Gate } from '../schedule/gate.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Dialect } from '../dialects/dialect.js'
import type { KnownLoss } from '../subject/known-loss.js'
import type { Coverage } from './coverage.js'

export const CONTINUATIONS = ['idle', 'append', 'ahead', 'restart'] as const

/**
 * How a schedule may go on from one of its moments: everybody is left alone until they have come to rest (`idle`), and before that one
 * more entry is appended (`append`), the consumer goes on ahead of the others (`ahead`), or it starts again (`restart`).
 */
export type Continuation = (typeof CONTINUATIONS)[number]

export const MOMENT_KINDS = [
  'append',
  'later-append',
  'notification',
  'time-out',
  'fault',
  'removal',
  'disconnect',
  'status',
  'other-consumer',
  'own-move',
] as const

/**
 * What a step does, seen from a lost entry and its consumer: it appends the entry, or appends a later one; the channel is told; a read
 * times out; something fails; entries are removed; the connection is cut, or the client goes away; the status says done; another
 * consumer moves; or the consumer itself does.
 */
export type MomentKind = (typeof MOMENT_KINDS)[number]

/**
 * The point of no return of one loss: the first moment from which none of the continuations that were tried delivers the entry, while
 * from the one before one does, unless the entry was appended only here. Found by running the schedule up to there, and on.
 */
export interface NoReturn {
  /** The loss that it is the moment of, as its anomaly names it. */
  readonly value: string
  readonly consumer: number
  readonly session: number
  /** The step of the schedule, from 0; as many as it has where it came about after the last, while everything came to rest. */
  readonly step: number
  /** Where the step passes several gates: the one that it came about at. Missing where it passes one, or that could not be told. */
  readonly gate?: Gate
  readonly kind: MomentKind
  /** The place in the history of the event that made it so. */
  readonly at: number
  /** How many runs it took to find. */
  readonly runs: number
  /** What was tried from there, and does not deliver it. */
  readonly continuations: readonly Continuation[]
  /** What delivers it even from the end of the schedule: a later entry that wakes its consumer, a client that comes back with the last id it has. */
  readonly stillBy?: readonly Continuation[]
}

/**
 * One schedule on one subject, and what came of it: everything is of one run. Where a scenario fails, that is the run of the smallest
 * schedule that was found to fail in the same way.
 */
export interface CaseResult {
  readonly kind: 'scenario' | 'burst' | 'replay'
  /** The scenario's name; `bursts` for a generated one. */
  readonly name: string
  readonly summary?: string
  readonly rule?: string
  readonly race?: string
  readonly verdict: Verdict
  readonly schedule: Schedule
  readonly history: History
  readonly ms: number
  /**
   * How many steps the scenario has, of whose schedules that fail in the same way `schedule` is the smallest. Missing where none was looked
   * for: nothing is wrong, or it hangs, or it did not come out the same twice.
   */
  readonly wholeSteps?: number
  /** Only in reports from before `schedule` was the smallest: that one, beside the scenario's own. What is told is of `schedule`. */
  readonly smallest?: Schedule
  /** From where on its first loss could not be avoided any more. Told of one case for each kind of loss; missing where that cannot be told. */
  readonly noReturn?: NoReturn
  /** Of a burst: what finds it again. */
  readonly seed?: number
  readonly path?: string
  /** How many schedules were run until this one failed. */
  readonly foundAfter?: number
  /** Where it was saved, relative to the working directory. */
  readonly replayFile?: string
  /** Remarks: real time-outs waited for, connections left open … */
  readonly notes: readonly string[]
  /** All that is wrong with it is known and accepted for now: it is shown as ever, and does not fail the run. */
  readonly known?: true
}

/** The smallest first: by its steps, then by the entries that it adds, then by the steps of the scenario that it comes from. */
export function bySize(a: CaseResult, b: CaseResult): number {
  const sizesOf = ({ schedule: { steps }, wholeSteps = steps.length }: CaseResult) => [
    steps.length,
    steps.reduce((sum, step) => sum + ('append' in step ? step.append : 'poison' in step ? step.poison : 0), 0),
    wholeSteps,
  ]
  const others = sizesOf(b)
  return (
    sizesOf(a)
      .map((size, i) => size - others[i]!)
      .find((difference) => difference !== 0) ?? 0
  )
}

/**
 * Ways of finding schedules, in the order in which they are tried where no time is given. Bursts are two of them: those that begin anew
 * (`swarm`), and those that go on from where others have come (`greybox`).
 */
export const STRATEGIES = ['scenarios', 'swarm', 'greybox', 'exploration'] as const

export type StrategyName = (typeof STRATEGIES)[number]

/** A scenario that was not run, and what the subject would have to offer. */
export interface Skipped {
  readonly name: string
  readonly reason: string
}

export interface BurstsResult {
  readonly runs: number
  /** How many of them went on from where an earlier one had come. Missing in reports from before there were any. */
  readonly goneOn?: number
  readonly seed: number
  readonly counts: Counts
  /** What the run was given, in milliseconds, where these ended because that was over. Missing where a number ended them, or a failure. */
  readonly timeMs?: number
  /** Missing where no schedule failed. */
  readonly failure?: CaseResult
  readonly ms: number
}

/** What a subject can do beyond what is required of it. Never part of its result: what it declares is judged elsewhere. */
export interface ProbedCapability {
  readonly name: Capability
  readonly declared: boolean
  /** `unverified`: nothing of the kind could be shown, neither that it does nor that it does not. */
  readonly outcome: 'supported' | 'unsupported, confirmed' | 'unverified'
}

/** Every interleaving up to a bound. Whole numbers as text: they can be beyond what a JSON number holds. */
export interface ExplorationResult {
  readonly appends: number
  readonly cycles: number
  /** One of these was placed among the moves, too, at each place. */
  readonly faults?: readonly string[]
  readonly interleavings: string
  readonly covered: string
  readonly lost: string
  readonly schedules: number
  readonly counts: Counts
  /** The hash of its bound and gates. */
  readonly certificate: string
  /** The time of the run was over before all of it was run. */
  readonly stopped?: true
  /** It was run before the bursts, as it is where the run was given a time. */
  readonly beforeBursts?: true
  readonly failure?: CaseResult
  readonly ms: number
}

/** Relative to the working directory. */
export interface SourcePlace {
  readonly file: string
  /** From 1. */
  readonly line: number
}

export interface SubjectResult {
  readonly name: string
  /** Where it is implemented, or else declared. Missing where nobody said. */
  readonly source?: SourcePlace
  /** The loop that ran over the repository: the subject's own, or the reference one. */
  readonly consumer: string
  /** `redis 7.0.15 (private process)`. */
  readonly store: string
  /** What is spoken there: all that is said of the result is said in it. */
  readonly dialect: Dialect
  /** What cannot be known on that store whatever is run, in sentences. Missing where there is nothing of the kind. */
  readonly limits?: readonly string[]
  readonly scenarios: readonly CaseResult[]
  readonly skipped: readonly Skipped[]
  readonly bursts?: BurstsResult
  readonly exploration?: ExplorationResult
  /** Over its schedules with a verdict, but for those that make a failure small or explain it. Missing where there was none. */
  readonly coverage?: Coverage
  /** The command that runs this subject again, where that is not `tailrace run`: options go in front of `rest`. */
  readonly again?: { readonly command: string; readonly rest: string }
  /** Of those that the scenarios of this run try. */
  readonly capabilities?: readonly ProbedCapability[]
  /** Why it could not be run at all, or not to the end. */
  readonly error?: string
  readonly ms: number
}

/**
 * What became of a loss that is known: it `occurs`; it has `expired`, and occurs; it is `gone`, for what it names was run
 * and shows it no more; or what it names was `not-run`, or has shown nothing.
 */
export interface KnownOutcome {
  readonly loss: KnownLoss
  readonly outcome: 'occurs' | 'expired' | 'gone' | 'not-run'
}

export interface SuiteResult {
  readonly version: 1
  /** `2/4`, where it is a part of a run. */
  readonly shard?: string
  readonly tailrace: string
  readonly seed: number
  readonly subjects: readonly SubjectResult[]
  /** Missing where the configuration names none. */
  readonly known?: readonly KnownOutcome[]
  readonly ms: number
}

export type Result = Verdict['result']

/** `invalid` > `unknown` > `valid`; unknown where there is nothing. */
export function worst(results: readonly Result[]): Result {
  if (results.includes('invalid')) return 'invalid'
  return results.length === 0 || results.includes('unknown') ? 'unknown' : 'valid'
}

/** What was found, known or not. */
export const resultOf = (subject: SubjectResult): Result => judged(subject, ({ verdict }) => verdict.result)

/** What counts for the exit code: what is known counts as valid. */
export const gateOf = (subject: SubjectResult): Result => judged(subject, ({ verdict, known }) => (known ? 'valid' : verdict.result))

function judged({ scenarios, bursts, exploration, error }: SubjectResult, of: (result: CaseResult) => Result): Result {
  const results: Result[] = scenarios.map(of)
  // Bursts that owed nothing show nothing.
  if (bursts !== undefined) results.push(bursts.failure ? of(bursts.failure) : bursts.counts.owed > 0 ? 'valid' : 'unknown')
  if (exploration !== undefined) {
    const complete = exploration.covered === exploration.interleavings
    // Joined from shards it has a count of what was lost, and no case to show for it.
    const lost = exploration.lost === '0' ? undefined : 'invalid'
    const shown = complete && exploration.counts.owed > 0 ? 'valid' : 'unknown'
    results.push(exploration.failure ? of(exploration.failure) : (lost ?? shown))
  }
  if (error !== undefined) results.push('unknown')
  return worst(results)
}

/** Process exit codes. */
export const EXIT: Record<Result, 0 | 1 | 2> = { valid: 0, invalid: 1, unknown: 2 }

export const exitOf = ({ subjects }: SuiteResult): 0 | 1 | 2 => EXIT[worst(subjects.map(gateOf))]

/** Everything that was not found valid, in the order in which it was run. */
export const failuresOf = ({
  scenarios,
  bursts,
  exploration,
}: Pick<SubjectResult, 'scenarios' | 'bursts' | 'exploration'>): readonly CaseResult[] =>
  [
    ...scenarios,
    ...(exploration?.beforeBursts ? [exploration, bursts] : [bursts, exploration]).flatMap((part) => part?.failure ?? []),
  ].filter(({ verdict }) => verdict.result !== 'valid')
