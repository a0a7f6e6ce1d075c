/**
 * What is run, opened: a repository with its consumer here, a program on the wire in wire-target.ts. Both go through the same
 * pipeline (run-target.ts), and all that differs between them is said by these members.
 */
import { CAPABILITY_NAMES, type Capabilities, isCapability, isToldByFrame, lackOf, offers } from '../contract/capabilities.js'
import type { AnomalyKind } from '../oracle/anomaly.js'
import { endedOnFault } from '../oracle/analysis.js'
import { memoryStore } from '../dialects/memory/memory-store.js'
import type { Dialect } from '../dialects/dialect.js'
import { type Store, lackOf as lackOfStep } from '../dialects/store.js'
import { InMemoryStreamRepository } from '../model/in-memory-repository.js'
import type { Takes } from '../report/coverage.js'
import type { CaseResult, SubjectResult } from '../report/result.js'
import type { Gate } from '../schedule/gate.js'
import { type Need, type Scenario, describeStep, isForWire, needsOf } from '../schedule/scenario.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Predicates } from '../search/scenarios.js'
import { type Judge, type Judged, gatesOf } from '../search/strategy.js'
import { type Alphabet, ON_SERVER, disturbancesOf } from '../search/alphabet.js'
import type { SubjectDefinition } from '../subject/subject.js'
import type { Replay } from './replay-file.js'
import { type RunnerOptions, Runner } from './runner.js'

export interface Target {
  readonly definition: SubjectDefinition
  readonly store: Store
  /** How it is opened. Default: its repository, on the store. */
  readonly open?: RunnerOptions['open']
  /** What its histories are judged by. Default: all that there is. */
  readonly checks?: readonly AnomalyKind[]
  /** It is declared to lose what it does not hear of. */
  readonly deliversAtMostOnce?: true
  /** How long its own timers take to get back what it has missed, in milliseconds. Missing where nobody knows, or all of them are seen. */
  readonly catchUpWithinMs?: number
  /** How many schedules may be run to make its failures small, all of them together. Default: as many as it takes. */
  readonly budget?: number
  /** What to ask of one that hands nothing out. */
  readonly silence: string
  /** Functions that it declares, and that would hide what is wrong if they never came true, by what they tell. */
  readonly predicates?: Predicates
  /**
   * Why a scenario would say nothing about it, by what it declares and by what it did undisturbed; undefined where it would.
   * @param asIf capabilities to try beside those that it declares.
   */
  applies(scenario: Scenario, undisturbed: Judged, asIf?: Capabilities): string | undefined
  /** Why a scenario has said nothing after all; undefined where it has. */
  saidNothing(scenario: Scenario, result: CaseResult): string | undefined
  /** The same schedule for each of its consumers, where one program holds several. */
  variants(schedule: Schedule): readonly Schedule[]
  /** It may come to know more of itself as it runs, and then has to be run once more. Default: nothing does. */
  settled?<T>(run: () => Promise<T>): Promise<T>
  /** What may happen to it in generated schedules; undefined where they, and explorations, cannot be followed on it. */
  readonly alphabet: Alphabet | undefined
  /** What can come in between on it, and where. @param alphabet its own, or what is known of that by now. */
  takes(alphabet: Alphabet | undefined): Takes
  /** Whether there is any sense in trying capabilities that it does not declare. */
  readonly hasCapabilities: boolean
  /** So many runs are always worth it to find the moments from which on losses could not be avoided any more. */
  readonly replays: number
  /** The same consumer over the model, where bursts cost next to nothing. Missing where it runs there already, or cannot. */
  onModel?(): Target
  /** What a replay file needs to find it again, beside its name. */
  saved(caseName: string, scenarios: readonly Scenario[]): Pick<Replay, 'consumer' | 'wire'>
  /** The command that runs it again, where that is not `tailrace run`. */
  readonly again?: SubjectResult['again']
}

export const runnerOf = (
  { definition, store, open, checks, deliversAtMostOnce, catchUpWithinMs }: Target,
  options: RunnerOptions = {},
): Runner =>
  new Runner(definition, store, {
    open,
    ...(checks === undefined ? {} : { checks }),
    ...(deliversAtMostOnce ? { delivery: 'at-most-once' } : {}),
    ...(catchUpWithinMs === undefined ? {} : { catchUpWithinMs }),
    ...options,
  })

/** Runs what strategies ask for. */
export const judgeOf =
  (runner: Runner): Judge =>
  async ({ schedule, afresh, ...how }) => {
    if (afresh) await runner.close()
    return runner.judge(schedule, how)
  }

export function repositoryTarget(definition: SubjectDefinition, store: Store): Target {
  return {
    definition,
    store,
    silence: 'is entryOf right?',
    predicates: predicatesOf(definition),
    applies: (scenario, { run }, asIf = {}) => {
      const declared = { ...definition, capabilities: { ...definition.capabilities, ...asIf } }
      const reason = lackOfIds(store.dialect, scenario) ?? lackOfStore(store, scenario) ?? notApplicable(declared, scenario, gatesOf(run))
      return reason && (run.blind ?? reason)
    },
    saidNothing: (scenario, result) =>
      gaveUpInTime(result) ?? hadNoId(result) ?? asksForNothing(result) ?? hearsItselfOnly(scenario, result),
    variants: (schedule) => [schedule],
    alphabet: alphabetOf(definition, store),
    takes: (alphabet = alphabetOf(definition, store)) => ({
      disturbances: disturbancesOf(alphabet, (step) => lackOfStep(store, step)),
      wire: false,
    }),
    hasCapabilities: true,
    replays: 16,
    ...(definition.consume === undefined || store.virtual ? {} : { onModel: () => modelTarget(definition) }),
    // A consumer of the subject's own runs in every scenario.
    saved: (caseName, scenarios) => {
      const consumer = definition.consume === undefined ? scenarios.find(({ name }) => name === caseName)?.consumer : undefined
      return consumer === undefined ? {} : { consumer }
    },
  }
}

function alphabetOf({ capabilities, consume, owes, foreign }: SubjectDefinition, { virtual, dialect }: Store): Alphabet {
  const has = (name: keyof Capabilities) => lackOf(name, capabilities, consume !== undefined) === undefined
  const others = owes !== undefined && foreign !== undefined
  return {
    retries: has('retries'),
    tails: has('retries'),
    resumes: has('resumes'),
    leaves: true,
    others,
    changes: true,
    appendsFail: true,
    otherWriters: has('otherWriters'),
    // Chosen ones are appended past the adapter, too.
    ids: dialect.chosenIds !== undefined && has('otherWriters'),
    alike: true,
    ends: offers(capabilities, 'endsOnStatus') && (offers(capabilities, 'removesTopic') ? 'among others' : 'alone'),
    ...(virtual ? {} : ON_SERVER),
  }
}

/** A capability that is told by a frame asks for the frame itself. */
function predicatesOf({ consume, isAnnouncement, isTruncation, resumeIdOf, capabilities }: SubjectDefinition): Predicates {
  if (consume === undefined) return {}
  const isJudged = CAPABILITY_NAMES.some((name) => isToldByFrame(name) && offers(capabilities, name))
  return {
    ...(isAnnouncement === undefined ? {} : { announced: 'isAnnouncement' }),
    ...(isTruncation === undefined || isJudged ? {} : { signalled: 'isTruncation' }),
    ...(resumeIdOf === undefined || !offers(capabilities, 'resumes') ? {} : { session: 'resumeIdOf' }),
  }
}

/** Why a store cannot follow it, whatever the subject does. */
function lackOfStore(store: Store, { schedule }: Scenario): string | undefined {
  for (const step of schedule.steps) {
    const lack = lackOfStep(store, step)
    if (lack !== undefined) return lack
  }
  return undefined
}

const modelTarget = (definition: SubjectDefinition): Target =>
  repositoryTarget(
    {
      ...definition,
      store: 'memory',
      open: ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null }),
      consume: definition.consume!.bind(definition),
    },
    memoryStore(),
  )

/** Why a subject does not have what is no capability: it shows in what else it declares. Whether it has the other needs shows in the run. */
const LACKS: Partial<Record<Need, (subject: SubjectDefinition) => string | undefined>> = {
  announcement: ({ consume, isAnnouncement }) =>
    consume !== undefined && isAnnouncement === undefined ? 'its consumer announces nothing (isAnnouncement)' : undefined,
  foreign: ({ owes, foreign }) =>
    owes === undefined || foreign === undefined ? 'it does not say which entries are for others (owes, foreign)' : undefined,
  tellsGaps: ({ isTruncation }) =>
    isTruncation === undefined ? 'it has no frame that tells its client of a gap, or of a topic made anew (isTruncation)' : undefined,
  fromBeginning: ({ startsAt }) => (startsAt === 'beginning' ? undefined : 'it starts at the tail (startsAt)'),
}

/**
 * Why this scenario would say nothing about a repository and its consumer; undefined where it would.
 * @param gates those that its consumer comes to, once that is known.
 */
export const notApplicable = (definition: SubjectDefinition, scenario: Scenario, gates?: ReadonlySet<Gate>): string | undefined =>
  lackOfProbe(scenario) ?? lackOfNeeds(definition, needsOf(scenario)) ?? lackOfGates(definition, scenario, gates)

/** Needs that only a program behind the wire probe has. */
const OF_WIRE: readonly Need[] = ['givesUp', 'severalStreams', 'appendsThroughProbe', 'notifies']

function lackOfProbe(scenario: Scenario): string | undefined {
  const step = scenario.schedule.steps.find(isForWire)
  if (step !== undefined) return `only behind the wire probe can this be done: ${describeStep(step)} (npx tailrace wire)`
  const need = needsOf(scenario).find((each) => OF_WIRE.includes(each))
  return need === undefined ? undefined : `it is for programs behind the wire probe (needs ${need}; npx tailrace wire)`
}

/** Why the subject does not have one of these. */
export function lackOfNeeds(definition: SubjectDefinition, needs: readonly Need[]): string | undefined {
  const own = definition.consume !== undefined
  for (const need of needs) {
    const lack = isCapability(need) ? lackOf(need, definition.capabilities, own) : LACKS[need]?.(definition)
    if (lack !== undefined) return lack
  }
  return undefined
}

/** Why its consumer does not come to where the scenario leads it. */
export function lackOfGates({ consume }: SubjectDefinition, scenario: Scenario, gates: ReadonlySet<Gate> | undefined): string | undefined {
  if (gates === undefined) return undefined
  if (scenario.needs.includes('acknowledges') && !gates.has('command-returned')) return ACKNOWLEDGES_NOTHING
  if (consume === undefined && scenario.consumer !== 'snapshot-cursor') return undefined
  for (const step of scenario.schedule.steps) {
    if ('advance' in step && step.to !== undefined && !gates.has(step.to)) return `its consumer never comes to the gate ${step.to}`
  }
  return undefined
}

export const ACKNOWLEDGES_NOTHING = 'it acknowledges nothing (XACK)'

/** Why the ids that a scenario chooses cannot be had on the store; undefined where they can, or it chooses none. */
function lackOfIds({ ids, chosenIds }: Dialect, { schedule }: Scenario): string | undefined {
  const chosen = schedule.steps.flatMap((step) => ('append' in step ? (step.ids ?? []) : []))
  if (chosen.length === 0) return undefined
  if (chosenIds === undefined) return 'its store gives ids of its own'
  return chosen.every(ids.isId) ? undefined : 'it chooses ids that its store does not have'
}

/** It let its caller know of the injected fault before it had promised anything: nothing was tried, and nothing is wrong. */
function gaveUpInTime({ history }: CaseResult): string | undefined {
  const closed = history.findIndex((event) => event.type === 'closed' && endedOnFault(event))
  const promised = history.findIndex((event) => event.type === 'announced' || (event.type === 'tail-returned' && event.error === undefined))
  if (closed === -1 || (promised !== -1 && promised < closed)) return undefined
  return 'its consumer passes the error on to its caller before it has promised anything'
}

/** Its client came back without an id, and nothing says that a client of it would: it may keep its place somewhere else. */
function hadNoId({ schedule, history, verdict }: CaseResult): string | undefined {
  if (verdict.result === 'invalid') return undefined
  const sessions = new Map<number, number>()
  /** Those that were to begin with the last id, as the history tells of them. */
  const returned = schedule.steps.flatMap((step) => {
    if (!('restart' in step)) return []
    const session = (sessions.get(step.restart) ?? 0) + 1
    sessions.set(step.restart, session)
    return step.from === 'last-id' ? `${step.restart}/${session}` : []
  })
  const isAnew = history.some(
    (event) =>
      event.type === 'session' &&
      event.start === 'tail' &&
      event.returns === undefined &&
      returned.includes(`${event.consumer}/${event.session}`),
  )
  return isAnew ? 'no frame that its client had been handed has an id to come back with (resumeIdOf says which ids frames have)' : undefined
}

/** Another consumer reads for it: to where the schedule wants it, it never comes. */
function asksForNothing({ schedule, history, verdict }: CaseResult): string | undefined {
  if (verdict.result !== 'unknown') return undefined
  const wanted = schedule.steps.find(
    (step) =>
      'advance' in step &&
      step.to?.startsWith('read-') === true &&
      history.some((event) => event.type === 'announced' && event.consumer === step.advance) &&
      !history.some((event) => (event.type === 'read-called' || event.type === 'closed') && event.consumer === step.advance),
  )
  return wanted && 'its consumers share a reader: one of those that are to read asks for nothing itself'
}

/** What another process appends does not reach its consumers at all: it may be made for one that appends all by itself. */
function hearsItselfOnly({ needs }: Scenario, { schedule, verdict }: CaseResult): string | undefined {
  const last = schedule.steps.at(-1)
  if (!needs.includes('otherWriters') || last === undefined || !('append' in last) || last.writer === undefined) return undefined
  const entries = schedule.steps.reduce((sum, step) => sum + ('append' in step ? step.append : 0), 0)
  const isLost = verdict.anomalies.some(({ value }) => value === `s${entries}`)
  return isLost ? 'what another process appends does not reach its consumers at all' : undefined
}
