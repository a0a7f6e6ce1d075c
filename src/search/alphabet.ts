/** What generated schedules are made of, beside the moves of consumers: what may come in between, how often, and where. */
import type { Json } from '../contract/stream-repository.js'
import { type Random, integer, oneOf, weighted } from '../random/seeded.js'
import type { Disturbance } from '../report/coverage.js'
import {
  type Step,
  abort,
  append,
  disconnect,
  drop,
  elsewhere,
  fail,
  finish,
  leave as leaveInFrame,
  poison,
  remove,
  restart,
  trim,
} from '../schedule/step.js'
import type { ReadOutcome } from '../schedule/gate.js'
import type { Scene, Standing } from '../stage/chooser.js'

/** What may happen to a subject beside moves and appends. Those who learn more of it change theirs. */
export interface Alphabet {
  /** Reads fail, and connections are cut: for one that goes on after that. */
  retries: boolean
  /** Questions for the tail fail, before anything is promised. */
  tails: boolean
  /** A client that comes back does so with its last id. */
  resumes: boolean
  /** Clients leave, and come back or are followed by new ones. */
  leaves: boolean
  /** Entries of others are appended, too. */
  others: boolean
  /** Entries are removed, and some do not decode. */
  changes: boolean
  /** Appends fail, above the adapter or below it. */
  appendsFail: boolean
  /** Another process appends to the same topic. */
  otherWriters: boolean
  /** Entries may come under ids that the schedule chooses. */
  ids: boolean
  /** Several entries may hold the same. */
  alike: boolean
  /** The consumer ends once nothing more will come, and is told so; where it may remove its topic for all then, only if it is alone. */
  ends: false | 'alone' | 'among others'
  /** Consumers that take part: so many, or one to three as drawn. */
  consumers?: number
  /** Entries that come at once, at most. Default: as many as drawn. */
  largest?: number
  /** Empty reads in a row that something is to come behind, at most. Default: as many as drawn. */
  quietest?: number
}

/**
 * On a server each entry is a round trip, and each empty read is several: bursts with hundreds of entries or twenty reads took more time than
 * all the others. Scenarios try as many there, and so do bursts on the model.
 */
export const ON_SERVER = { largest: 65, quietest: 6 } satisfies Partial<Alphabet>

/** All that happens to a consumer of a repository, but for entries of others. */
export const EVERYTHING: Alphabet = {
  retries: true,
  tails: true,
  resumes: true,
  leaves: true,
  others: false,
  changes: true,
  appendsFail: true,
  otherWriters: true,
  ids: true,
  alike: true,
  ends: false,
}

/**
 * What can come in between on a subject with this alphabet, whether it is drawn or written by hand.
 * @param lacks why its store cannot follow a step.
 */
export function disturbancesOf(alphabet: Alphabet, lacks: (step: Step) => string | undefined): ReadonlySet<Disturbance> {
  const { retries, leaves, others, changes, appendsFail, otherWriters, ends } = alphabet
  const can = (step: Step) => lacks(step) === undefined
  const all: Readonly<Record<Disturbance, boolean>> = {
    append: true,
    'other-writer': otherWriters && can(append(1, { writer: 'another' })),
    foreign: others,
    'failing-append': appendsFail,
    poison: changes && can(poison(1)),
    removal: changes && [remove(1), trim(0), drop()].some(can),
    elsewhere: can(elsewhere(1)),
    'failing-tail': retries,
    'failing-read': retries,
    cut: retries && can(disconnect()),
    'time-out': true,
    leaving: leaves,
    returning: leaves,
    finish: ends !== false,
  }
  return new Set((Object.keys(all) as (keyof typeof all)[]).filter((name) => all[name]))
}

/**
 * What an exploration places among the moves of one consumer, one at a time.
 * @param lacks why its store cannot follow a step.
 */
export function faultsOf(
  { retries, tails, leaves, resumes }: Alphabet,
  lacks: (step: Step) => string | undefined,
): readonly { readonly name: Disturbance; readonly steps: readonly Step[] }[] {
  const all = [
    { can: retries, name: 'failing-read', steps: [fail('read')] },
    { can: tails, name: 'failing-tail', steps: [fail('tail')] },
    { can: retries, name: 'cut', steps: [disconnect(0, { with: 0 })] },
    { can: leaves && resumes, name: 'returning', steps: [abort(), restart('last-id')] },
    { can: leaves, name: 'leaving', steps: [abort(), restart('tail')] },
  ] as const
  return all.flatMap(({ can, name, steps }) => (can && steps.every((step) => lacks(step) === undefined) ? [{ name, steps }] : []))
}

/** What a walk has drawn, and what has come of it. */
export interface Drawing {
  readonly random: Random
  readonly payload: (random: Random) => Json
  readonly alphabet: Alphabet
  /** What a read returns at most. */
  readonly count: number
  readonly consumers: number
  /** Entries so far. */
  appended: number
  /** Somebody is owed one of them. */
  owed: boolean
  /** Nothing more will be appended. */
  finished: boolean
  /** The last id of a topic whose ids have all been chosen; undefined where none are. */
  chosen: readonly [ms: bigint, sequence: bigint] | undefined
  /** A large append is still to come, once. */
  large: boolean
  /** Those whose client has left, and has not come back. */
  readonly away: Set<number>
}

/** Is a consumer there? */
export type Place = (consumer: Standing) => boolean

interface LetterOptions {
  readonly weight: number
  /** It is in every walk. */
  readonly always?: true
  /** It may also come when nothing will be appended any more. */
  readonly late?: true
  /** Default: at any time. */
  readonly can?: (scene: Scene, drawing: Drawing) => boolean
  /** It can be done only there, and a consumer is led there first. Default: to any place, or to none. */
  readonly at?: Place
}

/** Something that may come in between: steps, or a way that a consumer is led. */
export type Letter = LetterOptions &
  (
    | { readonly steps: (drawing: Drawing, scene: Scene) => readonly Step[] | undefined }
    | { readonly through: (drawing: Drawing, scene: Scene) => Through | undefined }
  )

/** A way that a consumer is led. */
interface Through {
  readonly steps?: readonly Step[]
  /** Who is led. Default: the first that can move. */
  readonly consumer?: number
  readonly until: Place
  /** Moves, at most. */
  readonly left: number
  /** What is done there. */
  readonly there?: Letter
}

export const isOpen: Place = ({ state }) => state !== 'closed'
/** Can a step of its own take it anywhere? */
export const moves: Place = (consumer) => isOpen(consumer) && !consumer.waitsForEver && consumer.state !== 'waiting'
/** This session has promised delivery, or goes on where an earlier one had: whose client brings no id may never have heard of that. */
export const isPromising: Place = (consumer) => {
  const { at, promised, promisedItself, start } = consumer
  return isOpen(consumer) && (promisedItself || (promised && start.start === 'id')) && at !== undefined && !at.type.startsWith('tail-')
}
const isBlocked: Place = ({ state }) => state === 'blocked'

/** Where something is most often forgotten. */
export const PLACES: readonly Place[] = [
  isPromising,
  isBlocked,
  ({ at }) => at?.type === 'delivered',
  ({ at }) => at?.type === 'read-returned',
  ({ at }) => at?.type === 'read-called',
]

/** What one that has come back goes through. */
const ON_THE_WAY: readonly Place[] = [
  ({ at }) => at?.type === 'tail-returned' || at?.type === 'read-called',
  ({ at }) => at?.type === 'read-called',
  ({ at }) => at?.type === 'read-returned',
  ({ at }) => at?.type === 'delivered' || at?.type === 'announced',
  isBlocked,
]

/** Sizes of appends, against what one read returns: the usual ones. */
const SIZES: readonly { readonly weight: number; readonly of: (count: number) => number }[] = [
  { weight: 12, of: () => 1 },
  { weight: 3, of: () => 2 },
  { weight: 3, of: (count) => count },
  { weight: 3, of: (count) => count + 1 },
  { weight: 2, of: (count) => 2 * count + 1 },
]
/** Thresholds that buffers, rings and pages mostly have, and one more. The larger the rarer: each entry takes its time. */
const LARGE: readonly { readonly weight: number; readonly size: number }[] = [
  { weight: 8, size: 17 },
  { weight: 5, size: 65 },
  { weight: 3, size: 257 },
  { weight: 1, size: 1025 },
]
/** Moves of one consumer behind the last entry. */
const READ_ON = [0, 0, 2, 5, 10, 20, 40]
/** Empty reads in a row. */
const QUIET = [2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 10, 12, 20]
/** Entries that hold the same, or whose ids are chosen, at most: more of them show nothing new. */
const MOST_ALIKE = 20
const MOST_CHOSEN = 12
/** Who is stuck at entries that do not decode reads them again and again, a thousand times until that is noticed. */
const MOST_POISON = 30
/** Faults in a row. */
const TIMES = [1, 1, 2, 3, 4, 5, 8]

function size(drawing: Drawing): number {
  const { random } = drawing
  if (drawing.large && random() < 0.5) {
    drawing.large = false
    return Math.min(weighted(random, LARGE)!.size, drawing.alphabet.largest ?? Number.POSITIVE_INFINITY)
  }
  return small(drawing)
}

const small = ({ random, count, alphabet: { largest = Number.POSITIVE_INFINITY } }: Drawing): number =>
  Math.min(weighted(random, SIZES)!.of(count), largest)

/** What has happened before anybody comes. */
export const prologues = ({ random, alphabet: { tails, otherWriters } }: Drawing): readonly { weight: number; steps: Step[] }[] => [
  { weight: 8, steps: [] },
  { weight: 1, steps: [append(1 + integer(random, 3))] },
  ...(tails ? [{ weight: 1, steps: [fail('tail', { times: oneOf(random, TIMES) })] }] : []),
  ...(otherWriters ? [{ weight: 1, steps: [append(1), append(1, { writer: 'another' })] }] : []),
]

/** Those that a subject takes. */
export function lettersOf({ retries, tails, leaves, others, changes, appendsFail, otherWriters, ends }: Alphabet): readonly Letter[] {
  return [
    { weight: 6, always: true, steps: appends },
    { weight: 3, through: quiet },
    ...(retries ? FAULTS : []),
    ...(tails ? [FAILING_TAIL] : []),
    ...(leaves ? CLIENTS : []),
    ...(changes ? CHANGES : []),
    ...(appendsFail ? [{ weight: 4, steps: failingAppend }] : []),
    ...(otherWriters ? [{ weight: 3, steps: (drawing: Drawing) => [append(small(drawing), { writer: 'another' })] }] : []),
    ...(others ? [{ weight: 5, steps: (drawing: Drawing) => [append(size(drawing), { foreign: true })] }] : []),
    ...(ends === false ? [] : [FINISH]),
    { weight: 1, steps: ({ random }) => [elsewhere(1 + integer(random, 2))] },
  ]
}

const FAILING_TAIL: Letter = {
  weight: 3,
  at: ({ at }) => at?.type === 'tail-called',
  steps: ({ random }) => [fail('tail', { times: oneOf(random, TIMES) })],
}

/** Then some consumer may read on to its end, before the others do or come back. */
const FINISH: Letter = {
  weight: 5,
  always: true,
  can: (_scene, { owed, consumers, alphabet }) => owed && (consumers === 1 || alphabet.ends === 'among others'),
  through: ({ random }) => ({ steps: [finish()], until: () => false, left: oneOf(random, READ_ON) }),
}

const FAULTS: readonly Letter[] = [
  { weight: 2, steps: failingRead },
  { weight: 2, through: failures },
  { weight: 3, at: isBlocked, steps: cut },
  { weight: 2, at: isBlocked, through: cuts },
]

const CLIENTS: readonly Letter[] = [
  { weight: 5, late: true, can: ({ consumers }) => consumers.some(isThere), steps: goAway },
  { weight: 5, can: ({ consumers }) => consumers.some(isThere), steps: awayMeanwhile },
  { weight: 3, can: ({ consumers }) => consumers.some(isThere), through: flaps },
  // Who has left comes back sooner or later.
  { weight: 15, always: true, late: true, can: (_scene, { away }) => away.size > 0, steps: comeBack },
]

const CHANGES: readonly Letter[] = [
  { weight: 4, steps: poisons },
  { weight: 3, can: (_scene, { appended }) => appended > 0, steps: removes },
]

function appends(drawing: Drawing): readonly Step[] {
  const { random, payload, consumers, alphabet } = drawing
  const count = size(drawing)
  if (drawing.chosen !== undefined) return [entries(drawing, count)]
  return [
    append(count, {
      ...(random() < 0.3 ? { payloads: [payload(random)] } : {}),
      ...(count > 1 && random() < 0.1 ? { together: true } : {}),
      // Where frames have no ids, nobody can tell which of several consumers has had which of them.
      ...(count > 1 && count <= MOST_ALIKE && alphabet.alike && consumers === 1 && random() < 0.1 ? { equal: true } : {}),
    }),
  ]
}

/** So many entries: under ids that are chosen, where all have been so far. */
function entries(drawing: Drawing, count: number): Step {
  if (drawing.chosen === undefined) return append(count)
  const ids: string[] = []
  for (let i = 0; i < Math.min(count, MOST_CHOSEN); i++) {
    drawing.chosen = idAfter(drawing.random, drawing.chosen)
    ids.push(drawing.chosen.join('-'))
  }
  return append(ids.length, { ids })
}

/** Where ids that are chosen begin: 2^53 is the last whole number up to which a double holds all. */
export const CHOSEN: readonly (readonly [ms: bigint, sequence: bigint])[] = [
  [5n, 0n],
  [8n, 8n],
  [5n, 2n ** 53n],
]

/** In the same millisecond, mostly; in the next; or a digit longer. */
function idAfter(random: Random, [ms, sequence]: readonly [ms: bigint, sequence: bigint]): readonly [ms: bigint, sequence: bigint] {
  const how = random()
  if (how < 0.6) return [ms, sequence + 1n + BigInt(integer(random, 2))]
  return how < 0.85 ? [ms + 1n, 0n] : [ms * 10n, 0n]
}

/** Nothing comes for a while. */
function quiet({ random, alphabet: { quietest = Number.POSITIVE_INFINITY } }: Drawing): Through {
  return after(Math.min(oneOf(random, QUIET), quietest), 'empty')
}

/** So many reads in a row came back like that. */
function after(reads: number, outcome: ReadOutcome): Through {
  let last: unknown
  let left = reads
  const until: Place = ({ at }) => {
    if (at === last || at?.type !== 'read-returned') return false
    last = at
    return at.outcome !== outcome || --left <= 0
  }
  return { until, left: 8 * reads }
}

function failingRead({ random, count }: Drawing): readonly Step[] {
  const after = oneOf(random, [0, 0, 1, 2, count + 1])
  return [fail('read', { times: oneOf(random, TIMES), ...(after === 0 ? {} : { after }) })]
}

/** Reads fail in a row: something comes behind the last failure, or while there are more to come. */
function failures({ random }: Drawing): Through {
  const times = oneOf(random, TIMES)
  return { steps: [fail('read', { times })], ...after(times, 'error') }
}

function cut(drawing: Drawing, { consumers }: Scene): readonly Step[] | undefined {
  const { random } = drawing
  const blocked = consumers.flatMap((consumer, index) => (isBlocked(consumer) ? [index] : []))
  if (blocked.length === 0) return undefined
  const consumer = oneOf(random, blocked)
  const meanwhile = random() < 0.7 ? [entries(drawing, small(drawing))] : []
  return [disconnect(consumer, { with: meanwhile.length }), ...meanwhile]
}

/** It is cut again as soon as it waits again. */
function cuts({ random }: Drawing, { consumers }: Scene): Through | undefined {
  const blocked = consumers.flatMap((each, index) => (isBlocked(each) ? [index] : []))
  if (blocked.length === 0) return undefined
  const consumer = oneOf(random, blocked)
  const once = (): Step[] => [disconnect(consumer, { with: 0 })]
  const again = (times: number): Letter => ({
    weight: 1,
    at: isBlocked,
    ...(times === 0
      ? { steps: once }
      : { through: () => ({ steps: once(), consumer, until: isBlocked, left: 12, there: again(times - 1) }) }),
  })
  return { steps: once(), consumer, until: isBlocked, left: 12, there: again(oneOf(random, [0, 1, 1, 2, 4])) }
}

const isThere: Place = ({ state }) => state === 'held' || state === 'blocked'

function goAway(drawing: Drawing, scene: Scene): readonly Step[] {
  return [leaving(drawing, scene).step]
}

function leaving({ random }: Drawing, { consumers }: Scene): { consumer: number; step: Step } {
  const there = consumers.flatMap((consumer, index) => (isThere(consumer) ? [index] : []))
  const index = oneOf(random, there)
  const { state, at } = consumers[index]!
  // Who handles a frame may also leave by what it does about that.
  const handles = state === 'held' && (at?.type === 'delivered' || at?.type === 'announced')
  return { consumer: index, step: handles && random() < 0.3 ? leaveInFrame(index) : abort(index) }
}

/** Something comes while a client is away. */
function awayMeanwhile(drawing: Drawing, scene: Scene): readonly Step[] {
  const { consumer, step } = leaving(drawing, scene)
  return [step, ...meanwhile(drawing), ...backAgain(drawing, consumer)]
}

/** Entries, and sometimes what makes their numbers no row. */
function meanwhile(drawing: Drawing): readonly Step[] {
  const { random, alphabet } = drawing
  const some = entries(drawing, size(drawing))
  const how = random()
  if (alphabet.changes && how < 0.1) return [drop(), some]
  if (alphabet.changes && how < 0.2) return [some, trim(integer(random, 3)), entries(drawing, 1 + integer(random, 2))]
  if (alphabet.changes && how < 0.3) return [some, ...poisons(drawing)]
  if (alphabet.otherWriters && how < 0.4) return [some, append(1 + integer(random, 2), { writer: 'another' })]
  return [some]
}

/** As it has left, or from the tail; and what it asks for first may fail. */
function backAgain({ random, alphabet }: Drawing, consumer: number): readonly Step[] {
  const from = alphabet.resumes && random() < 0.7 ? 'last-id' : 'tail'
  const back = restart(from, consumer)
  if (random() < 0.9) return [back]
  if (from === 'last-id') return alphabet.retries ? [fail('read'), back] : [back]
  return alphabet.tails ? [fail('tail'), back] : [back]
}

/** It has hardly come back when it leaves again. */
function flaps(drawing: Drawing, scene: Scene): Through {
  const { random } = drawing
  const { consumer, step } = leaving(drawing, scene)
  const some = () => (random() < 0.6 ? [entries(drawing, 1 + integer(random, 2))] : [])
  const again: Letter = {
    weight: 1,
    can: ({ consumers }) => isThere(consumers[consumer]!),
    steps: () => [abort(consumer), ...some(), ...backAgain(drawing, consumer)],
  }
  return {
    steps: [step, ...some(), ...backAgain(drawing, consumer)],
    consumer,
    until: oneOf(random, ON_THE_WAY),
    left: 12,
    there: again,
  }
}

function comeBack({ random, alphabet, away }: Drawing, { consumers }: Scene): readonly Step[] {
  const index = oneOf(random, [...away])
  if (!alphabet.resumes || random() > 0.9) return [restart('tail', index)]
  const ids = new Set(consumers[index]!.handed.map(({ id }) => id))
  return [restart('last-id', index, ids.size > 1 && random() < 0.2 ? { back: 1 + integer(random, ids.size - 1) } : {})]
}

function poisons({ random, count }: Drawing): readonly Step[] {
  const around = () => (random() < 0.7 ? [append(1 + integer(random, 2))] : [])
  return [...around(), poison(oneOf(random, [1, 1, 2, Math.min(count, MOST_POISON)])), ...around()]
}

function removes({ random, appended }: Drawing): readonly Step[] {
  const how = random()
  if (how < 0.5) return [remove(1 + integer(random, appended))]
  return [how < 0.9 ? trim(integer(random, 3)) : drop()]
}

function failingAppend({ random }: Drawing): readonly Step[] {
  const how = oneOf(random, [{}, { after: 1 }, { by: 'store' }, { by: 'store' }] as const)
  const several = append(2 + integer(random, 2), { together: true })
  return [fail('append', how), random() < 0.25 ? several : append(1), append(1 + integer(random, 2))]
}
