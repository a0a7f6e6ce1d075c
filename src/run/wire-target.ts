/**
 * A program on the wire, as something to run. Only deliveries are judged: what reads and appends do is Redis's own doing
 * here.
 */
import { DELIVERY_KINDS, catalogue } from '../oracle/anomaly.js'
import { lackOf } from '../dialects/store.js'
import { excusedTexts } from '../report/advice.js'
import type { CaseResult, SubjectResult } from '../report/result.js'
import { MAY_WAKE, WAITS_FOR_MESSAGE } from '../stage/director.js'
import type { History } from '../history/event.js'
import { offers } from '../contract/capabilities.js'
import { type Alphabet, ON_SERVER, disturbancesOf } from '../search/alphabet.js'
import type { Gate } from '../schedule/gate.js'
import { type Scenario, needsOf } from '../schedule/scenario.js'
import { turnedTo } from '../schedule/schedule.js'
import type { ProbedSubject } from '../sources/wire/definition.js'
import { consumersOf } from '../sources/wire/program.js'
import type { WireInvocation } from '../sources/wire/invocation.js'
import type { SubjectDefinition } from '../subject/subject.js'
import type { WireSubject } from '../subject/wire-subject.js'
import { ACKNOWLEDGES_NOTHING, type Target, lackOfGates, lackOfNeeds } from './target.js'

export interface WireTargetOptions {
  /** The command that runs it again. */
  readonly again?: SubjectResult['again']
  /** Where the program was named on the command line: its replay files name it, too. */
  readonly invocation?: WireInvocation
}

export function wireTarget(wired: ProbedSubject, { again, invocation }: WireTargetOptions = {}): Target {
  const { definition, store, open, subject } = wired
  const consumers = consumersOf(subject)
  const { catchUpWithinMs } = subject
  return {
    definition,
    store,
    open,
    checks: checksOf(subject),
    ...(subject.delivery === 'at-most-once' ? { deliversAtMostOnce: true } : {}),
    ...(catchUpWithinMs === undefined ? {} : { catchUpWithinMs }),
    ...(subject.notify === undefined ? {} : { budget: budgetOf(catchUpWithinMs) }),
    silence: 'does it show each entry as it handles it (--deliveries says where), unchanged, and flush its output?',
    applies: (scenario, { run }) => {
      const gates = gatesToCome(run.history, subject.notify !== undefined)
      return lacking(wired, scenario) ?? lackOfNeeds(definition, scenario.needs) ?? lackOfGates(definition, scenario, gates)
    },
    saidNothing,
    variants: (schedule) =>
      consumers === 1 ? [schedule] : Array.from({ length: consumers }, (_, consumer) => turnedTo(schedule, consumer, consumers)),
    settled: (run) => knowingItsStreams(store, run),
    // Nothing tells when one that is told of entries has come to rest in the middle of a burst.
    alphabet: subject.notify === undefined ? alphabetOf(definition, consumers) : undefined,
    // More than is drawn: whether it goes on after a fault shows in the run, and scenarios remove entries, and lose answers of its publisher.
    takes: (alphabet = alphabetOf(definition, consumers)) => ({
      disturbances: disturbancesOf(
        { ...alphabet, retries: true, changes: true, appendsFail: subject.appendsThroughProbe === true },
        (step) => lackOf(store, step),
      ),
      wire: true,
    }),
    hasCapabilities: false,
    // A program may have to be started for each.
    replays: 6,
    saved: () => (invocation === undefined ? {} : { wire: invocation }),
    ...(again === undefined ? {} : { again }),
  }
}

/** A program is started for each schedule: who leaves it is not seen, and its publisher and its log are not under test. */
const alphabetOf = ({ capabilities }: SubjectDefinition, consumers: number): Alphabet => ({
  retries: offers(capabilities, 'retries'),
  // Not all ask for it, and who cannot begin may end.
  tails: false,
  resumes: false,
  leaves: false,
  others: false,
  changes: false,
  appendsFail: false,
  otherWriters: false,
  ids: false,
  alike: false,
  ends: false,
  consumers,
  ...ON_SERVER,
})

/**
 * What the appends are is the publisher's doing only where that is under test. A program may start with what is there: only of
 * one that is said to start at the tail is it a fault.
 */
const checksOf = (subject: WireSubject) => [
  ...DELIVERY_KINDS.filter(({ code }) => code !== 'replayed-history' || subject.startsAt === 'tail'),
  ...catalogue.filter(({ code }) => code === 'duplicate-append' && subject.appendsThroughProbe),
]

/** How long all failures of a listener together may take to be made small; and what a run takes, beside the wait for what is lost. */
const SMALL_MS = 60_000
const RUN_MS = 2500

/** Each run in which something is lost waits for it: nothing else tells. A few are always worth it. */
const budgetOf = (catchUpWithinMs = 0): number => Math.max(4, Math.floor(SMALL_MS / (RUN_MS + catchUpWithinMs)))

/**
 * One that is told of entries shows in a run that nothing disturbs what it is told, and not all that it would do. It waits for a
 * message as others do in a read.
 */
const GATES_OF_TOLD: readonly Gate[] = [
  'command-called',
  'command-returned',
  'read-called',
  'blocked',
  'read-returned',
  'notified',
  'delivered',
]

/** The survey ends when the last entry is delivered, and a member of a group acknowledges behind that. */
function gatesToCome(undisturbed: History, isTold: boolean): ReadonlySet<Gate> {
  const inGroup = undisturbed.some((event) => event.type === 'read-called' && event.cursor === '>')
  return new Set([
    ...undisturbed.map(({ type }) => type as Gate),
    ...(inGroup ? (['command-called', 'command-returned'] as const) : []),
    ...(isTold ? GATES_OF_TOLD : []),
  ])
}

/** Which of several streams is the topic shows when they are read together, and is not known before: it is run once more then. */
async function knowingItsStreams<T>(store: ProbedSubject['store'], run: () => Promise<T>): Promise<T> {
  const known = store.readsSeveral
  const result = await run()
  return store.readsSeveral === known ? result : run()
}

/** Whether it goes on after a fault shows in the run itself. */
function lacking({ store, subject }: ProbedSubject, scenario: Scenario): string | undefined {
  const needs = needsOf(scenario)
  if (needs.includes('fromBeginning') && subject.startsAt !== 'beginning')
    return 'nothing says that it starts with what is there (--from beginning, or startsAt)'
  if (needs.includes('severalStreams') && !store.readsSeveral) return 'it reads one stream at a time'
  if (needs.includes('appendsThroughProbe') && !subject.appendsThroughProbe)
    return 'its publisher is not behind the probe (appendsThroughProbe)'
  if (needs.includes('notifies') && subject.notify === undefined) return 'its publisher tells no channel (notify)'
  if (needs.includes('resumes')) return 'nobody hands a program behind the wire probe the id that its client comes back with'
  if (needs.includes('foreign')) return 'what a program behind the wire probe owes to whom is not known'
  return lackOfSteps(scenario)
}

/** Why a step says nothing over the wire. */
function lackOfSteps({ schedule: { steps } }: Scenario): string | undefined {
  if (steps.some((step) => 'finish' in step)) return 'a program behind the wire probe has no status to ask for (finish)'
  if (steps.some((step) => 'append' in step && step.equal)) return 'over the wire entries are told apart by what they hold (equal)'
  return undefined
}

/** Why the scenario says nothing about this program, as only the run shows. */
function saidNothing({ needs }: Scenario, { history, verdict }: CaseResult): string | undefined {
  if (verdict.result === 'unknown' && verdict.reasons.some((reason) => reason.endsWith(WAITS_FOR_MESSAGE)))
    return `it ${WAITS_FOR_MESSAGE} where the scenario goes on`
  if (verdict.result === 'unknown' && needs.includes('acknowledges') && !acknowledges(history)) return ACKNOWLEDGES_NOTHING
  const hangs = history.some(({ type }) => type === 'stalled') || verdict.reasons.some((reason) => reason.includes(MAY_WAKE))
  if (verdict.result === 'unknown' && verdict.counts.owed === 0 && !hangs)
    return verdict.excused === undefined
      ? 'the program has promised nothing yet where it appends'
      : excusedTexts([verdict.excused]).join('; ')
  const faulted = history.findIndex(({ type }) => type === 'disconnected' || type === 'wire-fault')
  if (faulted === -1) return undefined
  const closed = history.findIndex((event) => event.type === 'closed' && event.how !== 'aborted')
  return closed > faulted ? 'the program ends when its connection fails: whoever restarts it is not under test here' : undefined
}

const acknowledges = (history: History) =>
  history.some((event) => event.type === 'command-called' && event.does?.includes('acknowledge') === true)
